import type { Term } from '../../terms/term.ts';
import { DerError, DerReader, type Element, TAG } from './der.ts';
import { listTerm, oidTerm, structOf, textTerm } from './go-json-values.ts';

/** The attributes that Go's `pkix.Name` has members for, under 2.5.4. */
const LISTS = new Map([
  [6, 'Country'],
  [7, 'Locality'],
  [8, 'Province'],
  [9, 'StreetAddress'],
  [10, 'Organization'],
  [11, 'OrganizationalUnit'],
  [17, 'PostalCode'],
]);
const PRINTABLE = /^[A-Za-z0-9'()+,\-./ :=?*&]*$/;

/** A distinguished name as Go's `pkix.Name`, from its element. */
export function nameTerm(raw: Buffer): Term {
  const sequence = new DerReader(raw).inside();
  const lists = new Map<string, Term[]>([...LISTS.values()].map((name) => [name, []]));
  const names: Term[] = [];
  const single = { CommonName: '', SerialNumber: '' };
  while (!sequence.isEmpty) {
    const set = sequence.inside(TAG.set);
    while (!set.isEmpty) {
      const attribute = set.inside();
      const type = attribute.oid();
      const value = stringOf(attribute.element());
      names.push(structOf({ Type: oidTerm(type), Value: value }));
      if (type.length !== 4 || type.slice(0, 3).join('.') !== '2.5.4') continue;
      if (type[3] === 3) single.CommonName = value;
      else if (type[3] === 5) single.SerialNumber = value;
      else lists.get(LISTS.get(type[3] ?? 0) ?? '')?.push(value);
    }
  }
  const members = Object.fromEntries([...lists].map(([name, values]) => [name, listTerm(values)]));
  return structOf({ ...members, ...single, Names: listTerm(names), ExtraNames: null });
}

/**
 * A string of ASN.1 of any kind.
 * @throws TypeError for kinds that hardly anybody uses and that Go reads in two ways
 */
export function stringOf({ tag, content }: Element): string {
  const latin = content.toString('latin1');
  switch (tag) {
    case 0x0c: // UTF8String
      if (!isUtf8(content)) throw new DerError();
      return textTerm(content);
    case 0x13: // PrintableString
      return matching(latin, PRINTABLE);
    case 0x16: // IA5String
      return matching(latin, /^[^\u0080-\u00ff]*$/);
    case 0x12: // NumericString
      return matching(latin, /^[0-9 ]*$/);
    default:
      throw new TypeError(`a name has a value of kind ${tag}, which is not read here`);
  }
}

function matching(text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new DerError();
  return text;
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes);
}

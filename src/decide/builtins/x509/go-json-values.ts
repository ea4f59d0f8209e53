import { RegoNumber } from '../../terms/rego-number.ts';
import { RegoObject, type Term } from '../../terms/term.ts';
import { textOfBytes } from '../go-bytes.ts';
import { type GoUrl, urlText } from '../url/go-url.ts';

// How Go's `encoding/json` prints what is in its certificates.

export function structOf(members: Readonly<Record<string, Term>>): RegoObject {
  return new RegoObject(Object.entries(members));
}

export function numberOf(value: number | bigint): RegoNumber {
  return new RegoNumber(value);
}

/** An object identifier is a list of numbers. */
export function oidTerm(oid: readonly number[]): Term {
  return oid.map(numberOf);
}

/** Bytes are base64, and null when there are none. */
export function bytesTerm(bytes: Buffer | undefined): Term {
  return bytes === undefined ? null : bytes.toString('base64');
}

/** A list to which nothing was ever added is null. */
export function listTerm(list: readonly Term[]): Term {
  return list.length === 0 ? null : list;
}

/** Bytes as the text that JSON gets. @throws TypeError when they are no UTF-8 */
export function textTerm(bytes: Buffer): string {
  return textOfBytes(bytes);
}

export function ipTerm(bytes: Buffer): string {
  const mapped = bytes.length === 16 && bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'));
  if (bytes.length === 4 || mapped) return [...bytes.subarray(-4)].join('.');
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

export function urlTerm(url: GoUrl): Term {
  return structOf({
    Scheme: url.scheme,
    Opaque: textOfBytes(url.opaque),
    User: url.user ? structOf({}) : null,
    Host: textOfBytes(url.host),
    Path: textOfBytes(url.path),
    Fragment: textOfBytes(url.fragment),
    RawQuery: textOfBytes(url.rawQuery),
    RawPath: textOfBytes(url.rawPath),
    RawFragment: textOfBytes(url.rawFragment),
    ForceQuery: url.forceQuery,
    OmitHost: url.omitHost,
  });
}

export function urlTextTerm(url: GoUrl): string {
  return textOfBytes(urlText(url));
}

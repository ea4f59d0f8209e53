import { type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { RegoNumber } from '../../terms/rego-number.ts';
import { RegoObject, type Term } from '../../terms/term.ts';
import { resolvePlain } from './resolve-scalar.ts';

/** Values that one text may have. */
const MOST_VALUES = 100_000;
/** How often aliases are followed, each time through the whole document. */
const MOST_ALIASES = 100;
/** Characters; some texts take time by the square of their length. */
const LONGEST = 16 * 1024;
/** Tabs and controls, directives, explicit keys, ends of documents, text behind starts, tight comments, odd anchors. */
const UNUSUAL =
  /[^\n -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\ud800-\udfff]|^%|^ *\?(?: |$)|^\.\.\.|^--- *\S|["'\]}]#|[|>][-+0-9]*#|(?:^|[\s[{,])[&*][\w-]*[^\w\-\s,\]}]|\\\//m;
/** Within brackets: a colon that touches what follows, other than behind a quoted name. */
const TIGHT_COLON = /(?:^|[^"]):[^\s]/;
/** A block scalar; parsers end one at the end of the text in different ways. */
const BLOCK = /[|>][-+0-9]* *(?:#.*)?$/m;
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/gs;

/** A text that is no YAML. */
class YamlError extends Error {}

/**
 * The first document of a text as OPA reads it: YAML 1.2 with the integers of 1.1; undefined where that is an error.
 * @throws TypeError for what parsers read in different ways, or hardly any text has, and for too many values
 */
export function readYaml(text: string): Term | undefined {
  if (text.length > LONGEST) throw new TypeError(`a text of YAML is longer than ${LONGEST} characters`);
  if (UNUSUAL.test(text) || (!text.endsWith('\n') && BLOCK.test(text))) throw doubtful();
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  if (!Array.isArray(documents)) return null; // no document at all
  const problems = documents.flatMap(({ errors }) => errors.map(({ code }) => code));
  if (problems.includes('BLOCK_IN_FLOW') || (problems.length > 0 && spansLines(text))) throw doubtful();
  if (problems.length > 0) return undefined;
  if (documents.some(({ warnings }) => warnings.length > 0)) throw doubtful();
  const [first] = documents;
  try {
    return first ? new Reader(first, text).read(first.contents) : null;
  } catch (thrown) {
    if (thrown instanceof YamlError) return undefined;
    throw thrown;
  }
}

/** Whether anything in brackets or quotes goes on in the next line, which parsers indent in different ways. */
function spansLines(text: string): boolean {
  if (/\n *["']/.test(text)) return true;
  const lines = text.split('\n').slice(0, -1);
  const count = (line: string, marks: RegExp): number => line.replace(marks, '').length;
  return lines.some((line) => {
    const isOpen = count(line, /[^[{]/g) > count(line, /[^\]}]/g);
    return isOpen || count(line, /[^"]/g) % 2 === 1 || count(line, /[^']/g) % 2 === 1;
  });
}

class Reader {
  readonly #document: Document;
  readonly #text: string;
  readonly #open = new Set<unknown>();
  #aliases = 0;
  #left = MOST_VALUES;

  constructor(document: Document, text: string) {
    this.#document = document;
    this.#text = text;
  }

  read(node: unknown, inFlow = false): Term {
    this.#left -= 1;
    if (this.#left < 0) throw new TypeError(`a text of YAML has more than ${MOST_VALUES} values`);
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return this.#alias(node);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) throw new TypeError('YAML of an unknown kind');
    if (node.tag !== undefined) throw new TypeError('YAML with tags is not read here');
    const isFlow = !isScalar(node) && node.flow === true;
    if (isFlow && !inFlow) this.#checkFlow(node.range);
    if (isSeq(node)) return node.items.map((item) => this.read(item, isFlow));
    if (isMap(node)) return this.#map(node.items, isFlow);
    const { value } = resolve(node);
    if (value === 'no JSON') throw new YamlError();
    return value;
  }

  #checkFlow(range: readonly number[] | null | undefined): void {
    const source = this.#text.slice(range?.[0], range?.[1]);
    if (TIGHT_COLON.test(source.replace(QUOTED, '""'))) throw doubtful();
  }

  #map(items: readonly { readonly key: unknown; readonly value: unknown }[], isFlow: boolean): Term {
    const members = new Map(items.map(({ key, value }) => [this.#key(key), value]));
    return new RegoObject([...members].map(([name, value]) => [name, this.read(value, isFlow)]));
  }

  #key(node: unknown): string {
    const target = isAlias(node) ? node.resolve(this.#document) : node;
    if (target === null || target === undefined) throw new YamlError();
    if (!isScalar(target)) throw new YamlError();
    const { value, isFloat } = resolve(target);
    if (value === '<<' && target.type === 'PLAIN') throw new TypeError('YAML with merge keys is not read here');
    if (isFloat) throw new TypeError('YAML with fractions as keys is not read here');
    if (value === null || value === 'no JSON') throw new YamlError();
    return value instanceof RegoNumber ? value.text : String(value);
  }

  /** What an alias stands for; an anchor that holds itself is an error. */
  #alias(alias: { resolve(document: Document): unknown }): Term {
    this.#aliases += 1;
    if (this.#aliases > MOST_ALIASES) throw new TypeError(`a text of YAML has more than ${MOST_ALIASES} aliases`);
    const target = alias.resolve(this.#document);
    if (target === undefined || this.#open.has(target)) throw new YamlError();
    this.#open.add(target);
    const term = this.read(target);
    this.#open.delete(target);
    return term;
  }
}

function doubtful(): TypeError {
  return new TypeError('YAML that parsers read in different ways is not read here');
}

/** Quoted and block scalars are strings; plain ones are what they look like. */
function resolve(scalar: { readonly type?: unknown; readonly value: unknown }): ReturnType<typeof resolvePlain> {
  const text = String(scalar.value ?? '');
  return scalar.type === 'PLAIN' || scalar.type === undefined ? resolvePlain(text) : { value: text, isFloat: false };
}

import { CST, isMap, isScalar, isSeq, Lexer, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';
import { SallyportError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { parseStrictJson } from '../../strict-json.ts';
import { resolvePlain } from './plain-yaml.ts';

/** Clients send JSON, which is YAML; what people write by hand is small, and reading it takes time. */
const LONGEST = 128 * 1024;
/** Signs, words and line ends: some of the parser's work grows with the square of their number. */
const MOST_TOKENS = 16_000;
const DEEPEST = 64;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a YAML body as `sigs.k8s.io/yaml` in the API server does, which is YAML 1.1 with habits of its own. Whatever
 * readers of YAML take differently is refused: anchors, aliases, tags, merge keys, second documents, text over several
 * lines, and plain text that some take for a truth value, a number or a time.
 * @throws SallyportError `describe/unreadable`, or `json/malformed` where the body is JSON
 */
export function decodeYaml(body: Uint8Array): Json {
  const text = textOf(body);
  // Line breaks or nothing in YAML 1.1, letters in JSON and YAML 1.2.
  refuseCharacters(text, /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/);
  if (/^\s*[{[]/.test(text)) {
    if (text.includes('"<<"')) return fail('"<<" is a merge key to some');
    return parseStrictJson(body);
  }
  if (body.length > LONGEST) return fail(`it has more than ${LONGEST} bytes: send JSON`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  refuseCharacters(text, /[\0-\x09\x0b-\x1f]/);
  return document(text);
}

function textOf(body: Uint8Array): string {
  try {
    return UTF8.decode(body);
  } catch {
    return fail('it is not valid UTF-8');
  }
}

function refuseCharacters(text: string, which: RegExp): void {
  const found = which.exec(text)?.[0];
  if (found === undefined) return;
  const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  fail(`it has the character U+${code}, which readers take differently`);
}

function document(text: string): Json {
  refuseTokens(text);
  const parsed = parseDocument(text, { schema: 'failsafe', strict: true, uniqueKeys: false, logLevel: 'silent' });
  const [problem] = [...parsed.errors, ...parsed.warnings];
  if (problem !== undefined) return fail(PROBLEMS[problem.code] ?? 'its structure is malformed', problem.pos[0], text);
  if (!isMap(parsed.contents) && !isSeq(parsed.contents)) return fail('it is no map and no list');
  return new Reader(text).value(parsed.contents, 0, false);
}

const REFUSED: Readonly<Record<string, string>> = {
  alias: 'it has an alias',
  anchor: 'it has an anchor',
  tag: 'it has a tag',
  'explicit-key-ind': 'a key is marked with ?',
  'directive-line': 'it has a directive',
  'doc-end': 'a document ends before the end',
  'doc-start': 'a document begins after the first line',
};

/** What no object needs. The parser would resolve some of it without a trace. */
function refuseTokens(text: string): void {
  let at = 0;
  let count = 0;
  let content = false;
  for (const token of new Lexer().lex(text)) {
    const type = content ? undefined : CST.tokenType(token);
    content = token === CST.SCALAR;
    if (++count > MOST_TOKENS) fail(`it has more than ${MOST_TOKENS} words and signs: send JSON`);
    const why = type === undefined || type === null ? undefined : REFUSED[type];
    // A document may begin with one marker, on a line of its own.
    const allowed = type === 'doc-start' && at === 0 && text.startsWith('---\n');
    if (why !== undefined && !allowed) fail(why, at, text);
    if (!MARKS.has(token)) at += token.length;
  }
}

/** Tokens that the lexer puts in, without a place in the text. */
const MARKS: ReadonlySet<string> = new Set([CST.SCALAR, CST.DOCUMENT, CST.FLOW_END, CST.BOM]);

const PROBLEMS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'it has more than one document',
  NON_STRING_KEY: 'a list or mapping is a key',
};

class Reader {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(node: ParsedNode | null | undefined, depth: number, flow: boolean): Json {
    if (node === null || node === undefined) return null;
    const refuse = (what: string): never => fail(what, node.range[0], this.#text);
    if (depth > DEEPEST) return refuse(`it is nested deeper than ${DEEPEST}`);
    if (isScalar(node)) return this.#scalar(node, flow, refuse);
    if (!isMap(node) && !isSeq(node)) return refuse('it has an alias');
    const within = flow || node.flow === true;
    if (isMap(node)) return this.#map(node as YAMLMap.Parsed, depth, within);
    return node.items.map((item) => this.value(item as ParsedNode, depth + 1, within));
  }

  #map(node: YAMLMap.Parsed, depth: number, flow: boolean): Json {
    const entries = new Map<string, Json>();
    for (const { key, value } of node.items) {
      const name = this.value(key, depth + 1, flow);
      const refuse = (what: string): never => fail(what, key.range[0], this.#text);
      if (typeof name !== 'string') return refuse('a key is no text: quote it');
      if (flow && !isFlowPair(this.#text, node, key)) return refuse('a key within brackets is not as in {key: value}');
      if (name === '<<') return refuse('"<<" is a merge key to some');
      if (name.includes('\0')) return refuse('a key has a NUL in it');
      if (entries.has(name)) return refuse('a key comes twice');
      entries.set(name, this.value(value, depth + 1, flow));
    }
    return Object.fromEntries(entries);
  }

  #scalar(node: ParsedNode & { value: unknown }, flow: boolean, refuse: (what: string) => never): Json {
    const source = this.#text.slice(node.range[0], node.range[1]);
    const { value } = node;
    if (!isScalar(node) || typeof value !== 'string') return refuse('it is malformed');
    if (!value.isWellFormed()) return refuse('a text has a lone surrogate');
    switch (node.type) {
      case 'PLAIN': {
        if (source.includes('\n')) return refuse('a text without quotes goes over several lines');
        if (flow && !FLOW.test(source)) return refuse('a text within brackets needs quotes');
        const resolved = resolvePlain(value);
        return resolved === undefined ? refuse(AMBIGUOUS) : resolved;
      }
      case 'QUOTE_DOUBLE':
        return DOUBLE.test(source) ? value : refuse('a text in quotes is not as JSON has it');
      case 'QUOTE_SINGLE':
        return source.includes('\n') ? refuse('a text in quotes goes over several lines') : value;
      case 'BLOCK_LITERAL':
        if (!this.#text.endsWith('\n')) return refuse('a block of text ends without the end of a line');
        return /^\|[-+]?\n/.test(source) ? value : refuse('a block of text has a header that is not |, |- or |+');
      default:
        return refuse('a text is folded: use |');
    }
  }
}

const AMBIGUOUS = 'a text without quotes is a truth value, number or time to some, and not to others: quote it';
/** In braces, and the colon as in JSON. */
function isFlowPair(text: string, map: YAMLMap.Parsed, key: ParsedNode): boolean {
  return (
    text[map.range[0]] === '{' &&
    (isScalar(key) && key.type === 'PLAIN' ? /^: /y : /^:/y).test(text.slice(key.range[1], key.range[1] + 2))
  );
}

const FLOW = /^[A-Za-z0-9_./-]*$/;
const DOUBLE = /^"(?:[^"\\\n]|\\(?:["\\bfnrt]|u[0-9a-fA-F]{4}))*"$/;

function fail(what: string, at?: number, text?: string): never {
  const line = at === undefined || text === undefined ? '' : ` at line ${text.slice(0, at).split('\n').length}`;
  throw new SallyportError('describe/unreadable', `The YAML cannot be read${line}: ${what}.`);
}

import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { messageOf, SallyportError } from '../errors.ts';
import { readTextFile } from './text-file.ts';

/** Where something is inside a YAML document: keys and list positions from the top. */
export type YamlPath = readonly (string | number)[];

/** A YAML document whose values can be found again in the file, so that an error can say where it is. */
export interface YamlFile {
  /** The path as the user gave it: what error lines begin with. */
  readonly file: string;
  /** Plain values: mappings are objects, lists are arrays. */
  readonly value: unknown;
  /** The one-based line and column of a value (or of its key); of the nearest thing around it when it is not there. */
  place(path: YamlPath, of?: 'value' | 'key'): Place;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What the parser's error codes mean in words that quote nothing of the file: it may hold secrets. */
const SYNTAX: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key was already given above in the same mapping',
  TAB_AS_INDENT: 'a tab is used for indentation; expected spaces',
  MULTIPLE_DOCS: 'a second document begins here; expected one',
  NON_STRING_KEY: 'a list or mapping is used as a key; expected text',
  BAD_INDENT: 'the indentation or a closing bracket is wrong here',
  BAD_ALIAS: 'an alias is malformed; aliases are not supported',
  MISSING_CHAR: 'a quote, colon or bracket is missing here',
  BLOCK_AS_IMPLICIT_KEY: 'a second ":" on one line; quote the value if it contains ": "',
  UNEXPECTED_TOKEN:
    'this does not belong here; quote a value that begins with "[" or "{", and one with "${" inside braces',
  RESOURCE_EXHAUSTION: 'nested too deeply',
};

/**
 * Reads YAML 1.2 strictly: one document, string keys given once, no anchors, aliases, merge keys or tags.
 * @param what named in errors, e.g. `a sallyport configuration`
 * @throws SallyportError `config/invalid`, one line per error, each beginning with `file:line:column`
 */
export function readYamlFile(file: string, what: string): YamlFile {
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    throw new SallyportError('config/invalid', `${file}: cannot read it: ${messageOf(error)}; expected ${what}`);
  }
  return parseYaml(file, text, what);
}

/** As `readYamlFile`, for text that is already at hand. */
export function parseYaml(file: string, text: string, what: string): YamlFile {
  const lines = new LineCounter();
  const document = parse(file, text, lines);
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const wrong: Mistake[] = [
    ...document.errors.map((error: YAMLError) => ({
      offset: error.pos[0],
      message: syntaxMessage(error),
      structure: error.code !== 'DUPLICATE_KEY',
    })),
    ...document.warnings.map((warning) => ({
      offset: warning.pos[0],
      message: 'tags ("!...") are not supported',
      structure: false,
    })),
    ...sharing(document),
  ].sort((a, b) => a.offset - b.offset);
  if (wrong.length > 0) {
    // After the first error of structure the parser is guessing, and what it says from there on misleads.
    const guess = wrong.findIndex(({ structure }) => structure) + 1;
    const shown = wrong
      .slice(0, guess === 0 ? undefined : guess)
      .map(({ offset, message }) => `${file}:${at(offset).line}:${at(offset).column}: ${message}`);
    throw new SallyportError('config/invalid', [...new Set(shown)].join('\n'));
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) {
    throw new SallyportError('config/invalid', `${file}:1:1: the file is empty; expected ${what}`);
  }
  return { file, value: document.toJS(), place: (path, of = 'value') => at(offsetOf(root, path, of)) };
}

interface Mistake {
  readonly offset: number;
  readonly message: string;
  /** The document cannot be taken apart reliably from here on. */
  readonly structure: boolean;
}

function parse(file: string, text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      resolveKnownTags: false,
      stringKeys: true,
      prettyErrors: false,
      lineCounter,
    });
  } catch {
    // The parser recurses: a stack overflow is the one thing it throws.
    throw new SallyportError('config/invalid', `${file}:1:1: nested too deeply`);
  }
}

function syntaxMessage(error: YAMLError): string {
  return SYNTAX[error.code] ?? `not well-formed YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`;
}

/** Anchors and aliases are refused rather than bounded: no file of this size needs them, and bombs are made of them. */
function sharing(document: ReturnType<typeof parse>): Mistake[] {
  const found: Mistake[] = [];
  visit(document, {
    Node(_key, node) {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node))
        found.push({ offset, message: 'aliases ("*...") are not supported; write the value out', structure: false });
      else if (node.anchor !== undefined)
        found.push({ offset, message: 'anchors ("&...") are not supported', structure: false });
    },
  });
  return found;
}

function offsetOf(root: ParsedNode, path: YamlPath, of: 'value' | 'key'): number {
  let node: ParsedNode = root;
  for (const [depth, step] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
      if (pair === undefined) break;
      if ((last && of === 'key') || !isNode(pair.value)) return pair.key.range[0];
      node = pair.value;
    } else if (isSeq(node)) {
      const item = typeof step === 'number' ? node.items[step] : undefined;
      if (!isNode(item)) break;
      node = item;
    } else break;
  }
  return node.range[0];
}

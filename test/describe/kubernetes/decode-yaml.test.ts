import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeYaml } from '../../../src/describe/kubernetes/decode-yaml.ts';
import { SallyportError } from '../../../src/errors.ts';
import { canonicalJson, type Json } from '../../../src/json.ts';

interface Read {
  readonly yaml: string;
  /** Left out where Go refuses. */
  readonly json?: Json;
}

/** Written by `test/kube-lab/yaml-as-go`: what the API server's own library reads. */
const corpus: readonly Read[] = readFileSync(new URL('yaml-read-by-go.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
const read = (yaml: string): Json => decodeYaml(Buffer.from(yaml));
const why = (yaml: string | Uint8Array): string => {
  try {
    decodeYaml(Buffer.from(yaml));
  } catch (error) {
    if (error instanceof SallyportError) return error.message;
    throw error;
  }
  return 'it was read';
};

describe('YAML as the API server reads it', () => {
  const known = corpus.filter(({ yaml }) => why(yaml) === 'it was read');

  it('is read as Go reads it, or refused', () => {
    const both = known.filter(({ json }) => json !== undefined);
    expect(both.filter(({ yaml, json }) => canonicalJson(read(yaml)) !== canonicalJson(json ?? null))).toEqual([]);
    // Most of the corpus is what readers differ about.
    expect(both).toHaveLength(345);
  });

  it('is read although Go refuses it only where it is JSON whose escapes Go does not know', () => {
    const refused = known.filter(({ json }) => json === undefined).map(({ yaml }) => yaml);
    expect(refused).toEqual(['{"a":1e3,"b":-0,"c":"\\/"}', '{"a":"\\ud83d\\udd12"}']);
  });

  it.each<[string, string, Json]>([
    [
      'an object',
      'metadata:\n  name: c\n  labels: {app.kubernetes.io/name: web}\n',
      { metadata: { name: 'c', labels: { 'app.kubernetes.io/name': 'web' } } },
    ],
    ['lists at either depth', 'a:\n- b\n- c: 1\n  d: 2\ne:\n  - f\n', { a: ['b', { c: 1, d: 2 }], e: ['f'] }],
    ['a document that begins with a marker', '---\na: b\n', { a: 'b' }],
    [
      'null, truth and numbers',
      'a: null\nb: ~\nc:\nd: true\ne: false\nf: 10\ng: -0.5\n',
      { a: null, b: null, c: null, d: true, e: false, f: 10, g: -0.5 },
    ],
    [
      'quantities, images and versions',
      'a: 250m\nb: 64Mi\nc: nginx:1.25\nd: 1.2.3\ne: 10.0.0.0/8\nf: 50%\n',
      { a: '250m', b: '64Mi', c: 'nginx:1.25', d: '1.2.3', e: '10.0.0.0/8', f: '50%' },
    ],
    ['quoted text', "a: \"yes\\n\\u00e9\"\nb: 'it''s'\n", { a: 'yes\né', b: "it's" }],
    ['blocks of text', 'a: |\n  x: y # z\n\n   w\nb: |-\n  x\n', { a: 'x: y # z\n\n w\n', b: 'x' }],
    ['JSON, as most clients send it', '{"a":[1,{"b":"yes"}],\n\t"c": 1e3}', { a: [1, { b: 'yes' }], c: 1000 }],
    ['keys that every object of JavaScript has', 'a:\n  __proto__: b\n', JSON.parse('{"a":{"__proto__":"b"}}')],
  ])('%s', (_, yaml, value) => {
    expect(canonicalJson(read(yaml))).toBe(canonicalJson(value));
  });
});

const AMBIGUOUS =
  ' at line 1: a text without quotes is a truth value, number or time to some, and not to others: quote it.';

describe('YAML that readers take differently', () => {
  it.each(
    'yes Yes NO on Off y N True FALSE NULL .inf -.INF .NaN 0x1F 0o17 017 08 0b11 1_000 1e3 +1 -0 .5 1. 1:30 190:20:30.15 2026-01-01 2026-01-01T00:00:00Z 9007199254740993 -_0 = 12ab'.split(
      ' ',
    ),
  )('%s without quotes', (text) => {
    expect(why(`a: ${text}\n`)).toBe(`The YAML cannot be read${AMBIGUOUS}`);
    expect(why(`a: "${text}"\n`)).toBe('it was read');
  });

  it.each<[string, string | Uint8Array, string]>([
    ['a key twice', 'a: 1\nb:\n  c: 1\n  c: 2\n', ' at line 4: a key comes twice.'],
    ['a key twice, once in quotes', 'a: 1\n"a": 2\n', ' at line 2: a key comes twice.'],
    ['a key that is a number', '1: a\n', ' at line 1: a key is no text: quote it.'],
    ['a key that is true', 'true: a\n', ' at line 1: a key is no text: quote it.'],
    ['a key that is yes', 'yes: a\n', AMBIGUOUS],
    ['a key that is a list', '? [a]\n: b\n', ' at line 1: a key is marked with ?.'],
    ['an anchor', 'a: &x b\n', ' at line 1: it has an anchor.'],
    ['an alias', 'a: b\nc: *x\n', ' at line 2: it has an alias.'],
    ['a bomb', 'a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n', ' at line 1: it has an anchor.'],
    ['a tag', 'a: !!str 1\n', ' at line 1: it has a tag.'],
    ['a merge key', '<<: {a: 1}\n', AMBIGUOUS],
    ['a merge key in quotes', '"<<": {a: 1}\n', ' at line 1: "<<" is a merge key to some.'],
    ['a merge key in JSON', '{"<<": {"a": 1}}', ': "<<" is a merge key to some.'],
    ['two documents', 'a: 1\n---\nb: 2\n', ' at line 2: a document begins after the first line.'],
    ['a document that ends', 'a: 1\n...\n', ' at line 2: a document ends before the end.'],
    ['a directive', '%YAML 1.1\n---\na: 1\n', ' at line 1: it has a directive.'],
    ['a text over several lines', 'a: b\n  c\n', ' at line 1: a text without quotes goes over several lines.'],
    ['a quoted text over several lines', 'a: "b\n  c"\n', ' at line 1: a text in quotes is not as JSON has it.'],
    ['an escape that JSON does not have', 'a: "\\x41"\n', ' at line 1: a text in quotes is not as JSON has it.'],
    ['half a character', 'a: "\\ud800"\n', ' at line 1: a text has a lone surrogate.'],
    ['folded text', 'a: >\n  b\n', ' at line 1: a text is folded: use |.'],
    [
      'a block with an indentation of its own',
      'a: |2\n   b\n',
      ' at line 1: a block of text has a header that is not |, |- or |+.',
    ],
    ['a block without the end of its line', 'a: |\n  b', ' at line 1: a block of text ends without the end of a line.'],
    ['a pair without braces', 'a: [b: c]\n', ' at line 1: a key within brackets is not as in {key: value}.'],
    ['a colon without a blank', 'a: {b:, c: d}\n', ' at line 1: a key within brackets is not as in {key: value}.'],
    ['a text within brackets', 'a: [b c]\n', ' at line 1: a text within brackets needs quotes.'],
    ['a tab', 'a:\tb\n', ': it has the character U+0009, which readers take differently.'],
    ['a carriage return', 'a: b\r\n', ': it has the character U+000D, which readers take differently.'],
    [
      'a line separator, a break in YAML 1.1',
      'a: "b\u2028c"\n',
      ': it has the character U+2028, which readers take differently.',
    ],
    ['a line separator in JSON', '{"a":"b\u2028c"}', ': it has the character U+2028, which readers take differently.'],
    ['a next line in JSON', '{"a":"b\u0085c"}', ': it has the character U+0085, which readers take differently.'],
    ['a byte order mark', '\ufeffa: b\n', ': it has the character U+FEFF, which readers take differently.'],
    ['bytes that are no UTF-8', Uint8Array.of(0x61, 0x3a, 0x20, 0xff), ': it is not valid UTF-8.'],
    ['a text alone', 'a\n', ': it is no map and no list.'],
    ['nothing', '', ': it is no map and no list.'],
    ['a bracket that is not closed', 'a: [b\n', ' at line 2: its structure is malformed.'],
    ['lists without end', `a:\n${'- '.repeat(200)}b\n`, ' at line 2: it is nested deeper than 64.'],
    ['brackets without end', `a: ${'['.repeat(60_000)}`, ': it has more than 16000 words and signs: send JSON.'],
    ['commas without end', `a: [${','.repeat(60_000)}]`, ': it has more than 16000 words and signs: send JSON.'],
    ['more than people write', `a: ${'b'.repeat(140_000)}\n`, ': it has more than 131072 bytes: send JSON.'],
  ])('%s', (_, yaml, what) => {
    expect(why(yaml)).toBe(`The YAML cannot be read${what}`);
  });

  it('JSON with a member twice', () => {
    expect(why('{"a":1,"a":2}')).toBe('The JSON is malformed at /a: the member name comes twice.');
  });

  it('and whatever else, is read or refused, never anything else', () => {
    const line = fc.tuple(
      fc.nat({ max: 6 }),
      fc.constantFrom('a: ', '- ', 'b:', '', '"c": '),
      fc.oneof(fc.string(), fc.constantFrom('|', '[', '{a: ', '"', '*a', '# x', '|-', ']', '}')),
    );
    const text = fc
      .array(line.map(([indent, key, value]) => `${' '.repeat(indent)}${key}${value}\n`))
      .map((lines) => lines.join(''));
    fc.assert(
      fc.property(text, (yaml) => {
        const said = why(yaml);
        if (said === 'it was read') expect(canonicalJson(read(yaml)).length).toBeGreaterThan(0);
        else expect(said).toMatch(/^The (YAML cannot be read|JSON is malformed).+\.$/s);
      }),
      { numRuns: 2000 },
    );
  });
});

import { expect, it } from 'vitest';
import { type BuiltinCall, callOf, expectAnswersOfOpa, hostAnswer } from './opa-answers.ts';

const SCALARS = [
  ...[
    '',
    '~',
    'null',
    'Null',
    'NuLL',
    'true',
    'True',
    'TRUE',
    'tRue',
    'yes',
    'no',
    'on',
    'Off',
    'y',
    'n',
    '0',
    '-0',
    '+1',
    '007',
    '08',
    '0o17',
    '0b11',
    '0x1F',
    '0X1f',
  ],
  ...[
    '-0x1F',
    '-0b11',
    '-0o17',
    '1_000',
    '_1',
    '1__0_',
    '18446744073709551615',
    '18446744073709551616',
    '-9223372036854775808',
    '-9223372036854775809',
    '+18446744073709551615',
  ],
  ...[
    '1.5',
    '-1.50',
    '1.',
    '.5',
    '.',
    '-.5',
    '+.5',
    '.5e3',
    '1e3',
    '1E-7',
    '1e21',
    '1e400',
    '-0.0',
    '1.5_0',
    '.5_0',
    '0.1.2',
    '1:30',
    '12:30:45',
    '.inf',
    '-.Inf',
    '.nan',
    '+.INF',
    '0x',
    '0b2',
    '0o8',
    '1e',
    'e1',
    '--1',
  ],
  ...[
    '2023-01-01',
    '2023-01-01T10:00:00Z',
    '2023-01-01 10:00:00',
    "'5'",
    '"5"',
    '"a\\n\\u00e9\\x41\\/"',
    "'it''s'",
    'a b',
    'a#b',
    'a #b',
    'a:b',
    'a,b',
    '<<',
    '=',
    '-',
    '- a',
    'a: b: c',
    '[1, two, "3", null]',
    '[]',
    '{}',
    '{a: 1, b: [x]}',
    '{a, b: }',
    '[a: 1]',
    '[1, 2',
    '{a: 1',
    '"open',
    "'open",
    '&x a',
    '*x',
    '@a',
    '`a',
    '%a',
    '!a b',
    '|',
    '>',
    'é€𐍈',
    '"\\q"',
    'a\\nb',
    ',',
    ']',
    '}',
    '{"a":1}',
    '[,]',
    '[1,]',
    '{a: 1,}',
  ],
];
const DOCUMENTS = [
  ...[
    '',
    '\n',
    '# only a comment\n',
    '---\n',
    '---\na: 1\n',
    'a: 1\n---\nb: 2\n',
    'a: 1\n...\n',
    '--- # c\na: 1\n',
    '---\n---\na: 1\n',
    'a: 1\n---\n]\n',
  ],
  ...[
    'a:\n  b:\n    - 1\n    - c: 2\n      d: 3\n',
    'a:\n- 1\n- 2\n',
    '- - 1\n  - 2\n- 3\n',
    '- a: 1\n  b: 2\n-\n  c: 3\n',
    'a:\nb:\n',
    'a: \n  - x\n',
    '-\n-\n',
  ],
  ...[
    'a: |\n  line\n   more\n\n  end\n',
    'a: |-\n  x\n',
    'a: |+\n  x\n\n',
    'a: >\n  one\n  two\n\n  three\n    four\n',
    'a: >-\n  x\n',
    'a: |2\n   x\n',
    'a: |\nb: 1\n',
  ],
  ...[
    'a: one\n  two\n  three\n',
    'a: "one\n  two"\n',
    "a: 'one\n\n  two'\n",
    'a: [1,\n  2,\n  3]\n',
    'a: {b: 1,\n  c: 2}\n',
    'a: [\n1\n]\n',
    '{\n"a": 1\n}\n',
  ],
  ...[
    '  test:\ntest1: hello\n',
    'foo:\n   - qux: bar\n   - baz: {',
    'a: 1\n b: 2\n',
    'a:\n  - 1\n - 2\n',
    'a\nb: 1\n',
    'a: 1\na: 2\nb: 3\n',
    '1: a\n"1": b\n',
    'true: a\nnull: b\n',
  ],
  ...[
    'base: &b {x: 1}\nderived: *b\n',
    'a: *none\n',
    'a: &x [1]\nb: [*x, *x]\n',
    '&k a: 1\n*k : 2\n',
    'a: &x\n  b: *x\n',
    'a: &x [*x]\n',
    '? a\n: b\n',
    'a: b # c\nd: "e" # f\n',
    'a: "b"c\n',
    "a: 'b' c\n",
  ],
  ...[
    '- a\nb: 1\n',
    'a: 1\n- b\n',
    'key with spaces: 1\n"quoted key": 2\n',
    '"a":1\n',
    "'a': 1\n",
    'a:  b   \n',
    '   a: 1\n   b: 2\n',
    '[a, [b, {c: d}]]\n',
    'a: - b\n',
    'x: {a: [1, {b: 2}], c}\n',
    'a:b\n',
    '...\n',
    'a: &x\nb: 1\n',
  ],
];

/** What the host does not read is left to a fault; it must be little. */
function readable(calls: readonly BuiltinCall[]): readonly BuiltinCall[] {
  return calls.filter((call) => {
    try {
      hostAnswer(call);
      return true;
    } catch (thrown) {
      if (thrown instanceof TypeError) return false;
      throw thrown;
    }
  });
}

it('YAML is read as OPA does, or not at all', async () => {
  const texts = [
    ...DOCUMENTS,
    ...SCALARS.flatMap((one) => [`a: ${one}\n`, `- ${one}\n`, one, `[${one}]`, `{${one}: x}`, `${one}: x\n`]),
  ];
  const calls = texts.flatMap((text) => [callOf('yaml.unmarshal', text), callOf('yaml.is_valid', text)]);
  const read = readable(calls);
  expect(read.length).toBeGreaterThan(0.8 * calls.length);
  await expectAnswersOfOpa([...read, callOf('yaml.is_valid', 5), callOf('yaml.unmarshal', null)]);
});

it('YAML in which one character is another, or gone, is read as OPA does, or not at all', async () => {
  const texts = [
    'a: b\nc:\n- d\n- e: "f"\n  g: >-\n   h\n',
    'apiVersion: v1\ndata:\n  a.yaml: |\n    x: 1\n  list: [1, "two", {three: 3}]\nitems:\n- name: \'n\'\n  port: 0x50\n- {a: b} # c\n',
  ];
  const others = ['', ' ', ':', '-', '"', '\n', '{', ']', '#', ',', '&', '|'];
  const calls = texts.flatMap((text) =>
    [...text].flatMap((_, at) =>
      others.map((other) => callOf('yaml.unmarshal', `${text.slice(0, at)}${other}${text.slice(at + 1)}`)),
    ),
  );
  const read = readable(calls);
  expect(read.length).toBeGreaterThan(0.7 * calls.length);
  await expectAnswersOfOpa(read);
});

it.each([
  [
    'aliases of aliases',
    `a: &a [x, x]\n${Array.from({ length: 20 }, (_, n) => `${String.fromCharCode(98 + n)}: &${String.fromCharCode(98 + n)} [*${String.fromCharCode(97 + n)}, *${String.fromCharCode(97 + n)}]\n`).join('')}`,
    'more than 100 aliases',
  ],
  ['a long text', 'a'.repeat(300_000), 'longer than'],
  ['tags', 'a: !!binary aGk=\n', 'tags'],
  ['merge keys', 'a: &a {x: 1}\nb: {<<: *a}\n', 'merge keys'],
  ['tabs', 'a:\tb\n', 'different ways'],
])('YAML faults on %s', (_what, text, message) => {
  expect(() => hostAnswer(callOf('yaml.unmarshal', text))).toThrow(message);
});

it.each([
  ['blank lines', `a: [${'\n'.repeat(16_000)}`],
  ['brackets', `a: ${'['.repeat(5_000)}`],
  ['quotes', `a: ${`"' `.repeat(5_000)}`],
  ['spaces', `a: |${' '.repeat(16_000)}b\n`],
])('%s without end do not keep the reader busy', (_what, text) => {
  const call = callOf('yaml.unmarshal', text);
  expect(
    readable([call])
      .map((one) => hostAnswer(one) ?? 'error')
      .filter((answer) => answer !== 'error'),
  ).toEqual([]);
});

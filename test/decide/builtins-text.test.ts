import { describe, expect, it } from 'vitest';
import { askHost, type Case, casesOf, differencesFromOpa } from './ask-opa.ts';

const FORMATS = [
  ...['%v', '%d', '%s', '%q', '%x', '%X', '%o', '%O', '%b', '%c', '%U', '%e', '%E', '%f', '%F', '%g', '%G', '%t', '%T'],
  ...[
    '%5d|',
    '%-5d|',
    '%05d|',
    '%+d',
    '% d',
    '%.3d',
    '%8.3d|',
    '%#x',
    '%#X',
    '%#o',
    '%#b',
    '%#U',
    '%+q',
    '%#q',
    '%+v',
    '%#v',
  ],
  ...[
    '%8s|',
    '%-8s|',
    '%.2s|',
    '%08s|',
    '% x',
    '%# x',
    '%.1x',
    '%8.2f|',
    '%+.1e',
    '%08.3f',
    '%-8.1f|',
    '%.0f',
    '%.3g',
    '%.10g',
  ],
  ...['%z', '%!', '%', '%%', 'x%', '%5', '%.', '%.d', '%-+ 0#8d|', '%10000010d', '%w', '% +d'],
];
const VALUES = [
  ...['text', '', 'häß\tb"`', '日本語', '\u0000\u007f\u200b\ufffd', 'line\nbreak'],
  ...[0, 1, -1, 5, 255, 65, 0x1f600, 1.5, -2.5, 0.5, 2.675, 3.14169, 1e-7, 123456.789, true, false, null],
  ...[[], [1, 'a', [null]], {}, { b: 1, a: [true, 'x'] }],
];
const SPRINTF: readonly Case[] = [
  ...FORMATS.filter((format) => !/[bxX]|#/.test(format)).flatMap((format) =>
    VALUES.flatMap((value) => casesOf('sprintf', [[format, [value]]])),
  ),
  // No fraction is printed in hexadecimal or binary here.
  ...FORMATS.filter((format) => /[bxX]|#/.test(format)).flatMap((format) =>
    VALUES.filter((value) => typeof value !== 'number' || Number.isInteger(value)).flatMap((value) =>
      casesOf('sprintf', [[format, [value]]]),
    ),
  ),
  ...casesOf('sprintf', [
    ...[
      ['', []],
      ['%d %s', [1]],
      ['%d', [1, 'two', 3.5]],
      ['%[2]d %[1]d', [1, 2]],
      ['%[3]d', [1, 2]],
      ['%[x]d', [1]],
      ['%[1d', [1]],
    ],
    ...[
      ['%*d|', [5, 42]],
      ['%-*d|', [5, 42]],
      ['%*d|', [-5, 42]],
      ['%*d', ['x', 42]],
      ['%.*f', [2, 3.14169]],
      ['%.*f', [-1, 3.5]],
    ],
    ...[
      ['%[2]*[1]d|', [42, 6]],
      ['%[1]5d', [1]],
      ['%[1].2f', [1.5]],
      ['%6.[1]*f|', [2]],
      ['%s and %v', ['a', ['b']]],
      ['%d%%', [5]],
    ],
    ...[
      ['no verbs', ['extra', 1, 2.5, null]],
      [1, []],
      ['%d', 1],
      ['%d', {}],
    ],
  ]),
  ...[
    '%d',
    '%s',
    '%v',
    '%x',
    '%X',
    '%08d',
    '%+v',
    '%30d|',
    '%-30d|',
    '%030d',
    '%.30d',
    '%b',
    '%o',
    '%O',
    '%#o',
    '%q',
    '%T',
    '%e',
    '%c',
  ].flatMap((format) =>
    [
      '123456789012345678901234567890',
      '-9223372036854775809',
      '9223372036854775807',
      '-9223372036854775808',
      '1000000000000000000',
    ].map((number) => ({ name: 'sprintf', args: [JSON.stringify(format), `[${number}]`] })),
  ),
  ...['1.0', '100.0', '1e2', '2e308', '-0', '-0.0', '1E5', '12345678.0', '0.1e1'].flatMap((number) =>
    ['%v', '%d', '%f', '%s'].map((format) => ({ name: 'sprintf', args: [JSON.stringify(format), `[${number}]`] })),
  ),
];

const TEXTS = ['', 'a', 'abcabc', 'aaaa', 'häß', '日本日', '😀x😀', 'a.b.c', '..'];
const PARTS = ['', 'a', 'aa', 'bc', 'ä', '日', '😀', '.', 'x'];
const STRINGS: readonly Case[] = [
  ...TEXTS.flatMap((text) =>
    PARTS.flatMap((part) => [
      ...casesOf('indexof_n', [[text, part]]),
      ...casesOf('strings.count', [[text, part]]),
      ...[-3, -1, 0, 1, 2, 99, 1.5].flatMap((n) => casesOf('strings.split_n', [[text, part, n]])),
    ]),
  ),
  ...casesOf('indexof_n', [
    [1, 'a'],
    ['a', null],
  ]),
  ...casesOf('strings.count', [
    [1, 'a'],
    ['a', null],
  ]),
  ...casesOf('strings.split_n', [
    ['a', 1, 1],
    ['a', 'b', '1'],
  ]),
  ...casesOf('glob.quote_meta', [['*.github.com'], ['a[b-c]{d,e}?\\!'], [''], [1]]),
  ...casesOf('trace', [['note'], [1]]),
];

const PATTERNS = [
  '',
  'a',
  'a*',
  'a+',
  '(a)(b)?',
  '[a-c]+',
  '^a',
  'b$',
  '\\b',
  '.',
  'x|',
  '(?i)A',
  '(?P<n>a.)',
  '[',
  '(?=a)',
  '日',
  '\\p{L}+',
];
const SUBJECTS = ['', 'a', 'abab', 'baaac', 'aXbA', '日本a', '😀a😀', 'one two'];
const REGEX: readonly Case[] = PATTERNS.flatMap((pattern) =>
  SUBJECTS.flatMap((text) => [
    ...casesOf('regex.split', [[pattern, text]]),
    ...[-1, 0, 1, 2].flatMap((n) => casesOf('regex.find_n', [[pattern, text, n]])),
    ...['', '-', '$0', '$1', '\u0024{1}x', '$1x', '$$', '$', '\u0024{n}', '${', '$2$1'].flatMap((template) =>
      casesOf('regex.replace', [[text, pattern, template]]),
    ),
  ]),
);
const TEMPLATES: readonly Case[] = casesOf('regex.template_match', [
  ...[
    ['urn:foo:{.*}', 'urn:foo:bar:baz', '{', '}'],
    ['urn:foo:{.*}', 'urn:bar', '{', '}'],
    ['a.b', 'aXb', '{', '}'],
    ['a.b', 'a.b', '{', '}'],
  ],
  ...[
    ['<[0-9]{2}>', '12', '<', '>'],
    ['{a{2}}', 'aa', '{', '}'],
    ['{a', 'a', '{', '}'],
    ['a}', 'a', '{', '}'],
    ['{[}', 'a', '{', '}'],
  ],
  ...[
    ['a', 'a', '{{', '}'],
    ['a', 'a', 'ä', '}'],
    ['', '', '{', '}'],
    [1, 'a', '{', '}'],
  ],
]);
const GLOBS = [
  '',
  'a',
  'a*',
  'a+b',
  '.*',
  '.+',
  '[a-c]+',
  '[b-d]*x',
  'a.c',
  '\\*',
  'abc',
  '[ab]',
  '[',
  'a]',
  '*',
  'ab*c',
  'b+',
  '[a-',
  '[z-a]',
  '[]',
];
const INTERSECTIONS: readonly Case[] = GLOBS.flatMap((a) =>
  GLOBS.flatMap((b) => casesOf('regex.globs_match', [[a, b]])),
);

const CASES = [...SPRINTF, ...STRINGS, ...REGEX, ...TEMPLATES, ...INTERSECTIONS];

describe('a function of texts answers as the real OPA does', () => {
  it.each([...new Set(CASES.map(({ name }) => name))])('%s', async (name) => {
    const { differing, answered } = await differencesFromOpa(CASES.filter((one) => one.name === name));
    expect(differing.slice(0, 20)).toEqual([]);
    expect(answered).toBeGreaterThan(0);
  });
});

describe('a function of texts that would take or make too much faults', () => {
  const text = (length: number): string => JSON.stringify('a'.repeat(length));

  it.each<[what: string, one: Case, why: RegExp]>([
    [
      'a wide text',
      { name: 'sprintf', args: ['"%1000000d%1000000d%1000000d%1000000d%1000000d"', '[1, 2, 3, 4, 5]'] },
      /sprintf would make/,
    ],
    ['many parts', { name: 'strings.split_n', args: [text(100_000), '""', '-1'] }, /split_n would make/],
    ['many indexes', { name: 'indexof_n', args: [text(100_000), '"a"'] }, /indexof_n would make/],
    ['a long search', { name: 'regex.replace', args: [text(100_000), '"a"', '""'] }, /too much to search|would make/],
    ['a long pattern', { name: 'regex.split', args: [text(10_000), '"x"'] }, /longer than 8192/],
    ['a fraction in hexadecimal', { name: 'sprintf', args: ['"%x"', '[1.5]'] }, /%x of a fraction/],
    ['a number that is spelled as modules do', { name: 'sprintf', args: ['"%v"', '[6e+9]'] }, /integer or a fraction/],
  ])('%s', (_, one, why) => {
    expect(() => askHost(one)).toThrow(why);
  });
});

import { describe, expect, it } from 'vitest';
import { parseDuration, parseMoment } from '../../src/cli/duration.ts';
import { plainText } from '../../src/cli/plain-text.ts';
import { formatFields, formatTable } from '../../src/cli/table.ts';

it.each([
  ['plain ünïcode 漢字 stays', 'plain ünïcode 漢字 stays'],
  ['\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
  ['a\nb\tc\r', 'a\\nb\\tc\\u{d}'],
  ['\u009b2J', '\\u{9b}2J'],
  ['user\u202Egpj.exe', 'user\\u{202e}gpj.exe'],
  ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
  ['line\u2028break', 'line\\u{2028}break'],
  ['tag\u{e0041}', 'tag\\u{e0041}'],
  ['half \ud800 pair', 'half \ufffd pair'],
])('%j is shown as %j', (text, shown) => {
  expect(plainText(text)).toBe(shown);
});

it('a table is aligned, without space at the end of lines', () => {
  expect(
    formatTable(
      ['ID', 'NAME'],
      [
        ['1', 'a'],
        ['200', ''],
        ['3', 'x\u001b'],
      ],
    ),
  ).toBe('ID   NAME\n1    a\n200\n3    x\\u{1b}\n');
});

it('fields are aligned, and those of several lines stay in their column', () => {
  expect(
    formatFields([
      ['a', '1'],
      ['long', ['2', '3']],
      ['none', []],
    ]),
  ).toBe('a:    1\nlong: 2\n      3\n');
});

it.each([
  ['90s', 90],
  ['30m', 1800],
  ['8h', 28_800],
  ['7d', 604_800],
])('%s is %d seconds', (text, seconds) => {
  expect(parseDuration('--ttl', text)).toBe(seconds);
});

it.each(['', '8', '0h', '-1h', '1.5h', '8H', '8 h', '1w', '9999999h'])('%j is no duration', (text) => {
  expect(() => parseDuration('--ttl', text)).toThrow(/^--ttl: .* is not a duration$/);
});

describe('a moment', () => {
  const now = new Date('2030-01-15T12:00:00.000Z');
  it.each([
    ['2h', '2030-01-15T14:00:00.000Z'],
    ['2030-01-15T18:00:00+01:00', '2030-01-15T17:00:00.000Z'],
    ['2030-01-15T18:00Z', '2030-01-15T18:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseMoment('--until', text, now)).toBe(expected);
  });

  it.each(['2030-01-15T18:00:00', '2030-01-15', 'tomorrow', '2030-02-31T99:00:00Z'])('%j is none', (text) => {
    expect(() => parseMoment('--until', text, now)).toThrow(/^--until: .* is not a time$/);
  });
});

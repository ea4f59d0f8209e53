import { describe, expect, it } from 'vitest';
import { askHost, type Case, casesOf, differencesFromOpa } from './ask-opa.ts';

const ZONES = [
  'UTC',
  '',
  'Europe/Berlin',
  'America/New_York',
  'US/Eastern',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Asia/Tehran',
  'Asia/Kathmandu',
  'Etc/GMT+5',
];

const TIMES = [
  '2026-03-29T00:59:59Z', // Berlin, one second before summer
  '2026-03-29T01:00:00Z',
  '2026-03-29T01:30:00.123Z',
  '2026-10-25T00:30:00Z', // Berlin, the hour that comes twice
  '2026-10-25T01:30:00Z',
  '2026-03-08T06:59:59.999999Z', // New York, before summer
  '2026-03-08T07:00:00Z',
  '2026-11-01T05:30:00Z',
  '2026-04-04T15:00:00Z', // Lord Howe, half an hour
  '2011-12-30T09:59:59Z', // Apia skipped a day
  '2011-12-30T10:00:00Z',
  '2024-02-29T12:00:00.5Z',
  '2025-12-31T23:59:59Z',
  '1970-01-01T00:00:00Z',
  '1969-12-31T23:59:59.999Z',
  '1995-07-01T00:00:00Z',
  '2039-07-01T12:00:00Z',
  '2150-01-15T12:00:00Z',
];

const LAYOUTS = [
  '',
  'RFC3339',
  'RFC3339Nano',
  'ANSIC',
  'RubyDate',
  'RFC822Z',
  'RFC1123Z',
  'Monday, January 2 2006 at 3:04:05 pm',
  'Mon Jan _2 15:04:05.000 2006 Z0700',
  '06/1/2 03:4:5PM -07 .999999 ,000',
  '002 __2 _2006 Z07:00:00 -070000 Z07',
  'Janus Monk 20067 2h 15h04m05.00',
];

const DURATIONS = [
  ...['1h', '1h30m', '-1.5h', '+2m', '0', '-0', '', '1', '1d', '2w3d', '1y', '1.5d', '-1d12h', '.5s', '5.s', '.s'],
  ...['1ns', '1us', '1µs', '1μs', '1ms2us3ns', '9223372036854775807ns', '9223372036854775808ns', '106751d', '106752d'],
  ...[
    '1.23456789012345678901s',
    '0.000000001h',
    '1x',
    '1d1x',
    '1dd',
    '1..5d',
    '1e3s',
    ' 1h',
    '1h ',
    '0.1d',
    '1m1m',
    '300y',
  ],
];

const RFC3339 = [
  ...['2026-03-02T10:00:00Z', '2026-03-02T10:00:00.123456789Z', '2026-03-02T10:00:00,5Z', '2026-03-02T10:00:00+01:00'],
  ...[
    '2026-03-02T10:00:00-23:59',
    '2026-03-02T10:00:00+24:00',
    '2026-03-02T10:00:00+24:60',
    '2026-03-02T10:00:00+25:00',
  ],
  ...[
    '2026-02-29T10:00:00Z',
    '2024-02-29T10:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
  ],
  ...[
    '2026-03-02T24:00:00Z',
    '2026-03-02T1:00:00Z',
    '2026-03-02T10:60:00Z',
    '2026-03-02T10:00:60Z',
    '2026-03-02t10:00:00z',
  ],
  ...['2026-03-02 10:00:00Z', '2026-03-02T10:00:00', '2026-03-02T10:00Z', '2026-03-02', '', '1676-01-01T00:00:00Z'],
  ...['2262-04-11T23:47:16.854775807Z', '2262-04-11T23:47:16.854775808Z', '1677-09-21T00:12:43.145224192Z'],
  ...['2263-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '2026-03-02T10:00:00.1234567891234Z', '2026-03-02T10:00:00.Z'],
];

const ns = (time: string): string => {
  const [, whole = '', fraction = ''] = /^([^.Z]*)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return String(BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0')));
};
const inZone = (time: string, zone: string): string => `[${ns(time)}, ${JSON.stringify(zone)}]`;

const timeCases: readonly Case[] = TIMES.flatMap((time) =>
  ZONES.flatMap((zone) => [
    ...['time.clock', 'time.date', 'time.weekday', 'time.format'].map((name) => ({ name, args: [inZone(time, zone)] })),
    ...[
      ['0', '0', '1'],
      ['0', '1', '0'],
      ['1', '-2', '31'],
      ['-1', '13', '-45'],
    ].map((steps) => ({
      name: 'time.add_date',
      args: [inZone(time, zone), ...steps],
    })),
    { name: 'time.diff', args: [inZone(time, zone), ns('2026-03-29T00:59:59Z')] },
  ]),
);
const layoutCases: readonly Case[] = LAYOUTS.flatMap((layout) =>
  ['UTC', 'America/St_Johns', 'Asia/Tokyo'].flatMap((zone) =>
    ['2026-03-02T00:07:09.5Z', '2026-11-22T13:00:00.000001Z'].map((time) => ({
      name: 'time.format',
      args: [`[${ns(time)}, "${zone}", ${JSON.stringify(layout)}]`],
    })),
  ),
);
const oddTimes: readonly Case[] = [
  ...[
    '[]',
    '[1, "Nowhere/City"]',
    '[1, "+01:00"]',
    '[1, "europe/berlin"]',
    '[1, 2]',
    '["x"]',
    '1.5',
    '1e30',
    '"x"',
    'null',
  ],
  ...['[1700000000000000000]', '1700000000000000000', '-1', '9000000000000000000', '[1, "UTC", 3]', '{}', '[1, "GMT"]'],
].flatMap((arg) => ['time.clock', 'time.date', 'time.weekday', 'time.format'].map((name) => ({ name, args: [arg] })));
const addCases: readonly Case[] = [
  ['1.5', '0', '0'],
  ['300', '0', '0'],
  ['-400', '0', '0'],
  ['"1"', '0', '0'],
  ['0', '0', '99999999999'],
].map((steps) => ({ name: 'time.add_date', args: ['1700000000123000000', ...steps] }));
const textCases: readonly Case[] = [
  ...DURATIONS.map((text) => ({ name: 'time.parse_duration_ns', args: [JSON.stringify(text)] })),
  ...RFC3339.map((text) => ({ name: 'time.parse_rfc3339_ns', args: [JSON.stringify(text)] })),
  ...['"abc"', '["x", "abc"]', '[]', '""', '["x", 1]', '7'].flatMap((search) =>
    ['"ab"', '["bc", "q"]', '[]', '""', '["c", 1]', 'null'].flatMap((base) =>
      ['strings.any_prefix_match', 'strings.any_suffix_match'].map((name) => ({ name, args: [search, base] })),
    ),
  ),
];
/** Layouts with values that fit, nearly fit and do not. */
const PARSED: readonly (readonly [layout: string, ...values: readonly string[]])[] = [
  ['RFC3339', '2026-03-02T10:00:00Z', '2026-03-02T10:00:00.123456789+05:30', '2026-02-29T10:00:00Z', '2026-03-02'],
  ['2006-01-02', '2026-03-02', '2026-3-2', '2026-02-30', '2024-02-29', '2026-03-02 ', '12026-03-02'],
  [
    'RFC822',
    '02 Mar 26 10:04 UTC',
    '02 Mar 26 10:04 CET',
    '02 Mar 26 10:04 GMT+3',
    '02 mar 70 10:04 PST',
    '2 Mar 26 10:04 UTC',
  ],
  ['RFC850', 'Monday, 02-Mar-26 15:04:05 UTC', 'Funday, 02-Mar-26 15:04:05 UTC', 'MONDAY, 02-MAR-26 15:04:05 MeST'],
  ['RFC1123Z', 'Mon, 02 Mar 2026 15:04:05 -0700', 'Mon, 02 Mar 2026 15:04:05 -2400', 'Mon, 02 Mar 2026 15:04:05 -2500'],
  ['ANSIC', 'Mon Mar  2 15:04:05 2026', 'Mon Mar 02 15:04:05 2026', 'Mon Mar 2 15:04:05.5 2026'],
  ['RubyDate', 'Mon Mar 02 15:04:05 +0100 2026', 'Mon Mar 02 15:04:60 +0100 2026'],
  ['3:04PM', '3:04PM', '12:04AM', '12:04PM', '0:04PM', '13:04PM', '3:04pm', '3:4PM'],
  ['3:4:5pm', '3:4:5pm', '3:04:05am', '03:04:05AM'],
  ['2006 002', '2026 060', '2024 060', '2024 366', '2025 366', '2025 000', '2025 6'],
  ['2006 __2 01 02', '2024  60 02 29', '2024  60 03 01', '2023 365 12 31'],
  ['15:04:05.000', '10:00:00.123', '10:00:00.12', '10:00:00.1234', '10:00:00,123', '10:00:00.+12'],
  ['15:04:05.999 MST', '10:00:00 UTC', '10:00:00.1234567891 WITA', '10:00:00.5 +03', '10:00:00 ABCDEF', '10:00:00 AB'],
  ['2006-01-02T15:04:05Z07:00:00', '2026-03-02T10:00:00+01:02:03', '2026-03-02T10:00:00Z', '2026-03-02T10:00:00+01:02'],
  ['2006-01-02 15 -07', '2026-03-02 10 +01', '2026-03-02 10 -1', '2026-03-02 24 +01'],
  ['_2 Jan 06', ' 2 Mar 26', '22 Mar 68', '22 Mar 69', '22 Mar +5', '32 Mar 26'],
  ['January 2, 2006', 'March 2, 2026', 'mArCh 12,  2026', 'Mar 2, 2026', 'March 2,2026'],
  ['', '', 'x'],
  ['literal', 'literal', 'literally'],
];
const parseCases: readonly Case[] = PARSED.flatMap(([layout, ...values]) =>
  values.flatMap((value) => casesOf('time.parse_ns', [[layout, value]])),
);
const subsetCases: readonly Case[] = [
  ['{"a": 1, "b": {"c": [1, 2, 3], "d": null}}', '{"b": {"c": [2, 3]}}'],
  ['{"a": 1}', '{"a": 1, "b": 2}'],
  ['{"a": {"x": 1}}', '{"a": {"x": 2}}'],
  ['{"a": {"x": 1}}', '{"a": 1}'],
  ['{}', '{}'],
  ['{"a": 1}', '{}'],
  ['{"a": [1, 1, 2]}', '{"a": [1, 2]}'],
  ['[1, 2, 3]', '[2, 3]'],
  ['[1, 2, 3]', '[4]'],
  ['[1, {"a": 1}]', '[{"a": 1}]'],
  ['[1, 2]', '{"a": 1}'],
  ['1', '1'],
  ['{"a": "x"}', '{"a": "x"}'],
].map((args) => ({ name: 'object.subset', args }));

const CASES = [...timeCases, ...layoutCases, ...oddTimes, ...addCases, ...textCases, ...parseCases, ...subsetCases];
const NAMES = [...new Set(CASES.map(({ name }) => name))];

describe('a host builtin answers as the real OPA does', () => {
  it.each(NAMES)('%s', async (name) => {
    const { differing, answered } = await differencesFromOpa(CASES.filter((one) => one.name === name));
    expect(differing.slice(0, 20)).toEqual([]);
    expect(answered).toBeGreaterThan(0);
  });
});

describe('what the host cannot know, it does not guess', () => {
  it('faults on the time zone of the machine', () => {
    expect(() => askHost({ name: 'time.clock', args: ['[0, "Local"]'] })).toThrow(
      'time zone Local cannot be judged again elsewhere',
    );
  });

  it('faults on the abbreviation of a zone', () => {
    expect(() => askHost({ name: 'time.format', args: ['[0, "Europe/Berlin", "RFC822"]'] })).toThrow(
      'no abbreviation for Europe/Berlin',
    );
  });

  it('tells sets from arrays', () => {
    const [array, set] = ['[1, 2, 3]', '{1, 3}'];
    expect(askHost({ name: 'object.subset', args: [array, set] })).toBe('true');
    expect(askHost({ name: 'object.subset', args: [array, '[1, 3]'] })).toBe('false');
    expect(askHost({ name: 'object.subset', args: [set, array] })).toBeUndefined();
  });

  it('gives the time of the call as now', () => {
    expect(askHost({ name: 'time.now_ns', args: [] })).toBe('1772445600123000000');
  });
});

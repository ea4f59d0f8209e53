import { describe, expect, it } from 'vitest';
import { callBuiltin } from '../../src/decide/builtins/host-builtin.ts';
import { createHostBuiltins } from '../../src/decide/builtins/registry.ts';
import { askHost, type Case, casesOf, differencesFromOpa } from './ask-opa.ts';

const AMOUNTS = [
  '',
  '0',
  '1',
  '10',
  '1.5',
  '.5',
  '5.',
  '-3',
  '+3',
  '1e3',
  '1E-3',
  '1e',
  '0.001',
  '123456789012345678901234567890',
];
const UNITS = [
  ...[
    '',
    'k',
    'K',
    'Ki',
    'ki',
    'kB',
    'KiB',
    'm',
    'M',
    'Mi',
    'MI',
    'mb',
    'MiB',
    'g',
    'Gi',
    'GB',
    'T',
    'ti',
    'tib',
    'P',
    'pi',
    'E',
    'Ei',
    'eib',
  ],
  ...['x', ' k', 'kk', 'kib s', '"', 'İ'],
];
const UNIT_CASES: readonly Case[] = ['units.parse', 'units.parse_bytes'].flatMap((name) => [
  ...AMOUNTS.flatMap((amount) => UNITS.flatMap((unit) => casesOf(name, [[amount + unit]]))),
  ...casesOf(name, [
    ['1e1234567'],
    ['1.2.3'],
    ['1-2'],
    ['--1'],
    [1],
    ['0.0000000000001'],
    ['0.3333333333333333333Mi'],
    ['9999999999999999.9k'],
  ]),
]);

const VERSIONS = [
  ...[
    '1.2.3',
    '1.2.4',
    '1.10.0',
    'v1.2.3',
    '01.2.3',
    '1.2',
    '1.2.3.4',
    '1.2.3-alpha',
    '1.2.3-alpha.1',
    '1.2.3-alpha.beta',
    '1.2.3-1',
  ],
  ...[
    '1.2.3-01',
    '1.2.3+build',
    '1.2.3-rc.1+b.2',
    '1.2.3-',
    '1.2.3+',
    '1.2.3-a..b',
    '',
    'x',
    '-1.2.3',
    '1.2.9223372036854775807',
    '1.2.9223372036854775808',
  ],
  ...['1.2.3-99999999999999999999', '1.2.3-9223372036854775807', '1.2.3--', '1.2.3-ä'],
];
/** OPA never returns from comparing two numbers in a pre-release that both are beyond 64 bits. */
const ENDLESS = ['1.2.3-99999999999999999999', '1.2.3-9223372036854775807'];
const SEMVER: readonly Case[] = [
  ...VERSIONS.flatMap((a) =>
    VERSIONS.filter((b) => !ENDLESS.includes(a) || !ENDLESS.includes(b)).flatMap((b) =>
      casesOf('semver.compare', [[a, b]]),
    ),
  ),
  ...casesOf('semver.is_valid', [...VERSIONS.map((version) => [version]), [1], [null]]),
];

const UUIDS: readonly Case[] = casesOf(
  'uuid.parse',
  [
    ...[
      '00000000-0000-4000-8000-000000000000',
      '{00000000-0000-4000-8000-000000000000}',
      'x00000000-0000-4000-8000-00000000000é',
      '6bea8ef2d3d33cd184e09bab06a52ece',
    ],
    ...[
      'URN:UUID:000003e8-48b9-21ee-b200-325096b39f47',
      'urn:uuid:6bea8ef2d3d33cd184e09bab06a52ece',
      '000003e8-48b9-11ee-c200-335096b39f47',
    ],
    ...[
      '000003e8-48b9-21ee-b204-305096b39f47',
      '00000000-0000-1000-e000-010000000000',
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-1fff-ffff-ffffffffffff',
    ],
    ...['00000000-0000-4000-8000-00000000000', '00000000_0000_4000_8000_000000000000', '', 'urn:uuid:'],
  ].map((text) => [text]),
);

const RANGES: readonly Case[] = [
  ...casesOf('numbers.range_step', [
    ...[
      [1, 5, 2],
      [5, 1, 2],
      [1, 1, 1],
      [0, 10, 100],
      [1, 5, 0],
      [1, 5, -1],
      [1.5, 5, 1],
      [1, 5, 1.5],
      ['1', 5, 1],
      [-3, 3, 3],
      [2, 9, 3],
    ],
  ]),
  { name: 'numbers.range_step', args: ['1.0', '3e0', '1'] },
  { name: 'numbers.range_step', args: ['18446744073709551616', '18446744073709551620', '2'] },
];

const CIDRS = [
  ...[
    '10.0.0.0/8',
    '10.1.2.3/8',
    '10.0.0.0/24',
    '10.0.1.0/24',
    '10.0.2.0/24',
    '0.0.0.0/0',
    '1.2.3.4/32',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4',
  ],
  ...[
    '192.168.1.1',
    '200.1.1.1',
    '01.2.3.4/8',
    '1.2.3/8',
    '256.1.1.1/8',
    '1.2.3.4/08',
    'x',
    '',
    '::/0',
    '2001:db8::/32',
    '2001:db8::1',
    '2001:db8::/129',
  ],
  ...[
    'fe80::1%eth0/64',
    '::1/128',
    '1::2::3/64',
    '12345::/16',
    '::ffff:1.2.3.4/120',
    '::1.2.3.4/126',
    '2001:0db8:0000:0000:0001:0000:0000:0001/128',
    ':::/1',
    '1:2:3:4:5:6:7:8/127',
  ],
];
const NETWORKS: readonly Case[] = [
  ...casesOf('net.cidr_is_valid', [...CIDRS.map((cidr) => [cidr]), [1], [null]]),
  ...casesOf('net.cidr_expand', [
    ...[
      '10.0.0.0/30',
      '10.0.0.3/30',
      '255.255.255.254/31',
      '1.2.3.4/32',
      '2001:db8::/126',
      '::ffff:1.2.3.4/126',
      '::/127',
      '1:0:0:2::/127',
      'x',
      '1.2.3.4',
    ].map((cidr) => [cidr]),
  ]),
  ...CIDRS.flatMap((a) => CIDRS.flatMap((b) => casesOf('net.cidr_contains_matches', [[a, b]]))),
  ...casesOf('net.cidr_contains_matches', [
    ...[
      [
        ['10.0.0.0/8', ['1.2.3.0/24', 'x']],
        ['10.1.1.1', '1.2.3.4'],
      ],
      [{ a: '10.0.0.0/8', b: ['::/0'] }, { x: ['10.9.9.9/32'] }],
    ],
    ...[
      [[], ['x']],
      [['10.0.0.0/8'], []],
      [['10.0.0.0/8'], [1]],
      [[[]], ['1.2.3.4']],
      [['10.0.0.0/8'], [[]]],
      [1, 2],
      [{}, {}],
    ],
  ]),
  ...casesOf('net.cidr_merge', [
    ...[
      [['10.0.0.0/24', '10.0.1.0/24']],
      [['10.0.1.0/24', '10.0.2.0/24']],
      [['10.0.0.0/8', '10.1.0.0/16', '10.0.0.0/8']],
      [[]],
      [['x']],
      [[1]],
      ['10.0.0.0/8'],
    ],
    ...[
      [['10.1.2.3', '192.168.1.1', '200.1.1.1', '172.16.5.5']],
      [['192.0.128.0/24', '192.0.129.0/24', '192.0.130.0/25']],
      [['2001:db8::/33', '2001:db8:8000::/33']],
    ],
    ...[
      [['2001:db8::1']],
      [['2001:db8::/128', '2001:db8::1/128', '2001:db8::2/128']],
      [['0.0.0.0/1', '128.0.0.0/1']],
      [['1.2.3.4/32', '1.2.3.5/32', '1.2.3.6/32', '1.2.3.7/32']],
    ],
    ...[
      [['10.0.0.0/8', '2001:db8::/32']],
      [['255.255.255.255/32', '0.0.0.0/32']],
      [['1.1.1.1/32', '1.1.1.0/32', '1.1.0.255/32']],
      [['::/0', '10.0.0.0/8']],
    ],
  ]),
];

const CASES = [...UNIT_CASES, ...SEMVER, ...UUIDS, ...RANGES, ...NETWORKS];

describe('a function of numbers and names answers as the real OPA does', () => {
  it.each([...new Set(CASES.map(({ name }) => name))])('%s', async (name) => {
    const { differing, answered } = await differencesFromOpa(CASES.filter((one) => one.name === name));
    expect(differing.slice(0, 20)).toEqual([]);
    expect(answered).toBeGreaterThan(0);
  });
});

describe('a function of numbers that would make too much faults', () => {
  it.each<[one: Case, why: RegExp]>([
    [
      { name: 'numbers.range_step', args: ['0', '1000000000', '1'] },
      /range_step would make 1000000001 numbers, the most is 65536/,
    ],
    [{ name: 'numbers.range_step', args: ['0', '1e900', '1'] }, /range_step would make/],
    [{ name: 'net.cidr_expand', args: ['"0.0.0.0/0"'] }, /cidr_expand would make 4294967296 addresses/],
    [{ name: 'net.cidr_expand', args: ['"::/0"'] }, /cidr_expand would make/],
    [{ name: 'net.cidr_merge', args: ['["::ffff:1.2.3.0/120"]'] }, /write them with dots/],
    [{ name: 'units.parse', args: ['"1e99999"'] }, /exponent/],
    [{ name: 'units.parse_bytes', args: ['"1e-99999k"'] }, /exponent/],
  ])('$name $args', (one, why) => {
    expect(() => askHost(one)).toThrow(why);
  });
});

it('ends where OPA goes on for ever', () => {
  const [a = '', b = ''] = ENDLESS.map((version) => JSON.stringify(version));
  expect(askHost({ name: 'semver.compare', args: [a, b] })).toBe('0');
});

describe('chance', () => {
  const host = (id: string) =>
    createHostBuiltins(
      () => '2026-03-02T10:00:00Z',
      () => id,
    );
  const ask = (id: string, name: string, ...args: readonly string[]): string | undefined => {
    const builtin = host(id)[name];
    return builtin && callBuiltin(builtin, args);
  };

  it('is the same whenever the same call is judged', () => {
    expect(ask('call-1', 'rand.intn', '"x"', '1000000')).toBe(ask('call-1', 'rand.intn', '"x"', '1000000'));
    expect(ask('call-1', 'uuid.rfc4122', '"x"')).toBe(ask('call-1', 'uuid.rfc4122', '"x"'));
  });

  it('is another for another call, key or range', () => {
    const drawn = [ask('call-1', 'rand.intn', '"x"', '1000000'), ask('call-2', 'rand.intn', '"x"', '1000000')];
    drawn.push(ask('call-1', 'rand.intn', '"y"', '1000000'), ask('call-1', 'rand.intn', '"x"', '1000001'));
    expect(new Set(drawn).size).toBe(4);
    expect(ask('call-1', 'uuid.rfc4122', '"x"')).not.toBe(ask('call-1', 'uuid.rfc4122', '"y"'));
  });

  it('stays in its range, of which a negative one counts as positive and none as zero', () => {
    const drawn = Array.from({ length: 200 }, (_, index) => Number(ask(`call-${index}`, 'rand.intn', '"x"', '-3')));
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2]));
    expect(ask('call-1', 'rand.intn', '"x"', '0')).toBe('0');
    expect(ask('call-1', 'rand.intn', '"x"', '1.5')).toBeUndefined();
  });

  it('makes UUIDs of version 4', () => {
    expect(ask('call-1', 'uuid.rfc4122', '"x"')).toMatch(
      /^"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/,
    );
  });
});

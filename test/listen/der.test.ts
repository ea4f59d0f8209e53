import { expect, it } from 'vitest';
import { bits, integer, ipBytes, oid, sequence, time, utf8 } from '../../src/listen/der.ts';

it.each([
  ['zero', integer(Buffer.of(0)), '020100'],
  ['a number', integer(Buffer.of(0x7f)), '02017f'],
  ['a number with its highest bit set', integer(Buffer.of(0x80)), '02020080'],
  ['a number with zeros before it', integer(Buffer.of(0, 0, 0x81, 1)), '0203008101'],
  ['bits', bits(Buffer.of(6), 1), '03020106'],
  ['an id', oid('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
  ['an empty sequence', sequence(), '3000'],
  ['127 bytes', utf8('a'.repeat(127)), `0c7f${'61'.repeat(127)}`],
  ['128 bytes', utf8('a'.repeat(128)), `0c8180${'61'.repeat(128)}`],
  ['256 bytes', utf8('a'.repeat(256)), `0c820100${'61'.repeat(256)}`],
  ['a time in 2049', time(new Date('2049-12-31T23:59:59Z')), `170d${Buffer.from('491231235959Z').toString('hex')}`],
  ['a time in 2050', time(new Date('2050-01-01T00:00:00Z')), `180f${Buffer.from('20500101000000Z').toString('hex')}`],
])('%s', (_case, encoded, hex) => {
  expect(encoded.toString('hex')).toBe(hex);
});

it.each([
  ['10.0.0.255', '0a0000ff'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['fd00::', 'fd000000000000000000000000000000'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['2001:db8::ff:0:1', '20010db800000000000000ff00000001'],
  ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
])('the bytes of %s', (address, hex) => {
  expect(ipBytes(address).toString('hex')).toBe(hex);
});

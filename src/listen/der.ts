import { isIP } from 'node:net';

/**
 * The little of DER (ITU-T X.690) that an X.509 certificate needs. Each function gives the whole encoding of one value.
 */
export function sequence(...members: readonly Buffer[]): Buffer {
  return value(0x30, Buffer.concat(members));
}

export function set(...members: readonly Buffer[]): Buffer {
  return value(0x31, Buffer.concat(members));
}

/** `[number]` around a value (EXPLICIT). */
export function explicit(number: number, content: Buffer): Buffer {
  return value(0xa0 | number, content);
}

/** `[number]` in place of a primitive value's own tag (IMPLICIT). */
export function implicit(number: number, content: Buffer): Buffer {
  return value(0x80 | number, content);
}

/** A non-negative INTEGER of these big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const magnitude = Buffer.from(bytes.subarray(start));
  // A first bit of one would make it negative.
  return value(0x02, (magnitude[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude);
}

export function boolean(truth: boolean): Buffer {
  return value(0x01, Buffer.of(truth ? 0xff : 0));
}

export function octets(content: Buffer): Buffer {
  return value(0x04, content);
}

/** @param unused bits at the end that do not count. */
export function bits(content: Buffer, unused = 0): Buffer {
  return value(0x03, Buffer.concat([Buffer.of(unused), content]));
}

export function utf8(text: string): Buffer {
  return value(0x0c, Buffer.from(text, 'utf8'));
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return value(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5); whole seconds. */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  const isLate = date.getUTCFullYear() >= 2050;
  return value(isLate ? 0x18 : 0x17, Buffer.from(isLate ? digits : digits.slice(2), 'ascii'));
}

/** The 4 or 16 bytes of an IP address. @throws TypeError when it is none. */
export function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  if (isIP(address) !== 6 || address.includes('%')) throw new TypeError(`${address} is not an IP address`);
  // The URL parser writes every IPv6 address in one form, without a dotted quad.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const groups = [...left, ...zeros, ...right];
  return Buffer.concat(groups.map((group) => Buffer.from(group.padStart(4, '0'), 'hex')));
}

function base128(number: number): readonly number[] {
  const digits = [number & 0x7f];
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function value(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.of(0x80 | bytes.length, ...bytes);
}

import { statSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import type { Address } from '../config.ts';
import { messageOf } from '../errors.ts';
import { readTextFile, resolvePath } from './text-file.ts';
import { Brought, WHOLE } from './yaml-problems.ts';

/** Said where a sentence of its own is better than `expected ..., got ...`. */
class Refusal extends Error {}

/** Refuses a value with a whole sentence. */
export function refuse(sentence: string): never {
  throw new Refusal(sentence);
}

/**
 * A single value: `read` gets it with any reference already replaced by its text, and returns undefined when it is not
 * what `expected` says, or calls `refuse`.
 */
export function leaf<T>(expected: string, read: (value: unknown, brought: boolean) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    try {
      const result = value instanceof Brought ? read(value.text, true) : read(value, false);
      if (result !== undefined) return result;
      context.addIssue({ code: 'custom', message: expected });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      context.addIssue({ code: 'custom', message: error.message, params: WHOLE });
    }
    return z.NEVER;
  });
}

/** A mapping with these keys and no others. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : `a mapping with ${keys}`),
  });
}

export function text(expected: string, pattern?: RegExp) {
  return leaf(expected, (value) => {
    if (typeof value !== 'string' || value === '') return undefined;
    return pattern === undefined || pattern.test(value) ? value : undefined;
  });
}

export function yesOrNo() {
  return leaf('true or false', (value) => (typeof value === 'boolean' ? value : undefined));
}

export function whole(from: number, to: number, of = '') {
  return leaf(`a whole number${of} from ${from} to ${to}`, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to ? value : undefined,
  );
}

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SIZES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1_048_576 };

/** `15s`, `500ms`, `2m` → milliseconds. A bare number would be ambiguous and is refused. */
export function duration(longest: number, shortest = 1) {
  return leaf(`a duration from ${shortest}ms to ${longest / 1000}s, like 500ms or 15s`, (value) =>
    measure(value, DURATIONS, shortest, longest),
  );
}

/** `60s..120s`, or `60s` for twice the same → milliseconds. */
export function durations(shortest: number, longest: number) {
  const expected = `a duration or two from ${shortest}ms to ${longest / 1000}s, like 60s or 60s..120s`;
  return leaf(expected, (value) => {
    const [first, second = first, ...more] = typeof value === 'string' ? value.split('..') : [];
    const min = measure(first, DURATIONS, shortest, longest);
    const max = measure(second, DURATIONS, shortest, longest);
    if (min === undefined || max === undefined || more.length > 0) return undefined;
    return min <= max ? { min, max } : refuse(`the shorter of the two comes first; expected ${expected}`);
  });
}

/** `32KiB`, `3MiB`, or a whole number of bytes → bytes. */
export function size(smallest: number, largest: number) {
  return leaf(`a size from ${smallest / 1024}KiB to ${largest / 1024}KiB, like 32KiB or 3MiB`, (value) =>
    measure(Number.isInteger(value) ? `${value}B` : value, SIZES, smallest, largest),
  );
}

function measure(value: unknown, units: Readonly<Record<string, number>>, from: number, to: number) {
  const [, amount, unit] = typeof value === 'string' ? (/^(\d{1,12}) ?([A-Za-z]+)$/.exec(value) ?? []) : [];
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (amount === undefined || factor === undefined) return undefined;
  const total = Number(amount) * factor;
  return total >= from && total <= to ? total : undefined;
}

/** `127.0.0.1:7070`, `gate.example.com:443`, `[::1]:0`; the host is never left out: listening everywhere is a decision. */
export function address() {
  return leaf('an address like 127.0.0.1:7070 or "[::1]:7070" (port 0 to 65535)', parseAddress);
}

function parseAddress(value: unknown): Address | undefined {
  if (typeof value !== 'string') return undefined;
  const [, six, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (six !== undefined) return isIPv6(six) ? { host: six, port } : undefined;
  if (name === undefined || !isHost(name)) return undefined;
  return { host: name, port };
}

function isHost(name: string): boolean {
  // A name of digits and dots only is meant as an address, and DNS must not be asked to guess which one.
  if (/^[\d.]+$/.test(name)) return isIPv4(name);
  return (
    name.length <= 253 &&
    /^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$/.test(name)
  );
}

/** 127.0.0.0/8, ::1 and localhost (RFC 6761): what leaves these leaves the machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

/** A date or an RFC 3339 time that exists → RFC 3339 in UTC; a date is its first instant in UTC. */
export function moment() {
  return leaf('a date like 2026-12-01 or an RFC 3339 time like 2026-12-01T18:00:00Z', (value) => {
    const written = typeof value === 'string' ? value : '';
    const match = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d))?$/.exec(written);
    const [, date = ''] = match ?? [];
    const day = new Date(`${date}T00:00:00Z`);
    // JavaScript rolls 2026-02-30 over into March; a date that changes when it is printed does not exist.
    if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return undefined;
    const instant = new Date(written);
    return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
  });
}

/** A path, absolute afterwards; nothing needs to be there yet. */
export function path(folder: string, expected: string) {
  return leaf(expected, (value) =>
    typeof value === 'string' && value !== '' ? resolvePath(value, folder) : undefined,
  );
}

/** The path of a file that is there. */
export function existingFile(folder: string, expected: string) {
  return leaf(expected, (value) => {
    if (typeof value !== 'string' || value === '') return undefined;
    const file = resolvePath(value, folder);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return refuse(`no such file: ${file}; expected ${expected}`);
    return stat.isDirectory() ? refuse(`${file} is a folder; expected ${expected}`) : file;
  });
}

/** What a file holds, named by its path; text that a reference brought in, or inline PEM, stands for itself. */
export function contents(folder: string, expected: string, check: (content: string) => string | undefined) {
  return leaf(expected, (value, brought) => {
    if (typeof value !== 'string' || value === '') return undefined;
    const content = brought || value.includes('-----BEGIN ') ? value : load(value, folder, expected);
    const wrong = check(content);
    return wrong === undefined ? content : refuse(`${wrong}; expected ${expected}`);
  });
}

function load(file: string, folder: string, expected: string): string {
  try {
    return readTextFile(resolvePath(file, folder));
  } catch (error) {
    // The path is not repeated: a secret written in its place would be.
    return refuse(`cannot read the file named here (relative to ${folder}): ${messageOf(error)}; expected ${expected}`);
  }
}

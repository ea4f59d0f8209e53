import { RegoNumber } from '../terms/rego-number.ts';
import type { Term } from '../terms/term.ts';
import { textOperand } from './operands.ts';

// OPA's semver functions (internal/semver of OPA 1.22).

interface Version {
  readonly numbers: readonly bigint[];
  readonly preRelease: string;
}

const MOST = 2n ** 63n - 1n;
const IDENTIFIERS = /^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/;
const NUMERIC = /^\d+$/;

/** `semver.is_valid(version)` */
export function isSemver(version: Term | undefined): boolean {
  return typeof version === 'string' && parseVersion(version) !== undefined;
}

/** `semver.compare(a, b)`: -1, 0 or 1 */
export function compareSemver(a: Term | undefined, b: Term | undefined): Term | undefined {
  const [one, other] = [parseVersion(textOperand(a)), parseVersion(textOperand(b))];
  return one && other && new RegoNumber(compareVersions(one, other));
}

function parseVersion(text: string | undefined): Version | undefined {
  if (text === undefined) return undefined;
  const [rest, metadata] = cut(text.replace(/^v/, ''), '+');
  const [core, preRelease] = cut(rest, '-');
  if (metadata !== undefined && !IDENTIFIERS.test(metadata)) return undefined;
  if (preRelease !== undefined && !isPreRelease(preRelease)) return undefined;
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(core);
  const numbers = match?.slice(1).map(BigInt);
  return numbers?.every((number) => number <= MOST) ? { numbers, preRelease: preRelease ?? '' } : undefined;
}

function cut(text: string, mark: string): readonly [before: string, after: string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function isPreRelease(text: string): boolean {
  return IDENTIFIERS.test(text) && text.split('.').every((one) => !/^0\d+$/.test(one));
}

function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const order = compare(number, b.numbers[index] ?? 0n);
    if (order !== 0) return order;
  }
  if (a.preRelease === b.preRelease) return 0;
  // What is no pre-release comes after what is one.
  if (a.preRelease === '' || b.preRelease === '') return a.preRelease === '' ? 1 : -1;
  return comparePreReleases(a.preRelease.split('.'), b.preRelease.split('.'));
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(one, other);
    if (order !== 0) return order;
  }
  return a.length < b.length ? -1 : 0;
}

/** Numbers come before words; one that does not fit 64 bits is taken for the largest that does. */
function compareIdentifiers(a: string, b: string): number {
  const [one, other] = [NUMERIC.test(a), NUMERIC.test(b)];
  if (one !== other) return one ? -1 : 1;
  return one ? compare(clamp(a), clamp(b)) : compare(a, b);
}

function clamp(digits: string): bigint {
  const value = BigInt(digits);
  return value > MOST ? MOST : value;
}

function compare<T extends bigint | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

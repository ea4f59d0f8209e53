import { RegoNumber } from '../terms/rego-number.ts';
import { isTerms, type Term } from '../terms/term.ts';
import { isZone, offsetAt, UTC } from './zones.ts';

/** A point in time in a zone, the way Go's `time.Time` has it. */
export interface Instant {
  /** Seconds since 1970-01-01T00:00:00Z, rounded down. */
  readonly seconds: number;
  /** 0 .. 999,999,999 */
  readonly nanos: number;
  readonly zone: string;
  /** Seconds east of UTC at that time. */
  readonly offset: number;
}

/** Calendar and clock as read in the instant's zone; months are 1 to 12, weekdays 0 (Sunday) to 6. */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
  readonly yearDay: number;
}

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
const SECOND = 1_000_000_000n;

/**
 * The operand `ns` of OPA's time functions: a number, or [number], [number, zone], [number, zone, layout]. Undefined
 * where OPA says error.
 */
export function readInstant(
  operand: Term | undefined,
): { readonly instant: Instant; readonly layout: string } | undefined {
  const parts = isTerms(operand) ? operand : [operand];
  const [number, zone = UTC, layout = ''] = parts;
  if (!(number instanceof RegoNumber) || typeof zone !== 'string' || typeof layout !== 'string') return undefined;
  const ns = number.integer;
  if (ns === undefined || ns < LEAST || ns > MOST) return undefined;
  const name = zone === '' ? UTC : zone;
  return isZone(name) ? { instant: instantOf(ns, name), layout } : undefined;
}

export function instantOf(ns: bigint, zone: string): Instant {
  const nanos = ((ns % SECOND) + SECOND) % SECOND;
  const seconds = Number((ns - nanos) / SECOND);
  return { seconds, nanos: Number(nanos), zone, offset: offsetAt(zone, seconds) };
}

/** The nanoseconds of an instant, or undefined where 64 bits do not hold them (before 1677, after 2262). */
export function nanosOf(seconds: number, nanos: number): bigint | undefined {
  if (!Number.isSafeInteger(seconds)) return undefined;
  const ns = BigInt(seconds) * SECOND + BigInt(nanos);
  return ns < LEAST || ns > MOST ? undefined : ns;
}

export function civilOf(instant: Instant): Civil {
  const local = new Date((instant.seconds + instant.offset) * 1000);
  const year = local.getUTCFullYear();
  return {
    year,
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    weekday: local.getUTCDay(),
    yearDay: Math.floor((local.getTime() - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
  };
}

/**
 * Seconds since the epoch of a calendar date and clock in a zone, as Go's `time.Date` chooses them: fields out of range
 * are carried over; of a clock that a zone skips or repeats, the one that follows from the offset before is taken.
 */
export function secondsOf(
  civil: Pick<Civil, 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second'>,
  zone: string,
): number {
  const date = new Date(0);
  date.setUTCFullYear(civil.year, civil.month - 1, civil.day);
  date.setUTCHours(civil.hour, civil.minute, civil.second);
  const local = date.getTime() / 1000;
  if (Number.isNaN(local)) return local;
  return local - offsetAt(zone, local - offsetAt(zone, local));
}

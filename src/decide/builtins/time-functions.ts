import { RegoNumber } from '../terms/rego-number.ts';
import type { Term } from '../terms/term.ts';
import { parseDuration } from './duration.ts';
import { formatInstant, WEEKDAYS } from './go-layout.ts';
import { civilOf, instantOf, nanosOf, readInstant, secondsOf } from './instant.ts';
import { intOperand, numbersTerm } from './operands.ts';
import { parseTime } from './time-parse.ts';

// OPA's time functions (v1/topdown/time.go of OPA 1.22). Undefined is what OPA calls an error of a builtin.
type Operand = Term | undefined;

/** `time.now_ns()` of a call that was made at `time` (RFC 3339). */
export function nowNs(time: string): Term {
  const now = parseRfc3339Ns(time);
  if (!now) throw new TypeError(`time.now_ns: the call's time ${JSON.stringify(time)} is not RFC 3339`);
  return now;
}

/** RFC 3339 as Go's `time.Parse(time.RFC3339, value)` takes it: also a comma, and an hour of one digit. */
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** `time.parse_rfc3339_ns(value)` */
export function parseRfc3339Ns(value: Operand): Term | undefined {
  const match = typeof value === 'string' ? RFC3339.exec(value) : null;
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [fraction = '', sign = '+', east = '0', eastMinutes = '0'] = match.slice(7, 11);
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  if (Number(east) > 24 || Number(eastMinutes) > 60) return undefined;
  const offset = (Number(east) * 3600 + Number(eastMinutes) * 60) * (sign === '-' ? -1 : 1);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return undefined;
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
  return integerTerm(nanosOf(seconds, Number(fraction.slice(0, 9).padEnd(9, '0'))));
}

/** `time.parse_ns(layout, value)` with the layouts of Go */
export function parseNs(layout: Operand, value: Operand): Term | undefined {
  if (typeof layout !== 'string' || typeof value !== 'string') return undefined;
  return integerTerm(parseTime(layout, value));
}

/** `time.parse_duration_ns(duration)` */
export function parseDurationNs(duration: Operand): Term | undefined {
  return typeof duration === 'string' ? integerTerm(parseDuration(duration)) : undefined;
}

/** `time.clock(ns)`: [hour, minute, second] */
export function clock(operand: Operand): Term | undefined {
  const read = readInstant(operand);
  if (!read) return undefined;
  const { hour, minute, second } = civilOf(read.instant);
  return numbersTerm([hour, minute, second]);
}

/** `time.date(ns)`: [year, month, day] */
export function date(operand: Operand): Term | undefined {
  const read = readInstant(operand);
  if (!read) return undefined;
  const { year, month, day } = civilOf(read.instant);
  return numbersTerm([year, month, day]);
}

/** `time.weekday(ns)`: `Sunday` ... `Saturday` */
export function weekday(operand: Operand): Term | undefined {
  const read = readInstant(operand);
  return read && WEEKDAYS[civilOf(read.instant).weekday];
}

/** `time.format(ns)` with the layouts of Go */
export function format(operand: Operand): Term | undefined {
  const read = readInstant(operand);
  return read && formatInstant(read.instant, read.layout);
}

/** `time.add_date(ns, years, months, days)` */
export function addDate(operand: Operand, years: Operand, months: Operand, days: Operand): Term | undefined {
  const read = readInstant(operand);
  const [y, m, d] = [years, months, days].map(smallInteger);
  if (!read || y === undefined || m === undefined || d === undefined) return undefined;
  const civil = civilOf(read.instant);
  const moved = { ...civil, year: civil.year + y, month: civil.month + m, day: civil.day + d };
  return integerTerm(nanosOf(secondsOf(moved, read.instant.zone), read.instant.nanos));
}

/** `time.diff(ns1, ns2)`: [years, months, days, hours, minutes, seconds] */
export function diff(operand1: Operand, operand2: Operand): Term | undefined {
  const one = readInstant(operand1)?.instant;
  const other = readInstant(operand2)?.instant;
  if (!one || !other) return undefined;
  const two = instantOf(BigInt(other.seconds) * 1_000_000_000n + BigInt(other.nanos), one.zone);
  const isLater = one.seconds > two.seconds || (one.seconds === two.seconds && one.nanos > two.nanos);
  const [from, to] = isLater ? [civilOf(two), civilOf(one)] : [civilOf(one), civilOf(two)];
  const daysInMonth = new Date(Date.UTC(from.year, from.month, 0)).getUTCDate();
  const [second, minutes] = borrow(to.second - from.second, 60);
  const [minute, hours] = borrow(to.minute - from.minute - minutes, 60);
  const [hour, dayLess] = borrow(to.hour - from.hour - hours, 24);
  const [day, monthLess] = borrow(to.day - from.day - dayLess, daysInMonth);
  const [month, yearLess] = borrow(to.month - from.month - monthLess, 12);
  return numbersTerm([to.year - from.year - yearLess, month, day, hour, minute, second]);
}

function borrow(value: number, unit: number): readonly [value: number, borrowed: number] {
  return value < 0 ? [value + unit, 1] : [value, 0];
}

/** A count of years, months or days; more than this leaves the range of 64-bit nanoseconds anyway. */
function smallInteger(value: Operand): number | undefined {
  const integer = intOperand(value);
  if (integer === undefined || integer >= MOST_STEPS || integer <= -MOST_STEPS) return undefined;
  return Number(integer);
}

const MOST_STEPS = 1_000_000_000n;

function integerTerm(value: bigint | undefined): Term | undefined {
  return value === undefined ? undefined : new RegoNumber(value);
}

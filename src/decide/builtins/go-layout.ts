import type { Civil, Instant } from './instant.ts';
import { civilOf } from './instant.ts';
import { UTC } from './zones.ts';

/** The layouts that OPA knows by name. */
const NAMED: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
};

export const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
export const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** What stands for something in a Go layout, longest first, as `nextStdChunk` of Go's time package finds it. */
const CHUNK = new RegExp(
  [
    'January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST',
    '002|0[1-6]|15|1|2006|2|(?<=_)2006|__2|_2(?!006)|[345]|PM|pm',
    '[-Z]070000|[-Z]07:00:00|[-Z]0700|[-Z]07:00|[-Z]07',
    '[.,](?:0+|9+)(?![0-9])',
  ].join('|'),
  'g',
);

/** A layout's pattern: what one of OPA's names stands for, or itself. */
export function patternOf(layout: string): string {
  return Object.hasOwn(NAMED, layout) ? (NAMED[layout] ?? layout) : layout;
}

/** The first part of a pattern that stands for something, and what is before and after it. */
export function nextChunk(pattern: string): { readonly prefix: string; readonly chunk: string; readonly rest: string } {
  const match = new RegExp(CHUNK.source).exec(pattern);
  if (!match) return { prefix: pattern, chunk: '', rest: '' };
  const [chunk] = match;
  return { prefix: pattern.slice(0, match.index), chunk, rest: pattern.slice(match.index + chunk.length) };
}

/**
 * Formats an instant after a Go layout or the name of one; empty means RFC3339Nano, as in OPA.
 * @throws TypeError for a zone's abbreviation (`MST`) outside UTC, which the host has no table for
 */
export function formatInstant(instant: Instant, layout: string): string {
  const civil = civilOf(instant);
  return patternOf(layout === '' ? 'RFC3339Nano' : layout).replace(
    CHUNK,
    (chunk) => printDate(chunk, civil) ?? printClock(chunk, civil) ?? printRest(chunk, instant),
  );
}

function printDate(chunk: string, civil: Civil): string | undefined {
  switch (chunk) {
    case 'January':
      return MONTHS[civil.month - 1];
    case 'Jan':
      return MONTHS[civil.month - 1]?.slice(0, 3);
    case '1':
      return String(civil.month);
    case '01':
      return pad(civil.month, 2);
    case 'Monday':
      return WEEKDAYS[civil.weekday];
    case 'Mon':
      return WEEKDAYS[civil.weekday]?.slice(0, 3);
    case '2':
      return String(civil.day);
    case '_2':
      return String(civil.day).padStart(2, ' ');
    case '02':
      return pad(civil.day, 2);
    case '002':
      return pad(civil.yearDay, 3);
    case '__2':
      return String(civil.yearDay).padStart(3, ' ');
    case '2006':
      return pad(civil.year, 4);
    case '06':
      return pad(civil.year % 100, 2);
    default:
      return undefined;
  }
}

function printClock(chunk: string, civil: Civil): string | undefined {
  const hour12 = civil.hour % 12 === 0 ? 12 : civil.hour % 12;
  switch (chunk) {
    case '15':
      return pad(civil.hour, 2);
    case '3':
      return String(hour12);
    case '03':
      return pad(hour12, 2);
    case '4':
      return String(civil.minute);
    case '04':
      return pad(civil.minute, 2);
    case '5':
      return String(civil.second);
    case '05':
      return pad(civil.second, 2);
    case 'PM':
      return civil.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return civil.hour >= 12 ? 'pm' : 'am';
    default:
      return undefined;
  }
}

function printRest(chunk: string, instant: Instant): string {
  if (chunk === 'MST') {
    if (instant.zone === UTC) return 'UTC';
    throw new TypeError(`time.format: no abbreviation for ${instant.zone} is known here; use -0700 or Z07:00`);
  }
  if (chunk.startsWith('.') || chunk.startsWith(',')) return printFraction(chunk, instant.nanos);
  return printOffset(chunk, instant.offset);
}

function printFraction(chunk: string, nanos: number): string {
  const digits = pad(nanos, 9).slice(0, chunk.length - 1);
  const kept = chunk[1] === '9' ? digits.replace(/0+$/, '') : digits;
  return kept === '' ? '' : `${chunk[0]}${kept}`;
}

function printOffset(chunk: string, offset: number): string {
  if (chunk.startsWith('Z') && offset === 0) return 'Z';
  const colon = chunk.includes(':') ? ':' : '';
  const digits = chunk.replace(/[^0-9]/g, '').length;
  const whole = Math.abs(offset);
  // Go takes the sign from the offset in whole minutes, so that 30 seconds west of UTC prints as +00:00.
  const sign = Math.trunc(offset / 60) < 0 ? '-' : '+';
  const hours = pad(Math.floor(whole / 3600), 2);
  const minutes = digits >= 4 ? `${colon}${pad(Math.floor(whole / 60) % 60, 2)}` : '';
  const seconds = digits >= 6 ? `${colon}${pad(whole % 60, 2)}` : '';
  return `${sign}${hours}${minutes}${seconds}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

import { type HostBuiltins, onTerms } from './host-builtin.ts';
import {
  addDate,
  clock,
  date,
  diff,
  format,
  nowNs,
  parseDurationNs,
  parseNs,
  parseRfc3339Ns,
  weekday,
} from './time-functions.ts';

/** `time.*`; `now` is the RFC 3339 time of the call that is being judged. */
export function timeBuiltins(now: () => string): HostBuiltins {
  return {
    'time.add_date': onTerms(addDate),
    'time.clock': onTerms(clock),
    'time.date': onTerms(date),
    'time.diff': onTerms(diff),
    'time.format': onTerms(format),
    'time.now_ns': onTerms(() => nowNs(now())),
    'time.parse_duration_ns': onTerms(parseDurationNs),
    'time.parse_ns': onTerms(parseNs),
    'time.parse_rfc3339_ns': onTerms(parseRfc3339Ns),
    'time.weekday': onTerms(weekday),
  };
}

import type { HostBuiltins } from './host-builtin.ts';
import {
  addDate,
  clock,
  date,
  diff,
  format,
  nowNs,
  parseDurationNs,
  parseRfc3339Ns,
  weekday,
} from './time-functions.ts';

/** `time.*`; `now` is the RFC 3339 time of the call that is being judged. */
export function timeBuiltins(now: () => string): HostBuiltins {
  return {
    'time.add_date': addDate,
    'time.clock': clock,
    'time.date': date,
    'time.diff': diff,
    'time.format': format,
    'time.now_ns': () => nowNs(now()),
    'time.parse_duration_ns': parseDurationNs,
    'time.parse_rfc3339_ns': parseRfc3339Ns,
    'time.weekday': weekday,
  };
}

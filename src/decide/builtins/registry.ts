import type { Json } from '../../json.ts';
import { anyPrefixMatch, anySuffixMatch } from './affix-match.ts';
import { objectSubset } from './object-subset.ts';
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
} from './time-builtins.ts';

/**
 * What a host builtin may return: a JSON value, JSON text in an ArrayBuffer (for integers above 2^53), or undefined
 * for what is an error in OPA. One that throws faults the evaluation: the call is denied.
 */
export type HostResult = Json | ArrayBuffer | undefined;
export type HostBuiltin = (...args: readonly Json[]) => HostResult;
export type HostBuiltins = Readonly<Record<string, HostBuiltin>>;

/**
 * The builtins that the gate supplies, with the semantics of OPA 1.22. `now` gives the RFC 3339 time of the call that
 * is being judged; there is no other clock.
 */
export function createHostBuiltins(now: () => string): HostBuiltins {
  return {
    'object.subset': objectSubset,
    'strings.any_prefix_match': anyPrefixMatch,
    'strings.any_suffix_match': anySuffixMatch,
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

/**
 * What the SDK brings along, and wins over ours: only `json.is_valid` does as OPA does. Its `sprintf` prints objects
 * wrongly, its `regex.split` backtracks where RE2 does not, its `yaml.*` read another YAML: modules that ask for them
 * are refused.
 */
const SDK_SOUND = ['json.is_valid'];
const SDK_UNSOUND = ['sprintf', 'regex.split', 'yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal'];

/** Whether a builtin that a module asks the host for is there, and right. Native ones are never asked for. */
export function isSupplied(name: string, builtins: HostBuiltins): boolean {
  return SDK_SOUND.includes(name) || (Object.hasOwn(builtins, name) && !SDK_UNSOUND.includes(name));
}

import type { HostBuiltins } from './host-builtin.ts';
import { objectBuiltins } from './object-builtins.ts';
import { stringBuiltins } from './string-builtins.ts';
import { timeBuiltins } from './time-builtins.ts';

/**
 * The builtins that the gate supplies, with the semantics of OPA 1.22: one table for each family. `now` gives the
 * RFC 3339 time of the call that is being judged; there is no other clock.
 */
export function createHostBuiltins(now: () => string): HostBuiltins {
  return {
    ...objectBuiltins,
    ...stringBuiltins,
    ...timeBuiltins(now),
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

import { type HostBuiltins, onTerms } from './host-builtin.ts';
import { unmarshalJson } from './json-unmarshal.ts';

/** What is native to OPA's modules but not as OPA has it: `reroute.ts` sends its calls here. */
export const nativeBuiltins: HostBuiltins = {
  'json.unmarshal': onTerms(unmarshalJson),
};

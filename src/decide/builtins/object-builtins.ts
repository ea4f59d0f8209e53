import type { HostBuiltins } from './host-builtin.ts';
import { isValidJson } from './json-validity.ts';
import { objectSubset } from './object-subset.ts';

/** `object.*` and `json.is_valid`, which are not native to OPA's modules. */
export const objectBuiltins: HostBuiltins = {
  'json.is_valid': isValidJson,
  'object.subset': objectSubset,
};

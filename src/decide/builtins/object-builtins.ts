import type { HostBuiltins } from './host-builtin.ts';
import { objectSubset } from './object-subset.ts';

/** `object.*` that is not native to OPA's modules. */
export const objectBuiltins: HostBuiltins = {
  'object.subset': objectSubset,
};

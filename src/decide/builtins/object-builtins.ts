import { type HostBuiltins, onTerms } from './host-builtin.ts';
import { objectSubset } from './object-subset.ts';

/** `object.subset`, which is not native to OPA's modules. */
export const objectBuiltins: HostBuiltins = {
  'object.subset': onTerms(objectSubset),
};

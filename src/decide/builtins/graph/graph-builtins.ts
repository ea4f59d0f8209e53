import { type HostBuiltins, onTerms } from '../host-builtin.ts';
import { reachablePaths } from './reachable-paths.ts';

/** `graph.*` that is not native to OPA's modules. */
export const graphBuiltins: HostBuiltins = {
  'graph.reachable_paths': onTerms(reachablePaths),
};

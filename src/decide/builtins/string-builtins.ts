import { anyPrefixMatch, anySuffixMatch } from './affix-match.ts';
import type { HostBuiltins } from './host-builtin.ts';

/** Functions of strings that are not native to OPA's modules. */
export const stringBuiltins: HostBuiltins = {
  'strings.any_prefix_match': anyPrefixMatch,
  'strings.any_suffix_match': anySuffixMatch,
};

import { anyPrefixMatch, anySuffixMatch } from './affix-match.ts';
import { type HostBuiltins, onTerms } from './host-builtin.ts';
import { compareSemver, isSemver } from './semver.ts';
import { printFormatted } from './sprintf.ts';
import { countText, indexOfAll, quoteGlob, reverseText, splitN } from './string-functions.ts';

/** Functions of strings that are not native to OPA's modules. */
export const stringBuiltins: HostBuiltins = {
  'glob.quote_meta': onTerms(quoteGlob),
  indexof_n: onTerms(indexOfAll),
  'semver.compare': onTerms(compareSemver),
  'semver.is_valid': onTerms(isSemver),
  sprintf: onTerms(printFormatted),
  'strings.any_prefix_match': anyPrefixMatch,
  'strings.any_suffix_match': anySuffixMatch,
  'strings.count': onTerms(countText),
  'strings.reverse': onTerms(reverseText),
  'strings.split_n': onTerms(splitN),
  // Nobody reads notes here; OPA answers the same.
  trace: onTerms((note) => (typeof note === 'string' ? true : undefined)),
};

import { globsMatch } from './globs-match.ts';
import { type HostBuiltins, onTerms } from './host-builtin.ts';
import { findN, replaceRegex, splitRegex, templateMatch } from './regex-functions.ts';

/** `regex.*` that is not native to OPA's modules. */
export const regexBuiltins: HostBuiltins = {
  'regex.find_n': onTerms(findN),
  'regex.globs_match': onTerms(globsMatch),
  'regex.replace': onTerms(replaceRegex),
  'regex.split': onTerms(splitRegex),
  'regex.template_match': onTerms(templateMatch),
};

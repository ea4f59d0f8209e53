import { isArray, type Json } from '../../json.ts';

/** OPA's `strings.any_prefix_match(search, base)`: whether any of search starts with any of base. */
export function anyPrefixMatch(search: Json | undefined, base: Json | undefined): boolean | undefined {
  return anyAffixMatch(search, base, (text, affix) => text.startsWith(affix));
}

/** OPA's `strings.any_suffix_match(search, base)`: whether any of search ends with any of base. */
export function anySuffixMatch(search: Json | undefined, base: Json | undefined): boolean | undefined {
  return anyAffixMatch(search, base, (text, affix) => text.endsWith(affix));
}

function anyAffixMatch(
  search: Json | undefined,
  base: Json | undefined,
  matches: (text: string, affix: string) => boolean,
): boolean | undefined {
  const texts = stringsOf(search);
  const affixes = stringsOf(base);
  if (!texts || !affixes) return undefined;
  return texts.some((text) => affixes.some((affix) => matches(text, affix)));
}

/** A string, or an array or set of strings; undefined where OPA says it is a type error. */
function stringsOf(value: Json | undefined): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  if (!isArray(value)) return undefined;
  const strings = value.filter((one) => typeof one === 'string');
  return strings.length === value.length ? strings : undefined;
}

import { canonicalJson, isArray, isObject, type Json, type JsonObject } from '../../json.ts';

/**
 * OPA's `object.subset(super, sub)`.
 *
 * The host sees arrays and sets alike, as JSON lists. Two lists that meet are taken to be of one kind (at the top level
 * also an array and a set), and where the kinds would answer differently the evaluation is faulted: a guess could
 * let something pass.
 * @throws TypeError when the answer hangs on whether lists are arrays or sets
 */
export function objectSubset(superset: Json | undefined, subset: Json | undefined): boolean | undefined {
  if (isObject(superset) && isObject(subset)) return isSubObject(superset, subset);
  if (!isArray(superset) || !isArray(subset)) return undefined;
  return isSubList(superset.map(canonicalJson), subset.map(canonicalJson), true);
}

function isSubObject(superset: JsonObject, subset: JsonObject): boolean {
  return Object.entries(subset).every(([key, sub]) => {
    const sup = Object.hasOwn(superset, key) ? superset[key] : undefined;
    if (isObject(sup) && isObject(sub)) return isSubObject(sup, sub);
    if (isArray(sup) && isArray(sub)) return isSubList(sup.map(canonicalJson), sub.map(canonicalJson), false);
    return sup === sub;
  });
}

/** Elements are compared as canonical JSON; `mixed`: an array may be asked for a set. */
function isSubList(superset: readonly string[], subset: readonly string[], mixed: boolean): boolean {
  const asArrays = isSubArray(superset, subset);
  const sub = new Set(subset);
  const sup = new Set(superset);
  const answers = [asArrays];
  if (sub.size === subset.length && sup.size === superset.length) answers.push(subset.every((one) => sup.has(one)));
  if (sub.size === subset.length && mixed) answers.push(arrayHoldsSet(superset, sub));
  if (answers.every((answer) => answer === asArrays)) return asArrays;
  throw new TypeError('object.subset: the answer depends on whether lists are arrays or sets; compare sets with `-`');
}

/** OPA's search as it is: the whole subset must stand in one piece somewhere. */
function isSubArray(superset: readonly string[], subset: readonly string[]): boolean {
  for (let from = 0; from + subset.length <= superset.length; from += 1) {
    if (subset.every((one, index) => superset[from + index] === one)) return true;
  }
  return false;
}

/** As OPA counts: every element of the array that is in the set counts, repeated ones again. */
function arrayHoldsSet(array: readonly string[], set: ReadonlySet<string>): boolean {
  return array.length > 0 && array.filter((one) => set.has(one)).length >= set.size;
}

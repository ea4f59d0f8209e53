import { isTerms, RegoObject, RegoSet, sameTerm, type Term } from '../terms/term.ts';
import { printTerm } from '../terms/term-text.ts';

/** OPA's `object.subset(super, sub)`: of objects, of sets, of arrays, and of a set in an array. */
export function objectSubset(superset: Term | undefined, subset: Term | undefined): boolean | undefined {
  if (superset instanceof RegoObject && subset instanceof RegoObject) return isSubObject(superset, subset);
  if (superset instanceof RegoSet && subset instanceof RegoSet) return isSubSet(superset, subset);
  if (!isTerms(superset)) return undefined;
  if (isTerms(subset)) return isSubArray(superset, subset);
  return subset instanceof RegoSet ? arrayHoldsSet(superset, subset) : undefined;
}

function isSubObject(superset: RegoObject, subset: RegoObject): boolean {
  const members = new Map(superset.members.map(([key, value]) => [printTerm(key), value]));
  return subset.members.every(([key, sub]) => {
    const sup = members.get(printTerm(key));
    if (sup === undefined) return false;
    if (sup instanceof RegoObject && sub instanceof RegoObject) return isSubObject(sup, sub);
    if (sup instanceof RegoSet && sub instanceof RegoSet) return isSubSet(sup, sub);
    if (isTerms(sup) && isTerms(sub)) return isSubArray(sup, sub);
    return sameTerm(sup, sub);
  });
}

function isSubSet(superset: RegoSet, subset: RegoSet): boolean {
  return subset.elements.every((one) => superset.elements.some((other) => sameTerm(one, other)));
}

/** OPA's search as it is: the whole subset must stand in one piece somewhere. */
function isSubArray(superset: readonly Term[], subset: readonly Term[]): boolean {
  for (let from = 0; from + subset.length <= superset.length; from += 1) {
    if (subset.every((one, index) => sameTerm(superset[from + index] ?? null, one))) return true;
  }
  return false;
}

/** As OPA counts: every element of the array that is in the set counts, repeated ones again. */
function arrayHoldsSet(array: readonly Term[], set: RegoSet): boolean {
  const found = array.filter((one) => set.elements.some((other) => sameTerm(one, other)));
  return array.length > 0 && found.length >= set.elements.length;
}

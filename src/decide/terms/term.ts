import { RegoNumber } from './rego-number.ts';

/**
 * A value of Rego, as host builtins that need more than JSON see it: sets are told from arrays, keys of objects may be
 * anything, and numbers are what they were written as.
 */
export type Term = null | boolean | string | RegoNumber | readonly Term[] | RegoSet | RegoObject;

/** A set; its elements are sorted when they come out of a module. */
export class RegoSet {
  readonly elements: readonly Term[];

  constructor(elements: readonly Term[]) {
    this.elements = elements;
  }
}

/** An object; its members are sorted by their keys when they come out of a module. */
export class RegoObject {
  readonly members: readonly (readonly [key: Term, value: Term])[];

  constructor(members: readonly (readonly [key: Term, value: Term])[]) {
    this.members = members;
  }

  /** The member of a key that is a string. */
  get(key: string): Term | undefined {
    return this.members.find(([name]) => name === key)?.[1];
  }
}

/** `Array.isArray` that keeps `readonly Term[]` readable to the checker. */
export function isTerms(term: Term | undefined): term is readonly Term[] {
  return Array.isArray(term);
}

/** The elements of an array or a set. */
export function elementsOf(term: Term | undefined): readonly Term[] | undefined {
  if (term instanceof RegoSet) return term.elements;
  return isTerms(term) ? term : undefined;
}

/** The elements of an array or a set of strings; undefined when it is anything else. */
export function stringsOf(term: Term | undefined): readonly string[] | undefined {
  const elements = elementsOf(term);
  const strings = elements?.filter((one) => typeof one === 'string');
  return strings?.length === elements?.length ? strings : undefined;
}

/** Whether two values are equal to Rego: numbers by what they are worth, `1` and `1.0` being one. */
export function sameTerm(a: Term, b: Term): boolean {
  return compareTerms(a, b) === 0;
}

/** The order of Rego: null, booleans, numbers, strings, arrays, objects, sets. */
export function compareTerms(a: Term, b: Term): number {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA !== rankB) return rankA - rankB;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (a instanceof RegoNumber && b instanceof RegoNumber) return a.compare(b);
  if (a instanceof RegoObject && b instanceof RegoObject) {
    return compareLists(sortedMembers(a).flat(), sortedMembers(b).flat());
  }
  if (a instanceof RegoSet && b instanceof RegoSet) return compareLists(sortTerms(a.elements), sortTerms(b.elements));
  return isTerms(a) && isTerms(b) ? compareLists(a, b) : 0;
}

export function sortTerms(terms: readonly Term[]): readonly Term[] {
  return terms.toSorted(compareTerms);
}

function sortedMembers(object: RegoObject): readonly (readonly [Term, Term])[] {
  return object.members.toSorted(([a], [b]) => compareTerms(a, b));
}

function compareLists(a: readonly Term[], b: readonly Term[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareTerms(one, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function rankOf(term: Term): number {
  if (term === null) return 0;
  if (typeof term === 'boolean') return 1;
  if (term instanceof RegoNumber) return 2;
  if (typeof term === 'string') return 3;
  if (term instanceof RegoObject) return 5;
  return term instanceof RegoSet ? 6 : 4;
}

/** By UTF-8 bytes, which is by code points and not by what JavaScript compares. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

import { jsonMembers, marshalJson } from '../../terms/marshal-json.ts';
import { readJson } from '../../terms/read-json.ts';
import { RegoNumber } from '../../terms/rego-number.ts';
import { isTerms, RegoObject, RegoSet, sortTerms, type Term } from '../../terms/term.ts';

/** A JSON value whose numbers keep their digits. */
export type Document = null | boolean | string | RegoNumber | readonly Document[] | ReadonlyMap<string, Document>;

/** The document that a value stands for: a string is the text of one. A message of OPA's where it stands for none. */
export function documentOf(term: Term | undefined): Document | { readonly problem: string } {
  if (typeof term === 'string') {
    const value = readJson(term);
    return value === undefined ? { problem: 'invalid JSON string' } : convert(value);
  }
  if (term instanceof RegoObject || isTerms(term)) return convert(term);
  return { problem: 'wrong type, expected string or object' };
}

export function isProblem(value: Document | { readonly problem: string }): value is { readonly problem: string } {
  return typeof value === 'object' && value !== null && 'problem' in value;
}

export function isMap(value: Document | undefined): value is ReadonlyMap<string, Document> {
  return value instanceof Map;
}

export function isArray(value: Document | undefined): value is readonly Document[] {
  return Array.isArray(value);
}

/**
 * A value as text in which equal values are equal: numbers as floating point, as `json.Unmarshal` of Go makes them.
 * @throws TypeError for a number that is too large for one, at which OPA breaks down
 */
export function normalText(value: Document): string {
  return marshalJson(normal(value));
}

function normal(value: Document): Term {
  if (value instanceof RegoNumber) {
    if (!Number.isFinite(value.float)) throw new TypeError('a number is too large to be compared');
    return new RegoNumber(Object.is(value.float, -0) ? '-0' : value.float);
  }
  if (isArray(value)) return value.map(normal);
  if (isMap(value)) return new RegoObject([...value].map(([name, one]) => [name, normal(one)]));
  return value;
}

function convert(term: Term): Document {
  if (term instanceof RegoObject) return new Map(jsonMembers(term).map(([name, value]) => [name, convert(value)]));
  if (term instanceof RegoSet) return sortTerms(term.elements).map(convert);
  return isTerms(term) ? term.map(convert) : term;
}

import { decimalOf } from './identity.ts';
import { RegoNumber } from './rego-number.ts';
import { isTerms, RegoObject, RegoSet, type Term } from './term.ts';

const MOST_PLACES = Math.floor(100_000 * Math.log10(2));

/**
 * JSON as Go's `encoding/json` reads it, digits kept: of members that come twice the last counts, and lone surrogates
 * become U+FFFD. Undefined where it is malformed, or has a number that is too large for OPA.
 */
export function readJson(text: string): Term | undefined {
  try {
    const value: unknown = JSON.parse(text, (_name, one: unknown, ...context: unknown[]) => revive(one, context[0]));
    return isTerm(value) ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** Members and elements are revived before what holds them; `context` has the text of a number. */
function revive(value: unknown, context: unknown): unknown {
  if (typeof value === 'number') return checkedNumber(sourceOf(context));
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members: [Term, Term][] = [];
  for (const [name, member] of Object.entries(value)) if (isTerm(member)) members.push([name.toWellFormed(), member]);
  return new RegoObject(members);
}

/** OPA takes no number of more than 100,000 binary places before or behind the point. */
function checkedNumber(text: string): RegoNumber {
  const { digits, exponent } = decimalOf(text);
  const places = digits === '0' ? 0 : Math.abs(digits.length + exponent);
  if (places > MOST_PLACES) throw new SyntaxError('the number has too many places');
  return new RegoNumber(text);
}

function sourceOf(context: unknown): string {
  if (typeof context === 'object' && context !== null && 'source' in context) return String(context.source);
  throw new TypeError('this version of Node does not tell the text of a JSON number; 22 and later do');
}

function isTerm(value: unknown): value is Term {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  return value instanceof RegoNumber || value instanceof RegoObject || value instanceof RegoSet || isTermList(value);
}

/** The elements were revived already. */
function isTermList(value: unknown): value is readonly Term[] {
  return Array.isArray(value) && isTerms(value);
}

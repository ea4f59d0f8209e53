import { RegoNumber } from '../terms/rego-number.ts';
import { isTerms, RegoObject, type Term } from '../terms/term.ts';
import { parseTerm } from '../terms/term-text.ts';

/** Of these a number has no more before and after its point than OPA can count with: its own limit is 2^100,000. */
const MOST_DIGITS = 30_103;
const MOST_BITS = 100_000;

/** OPA's `json.unmarshal(text)`: the whole text must be JSON, with no number beyond what OPA counts with. */
export function unmarshalJson(text: Term | undefined): Term | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const term = parseTerm(text.trim());
  return isCountable(term) ? wellFormed(term) : undefined;
}

function isCountable(term: Term): boolean {
  if (isTerms(term)) return term.every(isCountable);
  if (term instanceof RegoObject) return term.members.every(([, value]) => isCountable(value));
  return !(term instanceof RegoNumber) || !/[eE]/.test(term.text) || hasSmallExponent(term.text);
}

/** As OPA's NumberChecked; between what is surely in and surely out, by logarithms. */
function hasSmallExponent(text: string): boolean {
  const [mantissa = '', exponent = ''] = text.split(/[eE]/);
  if (Math.abs(Number(exponent)) > 10 * MOST_DIGITS)
    return !/[1-9]/.test(mantissa) && Math.abs(Number(exponent)) < 2 ** 31;
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return true;
  const magnitude = Number(exponent) - fraction.length + digits.length;
  const bits = (Math.log10(Number(`0.${digits.slice(0, 17)}`)) + magnitude) * Math.log2(10);
  return Math.abs(bits) <= MOST_BITS;
}

/** Go reads a lone surrogate as U+FFFD, and of members of one name keeps the last. */
function wellFormed(term: Term): Term {
  if (typeof term === 'string') return term.toWellFormed();
  if (isTerms(term)) return term.map(wellFormed);
  if (!(term instanceof RegoObject)) return term;
  return new RegoObject([...new Map(term.members.map(([key, value]) => [wellFormed(key), wellFormed(value)]))]);
}

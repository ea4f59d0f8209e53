import { RegoNumber } from '../terms/rego-number.ts';
import { isTerms, RegoObject, RegoSet, sortTerms, type Term } from '../terms/term.ts';
import type { Argument } from './go-format.ts';
import { sprintf } from './go-printf.ts';
import { quote } from './go-quote.ts';
import { intOperand } from './operands.ts';

/** OPA's `sprintf(format, values)`. */
export function printFormatted(format: Term | undefined, values: Term | undefined): Term | undefined {
  if (typeof format !== 'string' || !isTerms(values)) return undefined;
  return sprintf(format, values.map(argumentOf));
}

/** A value as OPA hands it to Go's fmt: numbers by how they are written, composites as the text of a term. */
function argumentOf(term: Term): Argument {
  if (term instanceof RegoNumber) return numberArgument(term);
  return { type: 'string', value: typeof term === 'string' ? term : termText(term) };
}

function numberArgument(number: RegoNumber): Argument {
  const { text, float } = number;
  if (/[.eE]/.test(text)) {
    checkSpelling(number);
    return Number.isFinite(float) ? { type: 'float64', value: float } : { type: 'string', value: text };
  }
  const int64 = intOperand(number);
  return int64 === undefined ? { type: '*big.Int', value: BigInt(text) } : { type: 'int64', value: int64 };
}

/**
 * Modules print some results of arithmetic as `6e+9` or `6000000001.0`, where OPA has an integer; written so in a
 * policy or an input it is a fraction to OPA.
 * @throws TypeError where one cannot be told from the other
 */
function checkSpelling(number: RegoNumber): void {
  const isOdd = /e\+|^[^eE]*\.0*$/.test(number.text);
  if (!isOdd || number.integer === undefined || Math.abs(number.float) < 2 ** 31) return;
  throw new TypeError(
    `sprintf: ${number.text.slice(0, 40)} may be an integer or a fraction to OPA; print it with format_int`,
  );
}

/** A term as OPA writes it. */
export function termText(term: Term): string {
  if (typeof term === 'string') return quote(term);
  if (term instanceof RegoNumber) return term.text;
  if (isTerms(term)) return `[${term.map(termText).join(', ')}]`;
  if (term instanceof RegoSet) {
    return term.elements.length === 0 ? 'set()' : `{${sortTerms(term.elements).map(termText).join(', ')}}`;
  }
  if (!(term instanceof RegoObject)) return String(term);
  const keys = sortTerms(term.members.map(([key]) => key));
  const values = new Map(term.members);
  return `{${keys.map((key) => `${termText(key)}: ${termText(values.get(key) ?? null)}`).join(', ')}}`;
}

import { RegoNumber } from '../terms/rego-number.ts';
import type { Term } from '../terms/term.ts';

// Operands as OPA's Go functions take them; undefined is what they call an error.

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** A machine integer: digits, at most 19 of them, also with a fraction of zeros (`1.0`). */
export function intOperand(term: Term | undefined): bigint | undefined {
  if (!(term instanceof RegoNumber)) return undefined;
  const [, digits = '', fraction = ''] = /^(-?\d+)(\.0*)?$/.exec(term.text) ?? [];
  if (digits === '' || digits.replace('-', '').length + fraction.length > 19) return undefined;
  const integer = BigInt(digits);
  return integer < LEAST || integer > MOST ? undefined : integer;
}

/** An integer of any size and spelling: `1e30`, `2.0`. */
export function bigOperand(term: Term | undefined): bigint | undefined {
  return term instanceof RegoNumber ? term.integer : undefined;
}

export function textOperand(term: Term | undefined): string | undefined {
  return typeof term === 'string' ? term : undefined;
}

/** An array of integers as a term. */
export function numbersTerm(numbers: readonly (number | bigint)[]): Term {
  return numbers.map((number) => new RegoNumber(number));
}

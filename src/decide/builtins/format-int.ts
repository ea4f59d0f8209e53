import { RegoNumber } from '../terms/rego-number.ts';
import type { Term } from '../terms/term.ts';

const BASES: readonly string[] = ['2', '8', '10', '16'];

/** OPA's `format_int(number, base)`: fractions are cut off. */
export function formatInt(number: Term | undefined, base: Term | undefined): Term | undefined {
  if (!(number instanceof RegoNumber && base instanceof RegoNumber) || !BASES.includes(base.text)) return undefined;
  return truncated(number).toString(Number(base.text));
}

function truncated(number: RegoNumber): bigint {
  if (number.integer !== undefined) return number.integer;
  const float = Math.trunc(number.float);
  if (Number.isSafeInteger(float)) return BigInt(float);
  throw new TypeError(`format_int: ${number.text.slice(0, 40)} is too long a fraction to be cut off here`);
}

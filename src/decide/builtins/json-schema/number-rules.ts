import { decimalOf } from '../../terms/identity.ts';
import type { RegoNumber } from '../../terms/rego-number.ts';

const MOST_SCALE = 400;
/** A float of 64 bits of Go tells all numbers of so many digits apart. */
const SURE_DIGITS = 18;

/** Whether a number is an integer times another. @throws TypeError for numbers that are too long to be divided */
export function isMultiple(value: RegoNumber, multiple: RegoNumber): boolean {
  const [a, b] = [decimalOf(value.text), decimalOf(multiple.text)];
  const least = Math.min(a.exponent, b.exponent);
  const [scaleA, scaleB] = [a.exponent - least, b.exponent - least];
  if (Math.max(scaleA, scaleB) > MOST_SCALE || a.digits.length + b.digits.length > MOST_SCALE) {
    throw new TypeError('json schema: multipleOf of numbers that are too long to be divided');
  }
  const [x, y] = [BigInt(a.digits) * 10n ** BigInt(scaleA), BigInt(b.digits) * 10n ** BigInt(scaleB)];
  return x % y === 0n;
}

/** A number as Go prints a `big.Float` of it. @throws TypeError where digits may be lost in that */
export function floatText(number: RegoNumber): string {
  const { sign, digits, exponent } = decimalOf(number.text);
  if (digits === '0') return '0';
  if (digits.length > SURE_DIGITS) throw new TypeError('json schema: a limit has too many digits to be printed');
  const power = digits.length + exponent - 1;
  if (power < -4 || power >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const magnitude = String(Math.abs(power)).padStart(2, '0');
    return `${sign}${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${magnitude}`;
  }
  if (exponent >= 0) return `${sign}${digits}${'0'.repeat(exponent)}`;
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

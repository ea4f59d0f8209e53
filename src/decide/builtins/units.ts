import { RegoNumber } from '../terms/rego-number.ts';
import type { Term } from '../terms/term.ts';
import { textOperand } from './operands.ts';

// OPA's units.parse and units.parse_bytes (v1/topdown/parse_units.go, parse_bytes.go of OPA 1.22).

const PREFIXES: readonly string[] = ['k', 'm', 'g', 't', 'p', 'e'];
/** Exponents beyond this would be numbers of thousands of digits. */
const MOST_EXPONENT = 1_000;
/** The bits of Go's big.Float when nobody says how many. */
const PRECISION = 64;
/** What Go's float64 0.001 is worth, in units of 2^-62. */
const MILLI = { numerator: BigInt(0.001 * 2 ** 62), denominator: 2n ** 62n };

interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** `units.parse(text)`: `10Ki`, `1.5G`, `200m` */
export function parseUnits(text: Term | undefined): Term | undefined {
  const split = splitAmount(textOperand(text)?.replaceAll('"', ''));
  if (!split) return undefined;
  const first = split.unit.slice(0, 1);
  const factor = unitFactor(first + lower(split.unit.slice(1)));
  if (!factor) return undefined;
  const numerator = split.amount.numerator * factor.numerator;
  const denominator = split.amount.denominator * factor.denominator;
  if (numerator % denominator === 0n) return new RegoNumber(numerator / denominator);
  return new RegoNumber(tenDecimals({ numerator, denominator }));
}

function unitFactor(unit: string): Ratio | undefined {
  if (unit === 'm') return MILLI;
  if (unit === '') return whole(1n);
  const power = PREFIXES.indexOf(unit.slice(0, 1).toLowerCase()) + 1;
  if (power === 0) return undefined;
  if (unit.length === 1) return whole(1000n ** BigInt(power));
  return unit.slice(1) === 'i' ? whole(1024n ** BigInt(power)) : undefined;
}

function whole(numerator: bigint): Ratio {
  return { numerator, denominator: 1n };
}

/** Ten decimals, half away from zero. */
function tenDecimals({ numerator, denominator }: Ratio): string {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const rounded = (magnitude * 10n ** 10n * 2n + denominator) / (denominator * 2n);
  const digits = String(rounded).padStart(11, '0');
  return `${numerator < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`;
}

/** `units.parse_bytes(text)`: `10KiB`, `1.5gb`; fractions of bytes are dropped. */
export function parseBytes(text: Term | undefined): Term | undefined {
  const split = typeof text === 'string' ? splitAmount(lower(text).replaceAll('"', '')) : undefined;
  const factor = split && byteFactor(split.unit);
  if (!factor) return undefined;
  const amount = roundToBits(split.amount);
  const product = roundToBits({ numerator: amount.numerator * factor, denominator: amount.denominator });
  return new RegoNumber(product.numerator / product.denominator);
}

function byteFactor(unit: string): bigint | undefined {
  if (unit === '') return 1n;
  const [, prefix = '', binary] = /^([kmgtpe])(i?)b?$/.exec(unit) ?? [];
  const power = PREFIXES.indexOf(prefix) + 1;
  if (power === 0) return undefined;
  return (binary === 'i' ? 1024n : 1000n) ** BigInt(power);
}

/** To the nearest number of 64 bits, ties to even, as Go's big.Float has it. */
function roundToBits({ numerator, denominator }: Ratio): Ratio {
  if (numerator === 0n) return whole(0n);
  const magnitude = numerator < 0n ? -numerator : numerator;
  let shift = PRECISION - bitLength(magnitude) + bitLength(denominator);
  // The quotient has 64 or 65 bits now: 64 are wanted.
  if (bitLength(quotient(magnitude, denominator, shift)) > PRECISION) shift -= 1;
  const scaled = shift >= 0 ? magnitude << BigInt(shift) : magnitude;
  const divisor = shift >= 0 ? denominator : denominator << BigInt(-shift);
  let kept = scaled / divisor;
  const twice = (scaled % divisor) * 2n;
  if (twice > divisor || (twice === divisor && kept % 2n === 1n)) kept += 1n;
  if (numerator < 0n) kept = -kept;
  return shift >= 0 ? { numerator: kept, denominator: 1n << BigInt(shift) } : whole(kept << BigInt(-shift));
}

function quotient(numerator: bigint, denominator: bigint, shift: number): bigint {
  return shift >= 0 ? (numerator << BigInt(shift)) / denominator : numerator / (denominator << BigInt(-shift));
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/**
 * Splits the amount from the unit: `e` belongs to the amount where a digit or a sign follows.
 * @throws RangeError for an exponent whose number nobody could write out
 */
function splitAmount(text: string | undefined): { readonly amount: Ratio; readonly unit: string } | undefined {
  if (text === undefined || text.includes(' ')) return undefined;
  const amount = /^(?:[0-9.+-]|[eE](?=[0-9+-])[+-]?)*/.exec(text)?.[0] ?? '';
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(amount);
  if (!match || /[eE][+-]?\d{7}/.test(amount)) return undefined;
  const [, sign = '', digits = '', fraction = '', exponentText = '0'] = match;
  if (digits + fraction === '') return undefined;
  const exponent = Number(exponentText) - fraction.length;
  if (Math.abs(exponent) > MOST_EXPONENT) {
    throw new RangeError(`units: the exponent of ${text.slice(0, 40)} is beyond ${MOST_EXPONENT}`);
  }
  const value = BigInt(digits + fraction) * (sign === '-' ? -1n : 1n);
  const power = 10n ** BigInt(Math.abs(exponent));
  const ratio = exponent < 0 ? { numerator: value, denominator: power } : whole(value * power);
  return { amount: ratio, unit: text.slice(amount.length) };
}

/** Go's ToLower gives one character for each. */
function lower(text: string): string {
  return text.replaceAll('İ', 'i').toLowerCase();
}

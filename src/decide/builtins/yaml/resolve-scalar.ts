import { RegoNumber } from '../../terms/rego-number.ts';

/** What a plain scalar is: a value of JSON, or a number that JSON has no text for (infinities, not a number). */
export type Scalar = null | boolean | string | RegoNumber | 'no JSON';

const WORDS = new Map<string, null | boolean>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);
const NO_JSON = /^(?:\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/;

/**
 * A plain scalar as go-yaml 3 resolves it, but that times stay strings, as OPA has them.
 * @throws TypeError for a negative zero, which OPA prints in two ways
 */
export function resolvePlain(text: string): { readonly value: Scalar; readonly isFloat: boolean } {
  const word = WORDS.get(text);
  if (word !== undefined) return { value: word, isFloat: false };
  if (NO_JSON.test(text)) return { value: 'no JSON', isFloat: true };
  if (!/^[-+.0-9]/.test(text) || text.length > 400) return { value: text, isFloat: false };
  const plain = text.replaceAll('_', '');
  const integer = integerOf(plain);
  return integer === undefined ? floatOf(plain, text) : { value: new RegoNumber(integer), isFloat: false };
}

/** The integer as Go's `strconv` reads it with base 0, within 64 bits with a sign or without one. */
function integerOf(plain: string): bigint | undefined {
  const [, sign = '', hex, binary, octal, decimal] = INTEGER.exec(plain) ?? [];
  const digits = (hex && `0x${hex}`) ?? (binary && `0b${binary}`) ?? (octal && `0o${octal}`) ?? decimal;
  if (digits === undefined) return undefined;
  const magnitude = BigInt(digits);
  const most = sign === '-' ? 2n ** 63n : sign === '+' ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  if (magnitude > most) return undefined;
  return sign === '-' ? -magnitude : magnitude;
}

function floatOf(plain: string, text: string): { readonly value: Scalar; readonly isFloat: boolean } {
  const float = FLOAT.test(plain) ? Number(plain) : Number.NaN;
  if (!Number.isFinite(float)) return { value: text, isFloat: false };
  if (Object.is(float, -0)) throw new TypeError('YAML with a negative zero is not read here');
  return { value: new RegoNumber(float), isFloat: true };
}

import { leaf } from '../../../config/values.ts';
import { isObject, type Json } from '../../../json.ts';

// Values that the fields of a case may have.

const LABEL = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** A value, or `unknown`: what the gate says when a fact could not be had. */
export function known<T>(expected: string, read: (value: unknown) => T | undefined) {
  return leaf(`${expected}, or unknown`, (value): T | 'unknown' | undefined =>
    value === 'unknown' ? 'unknown' : read(value),
  );
}

export const truth = () => known('true or false', (value) => (typeof value === 'boolean' ? value : undefined));
export const count = () =>
  known('a whole number', (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined,
  );
export const amount = () =>
  known('a number of at least 0', (value) => (typeof value === 'number' && value >= 0 ? value : undefined));
export const words = (expected: string) => known(expected, (value) => (isTexts(value) ? value : undefined));
export const label = () =>
  leaf('a label value, none or unknown', (value) => {
    const written = typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
    return typeof written === 'string' && LABEL.test(written) ? written : undefined;
  });
/** One of these words. */
export function oneOf<const T extends readonly (string | number)[]>(...allowed: T) {
  return leaf(`one of ${allowed.join(', ')}`, (value): T[number] | undefined => allowed.find((one) => one === value));
}

/** Any JSON value: what a client would send. */
export function json() {
  return leaf('a value', (value): Json | undefined => (isJson(value) ? value : undefined));
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
}

export function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isObject(value) && Object.values(value).every(isJson);
}

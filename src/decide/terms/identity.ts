import { RegoNumber } from './rego-number.ts';
import { isTerms, RegoObject, RegoSet, type Term } from './term.ts';

/** A text that two values share exactly when they are equal to Rego, `1` and `1.0` being one. */
export function identityOf(term: Term): string {
  if (typeof term === 'string') return JSON.stringify(term);
  if (term instanceof RegoNumber) {
    const { sign, digits, exponent } = decimalOf(term.text);
    return `${sign}${digits}e${exponent}`;
  }
  if (term instanceof RegoSet) return `<${term.elements.map(identityOf).sort().join(',')}>`;
  if (term instanceof RegoObject) {
    return `{${term.members
      .map(([key, value]) => `${identityOf(key)}:${identityOf(value)}`)
      .sort()
      .join(',')}}`;
  }
  return isTerms(term) ? `[${term.map(identityOf).join(',')}]` : String(term);
}

/** Whether the number has no fraction, however long it is. */
export function isIntegral(text: string): boolean {
  return decimalOf(text).exponent >= 0;
}

/** A number as sign, digits without zeros at either end (`0` for zero), and the power of ten that they are taken times. */
export interface Decimal {
  readonly sign: string;
  readonly digits: string;
  readonly exponent: number;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d*))?$/;

export function decimalOf(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', power = ''] = NUMBER.exec(text) ?? [];
  const all = `${whole}${fraction}`;
  let [start, end] = [0, all.length];
  while (end > 0 && all[end - 1] === '0') end -= 1;
  while (start < end && all[start] === '0') start += 1;
  if (start === end) return { sign: '', digits: '0', exponent: 0 };
  const exponent = Number(power === '' ? 0 : power) - fraction.length + all.length - end;
  return { sign, digits: all.slice(start, end), exponent };
}

import { RegoNumber } from './rego-number.ts';
import { isTerms, RegoObject, RegoSet, type Term } from './term.ts';

/** A text that two values share exactly when they are equal to Rego, `1` and `1.0` being one. */
export function identityOf(term: Term): string {
  if (typeof term === 'string') return JSON.stringify(term);
  if (term instanceof RegoNumber) return numberIdentity(term.text);
  if (term instanceof RegoSet) return `<${term.elements.map(identityOf).sort().join(',')}>`;
  if (term instanceof RegoObject) {
    return `{${term.members
      .map(([key, value]) => `${identityOf(key)}:${identityOf(value)}`)
      .sort()
      .join(',')}}`;
  }
  return isTerms(term) ? `[${term.map(identityOf).join(',')}]` : String(term);
}

const NUMBER = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d*))?$/;

/** The digits without zeros at either end, and the power of ten. */
function numberIdentity(text: string): string {
  if (/^-?[1-9]\d{0,14}$/.test(text) && !text.endsWith('0')) return `${text}e0`;
  const [, sign = '', whole = '', fraction = '', power = ''] = NUMBER.exec(text) ?? [];
  const all = `${whole}${fraction}`;
  let [start, end] = [0, all.length];
  while (end > 0 && all[end - 1] === '0') end -= 1;
  while (start < end && all[start] === '0') start += 1;
  if (start === end) return '0e0';
  return `${sign}${all.slice(start, end)}e${Number(power === '' ? 0 : power) - fraction.length + all.length - end}`;
}

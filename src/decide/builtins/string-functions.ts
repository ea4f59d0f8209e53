import { RegoNumber } from '../terms/rego-number.ts';
import type { Term } from '../terms/term.ts';
import { checkSize, MOST_ELEMENTS } from './limits.ts';
import { intOperand, numbersTerm, textOperand } from './operands.ts';

// OPA's functions of strings (v1/topdown/strings.go of OPA 1.22). Undefined is what OPA calls an error of a builtin.

/** `indexof_n(text, search)`: where search begins, in characters; matches may overlap. */
export function indexOfAll(text: Term | undefined, search: Term | undefined): Term | undefined {
  const [base, wanted] = [textOperand(text), textOperand(search)];
  if (base === undefined || wanted === undefined || wanted === '') return undefined;
  const found: number[] = [];
  let characters = 0;
  let counted = 0;
  for (let at = base.indexOf(wanted); at >= 0; at = base.indexOf(wanted, at + 1)) {
    characters += countCharacters(base, counted, at);
    counted = at;
    found.push(characters);
    checkSize('indexof_n', found.length, MOST_ELEMENTS, 'indexes');
  }
  return numbersTerm(found);
}

function countCharacters(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; count += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return count;
}

/** `strings.count(text, search)`, of matches that do not overlap; an empty search is found around each character. */
export function countText(text: Term | undefined, search: Term | undefined): Term | undefined {
  const [base, wanted] = [textOperand(text), textOperand(search)];
  if (base === undefined || wanted === undefined) return undefined;
  if (wanted === '') return new RegoNumber(countCharacters(base, 0, base.length) + 1);
  let count = 0;
  for (let at = base.indexOf(wanted); at >= 0; at = base.indexOf(wanted, at + wanted.length)) count += 1;
  return new RegoNumber(count);
}

/** `strings.split_n(text, delimiter, n)`: the first n parts, or with a negative n the last ones. */
export function splitN(text: Term | undefined, delimiter: Term | undefined, n: Term | undefined): Term | undefined {
  const [base, mark, count] = [textOperand(text), textOperand(delimiter), intOperand(n)];
  if (base === undefined || mark === undefined || count === undefined) return undefined;
  const parts = mark === '' ? Array.from(base) : base.split(mark);
  checkSize('strings.split_n', parts.length, MOST_ELEMENTS, 'parts');
  const wanted = Number(count < 0n ? -count : count);
  return count < 0n ? parts.slice(Math.max(parts.length - wanted, 0)) : parts.slice(0, wanted);
}

/** `strings.reverse(text)`, by characters. */
export function reverseText(text: Term | undefined): Term | undefined {
  return typeof text === 'string' ? Array.from(text).reverse().join('') : undefined;
}

/** `glob.quote_meta(pattern)` */
export function quoteGlob(pattern: Term | undefined): Term | undefined {
  return textOperand(pattern)?.replace(/[?*\\[\]{}]/g, '\\$&');
}

import { isArray, isObject, type Json } from '../../json.ts';
import { RegoNumber } from './rego-number.ts';
import { isTerms, RegoObject, RegoSet, type Term } from './term.ts';

/** One token: a string, a number, a word or a mark. */
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(-?[\d.][\d.eE+-]*)|(null|true|false|set\(\))|([[\]{},:]))/y;

/**
 * Reads a value as OPA's modules print it: JSON, in which sets are `{1, 2}` and `set()` and keys may be any value.
 * @throws SyntaxError when it is none
 */
export function parseTerm(text: string): Term {
  // Most operands are plain texts.
  return text.startsWith('"') ? String(JSON.parse(text)) : new TermParser(text).whole();
}

class TermParser {
  readonly #text: string;
  #at = 0;
  #token = '';

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Term {
    this.#next();
    const term = this.#term();
    if (this.#text.slice(this.#at).trim() !== '') throw this.#error();
    return term;
  }

  /** The term at the current token; leaves its last token current. */
  #term(): Term {
    const token = this.#token;
    if (token.startsWith('"')) return String(JSON.parse(token));
    if (token === '[') return this.#elements(']', () => this.#term());
    if (token === '{') return this.#braces();
    if (token === 'set()') return new RegoSet([]);
    if (token === 'null') return null;
    if (token === 'true' || token === 'false') return token === 'true';
    if (/^[-.\d]/.test(token)) return new RegoNumber(token);
    throw this.#error();
  }

  #braces(): Term {
    let isSet: boolean | undefined;
    const members = this.#elements('}', () => {
      const key = this.#term();
      const isMember = this.#isKey();
      if (isSet === isMember) throw this.#error();
      isSet = !isMember;
      if (!isMember) return [key, key] as const;
      this.#next();
      this.#next();
      return [key, this.#term()] as const;
    });
    return isSet === true ? new RegoSet(members.map(([element]) => element)) : new RegoObject(members);
  }

  #elements<T>(end: string, read: () => T): T[] {
    const elements: T[] = [];
    this.#next();
    while (this.#token !== end) {
      elements.push(read());
      this.#next();
      if (this.#token === ',') this.#next();
      else if (this.#token !== end) throw this.#error();
    }
    return elements;
  }

  #next(): void {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (!found) throw this.#error();
    this.#at = TOKEN.lastIndex;
    this.#token = found[0].trimStart();
  }

  /** Whether a colon is next, which makes the value before it a key. */
  #isKey(): boolean {
    let at = this.#at;
    while (/\s/.test(this.#text[at] ?? '')) at += 1;
    return this.#text[at] === ':';
  }

  #error(): SyntaxError {
    return new SyntaxError(`not a value of Rego: ${this.#text.slice(0, 80)}`);
  }
}

/** Prints a value so that OPA's modules, and `parseTerm`, read it. */
export function printTerm(term: Term): string {
  if (typeof term === 'string') return JSON.stringify(term.toWellFormed());
  // Rego takes `.5` for a number; JSON does not.
  if (term instanceof RegoNumber) return term.text.replace(/^(-?)\./, '$10.');
  if (isTerms(term)) return `[${term.map(printTerm).join(',')}]`;
  if (term instanceof RegoSet)
    return term.elements.length === 0 ? 'set()' : `{${term.elements.map(printTerm).join(',')}}`;
  if (term instanceof RegoObject) {
    return `{${term.members.map(([key, value]) => `${printTerm(key)}:${printTerm(value)}`).join(',')}}`;
  }
  return String(term);
}

/** A value of JSON as a term. */
export function termOf(json: Json): Term {
  if (typeof json === 'number') return new RegoNumber(json);
  if (isArray(json)) return json.map(termOf);
  if (!isObject(json)) return json;
  return new RegoObject(Object.entries(json).map(([key, value]) => [key, termOf(value)]));
}

/**
 * A term as JSON: sets as arrays, keys that are no strings as their text.
 * @throws TypeError when a number cannot be carried by JavaScript's without becoming another
 */
export function jsonOf(term: Term): Json {
  if (term instanceof RegoNumber) return exactNumber(term);
  if (isTerms(term)) return term.map(jsonOf);
  if (term instanceof RegoSet) return term.elements.map(jsonOf);
  if (!(term instanceof RegoObject)) return term;
  return Object.fromEntries(term.members.map(([key, value]) => [keyText(key), jsonOf(value)]));
}

/** The name of a member in JSON: a key that is no string becomes its own JSON text. */
export function keyText(key: Term): string {
  return typeof key === 'string' ? key : JSON.stringify(jsonOf(key));
}

function exactNumber(number: RegoNumber): number {
  const float = number.float;
  if (Number.isFinite(float) && new RegoNumber(float).compare(number) === 0) return float;
  throw new TypeError(`the number ${number.text.slice(0, 40)} has more digits than this function can be given`);
}

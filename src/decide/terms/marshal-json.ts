import { RegoNumber } from './rego-number.ts';
import { compareTerms, isTerms, RegoObject, RegoSet, sortTerms, type Term } from './term.ts';

/** White space between the parts of a JSON text, as Go's `json.MarshalIndent` puts it. */
export interface Indentation {
  readonly prefix: string;
  readonly indent: string;
}

interface Style {
  readonly indentation?: Indentation;
  /** Whether `<`, `>` and `&` are escaped, as Go does unless it is told not to. */
  readonly html?: boolean;
}

/**
 * JSON as Go's `json.Marshal` prints it: members by the bytes of their names. Sets are arrays, and keys that are no
 * strings are JSON in a string, as OPA's `ast.JSON` makes them.
 */
export function marshalJson(term: Term, style: Style = {}): string {
  return new Marshaller(style).print(term, 0);
}

/** The name that a key has in JSON. */
export function jsonName(key: Term): string {
  return typeof key === 'string' ? key : marshalJson(key, { html: false });
}

/** The members of an object as JSON has them, by the bytes of their names; of keys with one name the greatest counts. */
export function jsonMembers(object: RegoObject): readonly (readonly [name: string, value: Term])[] {
  const members = object.members.map(([key, value]) => [jsonName(key), value] as const);
  if (object.members.every(([key]) => typeof key === 'string')) return members.sort(byName);
  const inOrder = object.members.toSorted(([a], [b]) => compareTerms(a, b));
  return [...new Map(inOrder.map(([key, value]) => [jsonName(key), value]))].sort(byName);
}

/** By bytes of UTF-8, which is what JavaScript compares unless there are surrogates. */
function byName([a]: readonly [string, Term], [b]: readonly [string, Term]): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const SURROGATE = /[\ud800-\udfff]/;

class Marshaller {
  readonly #indentation: Indentation | undefined;
  readonly #escaped: RegExp;

  constructor({ indentation, html = true }: Style) {
    this.#indentation = indentation;
    this.#escaped = html ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g;
  }

  print(term: Term, depth: number): string {
    if (typeof term === 'string') return this.#string(term);
    if (term instanceof RegoNumber) return term.text;
    if (term instanceof RegoObject) return this.#object(term, depth);
    if (term instanceof RegoSet) return this.#list(sortTerms(term.elements), depth);
    return isTerms(term) ? this.#list(term, depth) : String(term);
  }

  #list(elements: readonly Term[], depth: number): string {
    const parts = elements.map((one) => this.print(one, depth + 1));
    return this.#enclose('[', parts, ']', depth);
  }

  #object(object: RegoObject, depth: number): string {
    const colon = this.#indentation ? ': ' : ':';
    const parts = jsonMembers(object).map(
      ([name, value]) => `${this.#string(name)}${colon}${this.print(value, depth + 1)}`,
    );
    return this.#enclose('{', parts, '}', depth);
  }

  #enclose(open: string, parts: readonly string[], close: string, depth: number): string {
    if (!this.#indentation || parts.length === 0) return `${open}${parts.join(',')}${close}`;
    const { prefix, indent } = this.#indentation;
    const inside = `\n${prefix}${indent.repeat(depth + 1)}`;
    return `${open}${inside}${parts.join(`,${inside}`)}\n${prefix}${indent.repeat(depth)}${close}`;
  }

  #string(text: string): string {
    const quoted = JSON.stringify(text.toWellFormed());
    return quoted.replace(this.#escaped, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }
}

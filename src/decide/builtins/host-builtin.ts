import type { Json } from '../../json.ts';
import type { Term } from '../terms/term.ts';
import { jsonOf, parseTerm, printTerm, termOf } from '../terms/term-text.ts';

/**
 * What a host builtin may return: a JSON value, JSON text in an ArrayBuffer (for integers above 2^53), or undefined
 * for what is an error in OPA. One that throws faults the evaluation: the call is denied.
 */
export type HostResult = Json | ArrayBuffer | undefined;

/** Sees its operands as JSON, sets as arrays; a number that JavaScript cannot carry faults the evaluation. */
type JsonBuiltin = (...args: readonly Json[]) => HostResult;
/** Sees values as Rego has them, and answers with one. */
type OnTerms = (...args: readonly Term[]) => Term | undefined;

export interface HostBuiltin extends JsonBuiltin {
  /** Where there is one, it is what a module's calls go to. */
  readonly terms?: OnTerms;
}
export type HostBuiltins = Readonly<Record<string, HostBuiltin>>;

/** A builtin that has to tell sets from arrays, or numbers by how they are written. */
export function onTerms(terms: OnTerms): HostBuiltin {
  const onJson = (...args: readonly Json[]): HostResult => {
    const answer = terms(...args.map(termOf));
    return answer === undefined ? undefined : new TextEncoder().encode(printTerm(answer)).buffer;
  };
  return Object.assign(onJson, { terms });
}

/** Calls a builtin with operands as a module prints them; the answer is text for it to read, or undefined. */
export function callBuiltin(builtin: HostBuiltin, operands: readonly string[]): string | undefined {
  if (builtin.terms) {
    const answer = builtin.terms(...operands.map(parseTerm));
    return answer === undefined ? undefined : printTerm(answer);
  }
  const answer = builtin(...operands.map(readJson));
  if (answer instanceof ArrayBuffer) return new TextDecoder().decode(answer);
  return answer === undefined ? undefined : JSON.stringify(answer);
}

/** Sets are not JSON, and neither are long numbers to JavaScript: those go the longer way. */
function readJson(text: string): Json {
  if (!/[\d.]{16}|\d[eE]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // A set, or a key that is no string.
    }
  }
  return jsonOf(parseTerm(text));
}

import { compareTerms, elementsOf, isTerms, RegoObject, RegoSet, type Term } from '../../src/decide/terms/term.ts';
import { keyText, printTerm } from '../../src/decide/terms/term-text.ts';
import { messageOf } from '../../src/errors.ts';
import { isObject } from '../../src/json.ts';
import { selectionsByNumber } from '../../src/review/number-keys.ts';
import type { CompiledCase, Want } from './compiled-cases.ts';
import { evaluateCase } from './evaluate.ts';

/**
 * What came of a case.
 * - `pass`: the gate answers as OPA does.
 * - `refused`: it uses a builtin that `rego/capabilities.json` does not list, or selects from data by a number, so that no
 *   such policy is built.
 * - `faulted`: the evaluation is stopped where OPA answers; of such a call the gate says no.
 * - `wrong`: another answer than OPA's.
 */
export interface Outcome {
  readonly kind: 'pass' | 'refused' | 'faulted' | 'wrong';
  /** The builtins that are refused, the fault, or what was got and wanted. */
  readonly reason: string;
}

export async function judgeCase(one: CompiledCase, capable: ReadonlySet<string>): Promise<Outcome> {
  const refused = one.builtins.filter((name) => !capable.has(name));
  if (refused.length > 0) return { kind: 'refused', reason: refused.join(', ') };
  const data: unknown = JSON.parse(one.data);
  const selected = isObject(data) ? one.syntax.flatMap((ast) => selectionsByNumber(ast, data)) : [];
  if (selected.length > 0) return { kind: 'refused', reason: `data selected by a number: ${selected.join(', ')}` };
  if (one.problem !== undefined) return { kind: 'wrong', reason: `it does not compile: ${one.problem}` };
  let result: readonly Term[];
  try {
    result = await evaluateCase(one);
  } catch (thrown) {
    return judgeFault(messageOf(thrown), one.want);
  }
  const problem = problemOf(result, one.want);
  return problem === undefined ? { kind: 'pass', reason: '' } : { kind: 'wrong', reason: problem };
}

/** What an abort of a module says where OPA's own evaluation ends in a conflict. */
const CONFLICT = /var assignment conflict|object insert conflict/;

function judgeFault(message: string, want: Want): Outcome {
  const isWanted =
    want.kind === 'error' && !want.strict && want.code === 'eval_conflict_error' && CONFLICT.test(message);
  return isWanted ? { kind: 'pass', reason: '' } : { kind: 'faulted', reason: message };
}

function problemOf(result: readonly Term[], want: Want): string | undefined {
  const got = printTerm(result);
  switch (want.kind) {
    case 'defined':
      return result.length > 0 === want.defined ? undefined : `want ${want.defined ? 'a' : 'no'} result, got ${got}`;
    case 'error':
      // Modules know no strict errors: what is one only there must be undefined.
      if (want.strict) return result.length === 0 ? undefined : `want no result (${want.code}), got ${got}`;
      return `want ${want.code}, got ${got}`;
    case 'result':
      return isWanted(result, want.result, want.sortBindings)
        ? undefined
        : `want ${printTerm(want.result)}, got ${got}`;
  }
}

/** Results are a set; so are sets in them, which the cases write as arrays, and with `sort_bindings` whole bindings. */
function isWanted(result: readonly Term[], want: readonly Term[], sortBindings: boolean): boolean {
  const left = [...want];
  for (const one of result) {
    const index = left.findIndex((other) => isBinding(one, other, sortBindings));
    // A result that comes twice is one: OPA's own comparison is of sets.
    if (index < 0 && !want.some((other) => isBinding(one, other, sortBindings))) return false;
    if (index >= 0) left.splice(index, 1);
  }
  return left.every((one) => result.some((other) => isBinding(other, one, sortBindings)));
}

function isBinding(got: Term, want: Term, sortBindings: boolean): boolean {
  if (!(got instanceof RegoObject && want instanceof RegoObject)) return false;
  if (got.members.length !== want.members.length) return false;
  return want.members.every(([key, value]) => {
    const other = typeof key === 'string' ? got.get(key) : undefined;
    if (other === undefined) return false;
    if (sortBindings && isTerms(other) && isTerms(value)) return matches(new RegoSet(other), value);
    return matches(other, value);
  });
}

/** Whether a value is what JSON says, sets standing as arrays in any order and keys that are no strings as their text. */
function matches(got: Term, want: Term): boolean {
  if (got instanceof RegoSet) {
    const wanted = elementsOf(want);
    if (wanted?.length !== got.elements.length) return false;
    const left = [...wanted];
    return got.elements.every((one) => {
      const index = left.findIndex((other) => matches(one, other));
      if (index >= 0) left.splice(index, 1);
      return index >= 0;
    });
  }
  if (got instanceof RegoObject) {
    if (!(want instanceof RegoObject) || got.members.length !== want.members.length) return false;
    return got.members.every(([key, value]) => {
      const other = want.get(keyText(key));
      return other !== undefined && matches(value, other);
    });
  }
  if (isTerms(got)) {
    return isTerms(want) && got.length === want.length && got.every((one, index) => matches(one, want[index] ?? null));
  }
  return compareTerms(got, want) === 0;
}

import { expect } from 'vitest';
import { callBuiltin } from '../../../src/decide/builtins/host-builtin.ts';
import { createHostBuiltins } from '../../../src/decide/builtins/registry.ts';
import { marshalJson } from '../../../src/decide/terms/marshal-json.ts';
import { RegoSet, type Term } from '../../../src/decide/terms/term.ts';
import { parseTerm } from '../../../src/decide/terms/term-text.ts';
import { inFolder, opa } from '../rego-lab.ts';

/** A call of a builtin, its operands as text that both Rego and the host read: JSON and set literals. */
export interface BuiltinCall {
  readonly name: string;
  readonly args: readonly string[];
}

/** A call with operands given as values of JSON. */
export function callOf(name: string, ...values: readonly unknown[]): BuiltinCall {
  return { name, args: values.map((value) => JSON.stringify(value)) };
}

const host = createHostBuiltins(() => '2026-03-02T10:00:00.123Z');

/** What the host answers: JSON as Go prints it, `set ` before it when it is a set; undefined for an error. */
export function hostAnswer({ name, args }: BuiltinCall): string | undefined {
  const builtin = host[name];
  if (!builtin) throw new Error(`the host lacks ${name}`);
  const text = callBuiltin(builtin, args);
  return text === undefined ? undefined : answerText(parseTerm(text));
}

function answerText(term: Term): string {
  return `${term instanceof RegoSet ? 'set ' : ''}${marshalJson(term)}`;
}

/** What the real OPA answers, by the call's index; errors leave none. */
async function opaAnswers(calls: readonly BuiltinCall[]): Promise<ReadonlyMap<number, string>> {
  // Through `walk`, so that OPA's compiler does not know the types and leaves them to the builtin.
  const rules = calls.map(({ name, args }, index) => {
    const operands = args.map((_, at) => `x${at}`);
    const lets = args.map((text, at) => `walk(${text}, [[], x${at}])`).join('; ');
    return `answers[${index}] := [type_name(x), json.marshal(x)] if { ${lets}; x := ${name}(${operands.join(', ')}) }`;
  });
  const source = `package cases\n\nimport rego.v1\n\n${rules.join('\n')}\n`;
  return inFolder({ 'cases.rego': source }, async (folder) => {
    const printed = await opa(['eval', '-f', 'raw', '-d', `${folder}/cases.rego`, 'data.cases.answers']);
    const answers: Record<string, readonly [type: string, text: string]> = JSON.parse(printed);
    return new Map(
      Object.entries(answers).map(([index, [type, text]]) => [Number(index), `${type === 'set' ? 'set ' : ''}${text}`]),
    );
  });
}

/** Asserts that the host answers every call as OPA does, and that OPA answers some of them and some not. */
export async function expectAnswersOfOpa(calls: readonly BuiltinCall[]): Promise<void> {
  const theirs = await opaAnswers(calls);
  const differing = calls.flatMap((call, index) => {
    const ours = hostAnswer(call);
    return ours === theirs.get(index) ? [] : [{ ...call, ours, opa: theirs.get(index) }];
  });
  expect(differing).toEqual([]);
  expect(theirs.size).toBeGreaterThan(0);
}

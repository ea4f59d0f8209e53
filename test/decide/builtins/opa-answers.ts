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

/**
 * What the real OPA answers, by the call's index; errors leave none. Calls with JSON go in as input, which is much
 * faster; literals go through `walk`, so that OPA's compiler does not know their types and leaves them to the builtin.
 */
async function opaAnswers(calls: readonly BuiltinCall[]): Promise<ReadonlyMap<number, string>> {
  const arities = new Map(calls.map(({ name, args }) => [name, args.length]));
  const byInput = [...arities].map(([name, arity]) => {
    const operands = Array.from({ length: arity }, (_, at) => `call.args[${at}]`).join(', ');
    return `answers[index] := answer(x) if { some index, call in input["${name}"]; x := ${name}(${operands}) }`;
  });
  const byLiteral = calls.flatMap(({ name, args }, index) => {
    if (args.every(isJson)) return [];
    const lets = args.map((text, at) => `walk(${text}, [[], x${at}])`).join('; ');
    const operands = args.map((_, at) => `x${at}`).join(', ');
    return [`answers["${index}"] := answer(x) if { ${lets}; x := ${name}(${operands}) }`];
  });
  const source = `package cases\n\nimport rego.v1\n\nanswer(x) := [type_name(x), json.marshal(x)]\n\n${[...byInput, ...byLiteral].join('\n')}\n`;
  const input = [...arities.keys()].map((name) => {
    const mine = calls.flatMap((call, index) =>
      call.name === name && call.args.every(isJson) ? [[call, index] as const] : [],
    );
    return `"${name}": {${mine.map(([{ args }, index]) => `"${index}": {"args": [${args.join(', ')}]}`).join(',\n')}}`;
  });
  return inFolder({ 'cases.rego': source, 'input.json': `{${input.join(',\n')}}` }, async (folder) => {
    const files = ['-d', `${folder}/cases.rego`, '-i', `${folder}/input.json`];
    const printed = await opa(['eval', '-f', 'raw', ...files, 'data.cases.answers']);
    const answers: Record<string, readonly [type: string, text: string]> = JSON.parse(printed);
    return new Map(
      Object.entries(answers).map(([index, [type, text]]) => [Number(index), `${type === 'set' ? 'set ' : ''}${text}`]),
    );
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Asserts that the host answers every call as OPA does, and that OPA answers some of them. `normal` undoes what OPA
 * leaves to chance.
 */
export async function expectAnswersOfOpa(
  calls: readonly BuiltinCall[],
  normal: (answer: string) => string = (answer) => answer,
): Promise<void> {
  const answers = await opaAnswers(calls);
  const theirs = new Map([...answers].map(([index, answer]) => [index, normal(answer)]));
  const differing = calls.flatMap((call, index) => {
    const answer = hostAnswer(call);
    const ours = answer === undefined ? undefined : normal(answer);
    return ours === theirs.get(index) ? [] : [{ ...call, ours, opa: theirs.get(index) }];
  });
  expect(differing).toEqual([]);
  expect(theirs.size).toBeGreaterThan(0);
}

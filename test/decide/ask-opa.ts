import { callBuiltin } from '../../src/decide/builtins/host-builtin.ts';
import { createHostBuiltins } from '../../src/decide/builtins/registry.ts';
import { isTerms, RegoObject, RegoSet, sortTerms, type Term } from '../../src/decide/terms/term.ts';
import { parseTerm, printTerm } from '../../src/decide/terms/term-text.ts';
import { inFolder, opa } from './rego-lab.ts';

/** A call of a builtin, with operands as JSON text: long integers do not survive a JavaScript number. */
export interface Case {
  readonly name: string;
  readonly args: readonly string[];
}

const ours = createHostBuiltins(() => '2026-03-02T10:00:00.123Z');

/** Cases of one builtin whose operands are JSON values. */
export function casesOf(name: string, operands: readonly (readonly unknown[])[]): readonly Case[] {
  return operands.map((args) => ({ name, args: args.map((arg) => JSON.stringify(arg)) }));
}

/** The cases that the gate answers otherwise than the real OPA, and how many OPA answers at all. */
export async function differencesFromOpa(
  cases: readonly Case[],
): Promise<{ readonly differing: readonly unknown[]; readonly answered: number }> {
  const theirs = await askOpa(cases);
  const differing = cases.flatMap((one, index) => {
    const [mine, opas] = [askHost(one), theirs.get(index)];
    return mine === opas ? [] : [{ ...one, ours: mine, opa: opas }];
  });
  return { differing, answered: theirs.size };
}

/** The gate's answer to a case; undefined for an error. */
export function askHost({ name, args }: Case): string | undefined {
  const builtin = ours[name];
  if (!builtin) throw new Error(`the gate has no ${name}`);
  const answer = callBuiltin(builtin, args);
  return answer === undefined ? undefined : comparable(answer);
}

/** OPA's answers by the case's index; a builtin's error leaves none. */
async function askOpa(cases: readonly Case[]): Promise<ReadonlyMap<number, string>> {
  const arities = new Map(cases.map(({ name, args }) => [name, args.length]));
  const rules = [...arities].map(([name, arity]) => {
    const operands = Array.from({ length: arity }, (_, index) => `one.args[${index}]`).join(', ');
    return `answers[index] := json.marshal(${name}(${operands})) if { some index, one in input; one.name == "${name}" }`;
  });
  const source = `package cases\n\nimport rego.v1\n\n${rules.join('\n')}\n`;
  const input = `[${cases.map(({ name, args }) => `{"name": "${name}", "args": [${args.join(', ')}]}`).join(',\n')}]`;
  return inFolder({ 'cases.rego': source, 'input.json': input }, async (folder) => {
    const files = ['-d', `${folder}/cases.rego`, '-i', `${folder}/input.json`];
    const answers: Record<string, string> = JSON.parse(
      await opa(['eval', '-f', 'raw', ...files, 'data.cases.answers']),
    );
    return new Map(Object.entries(answers).map(([index, answer]) => [Number(index), comparable(answer)]));
  });
}

/** The text of a value with sets as sorted arrays and members in one order. */
function comparable(text: string): string {
  return printTerm(sorted(parseTerm(text)));
}

function sorted(term: Term): Term {
  if (isTerms(term)) return term.map(sorted);
  if (term instanceof RegoSet) return sortTerms(term.elements).map(sorted);
  if (!(term instanceof RegoObject)) return term;
  const values = new Map(term.members);
  return new RegoObject(sortTerms([...values.keys()]).map((key) => [key, sorted(values.get(key) ?? null)]));
}

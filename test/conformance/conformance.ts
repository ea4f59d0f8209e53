import { capableOf } from './capabilities.ts';
import { type CompiledCase, compiledCases } from './compiled-cases.ts';
import { judgeCase, type Outcome } from './judge-case.ts';

export interface Judged {
  readonly name: string;
  readonly outcome: Outcome;
}

/** So that a module is compiled, off this thread, while others are judged. */
const AT_ONCE = 4;

/** Judges all of OPA's cases, or those whose name contains a text. */
export async function judgeCases(announce: (line: string) => void, part = ''): Promise<readonly Judged[]> {
  const cases = (await compiledCases(announce)).filter(({ name }) => name.includes(part));
  const capable = await capableOf();
  const judged: Judged[] = [];
  const next = cases.values();
  const work = async (): Promise<void> => {
    for (const one of next) judged.push(await judgeOne(one, capable));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return judged.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function judgeOne(one: CompiledCase, capable: ReadonlySet<string>): Promise<Judged> {
  return { name: one.name, outcome: await judgeCase(one, capable) };
}

import type { Judge } from '../../decide/judge.ts';
import { canonicalJson } from '../../json.ts';
import type { Call, Unusable } from './call.ts';
import { type Flip, Flips } from './flips.ts';

/** What became of given or recorded calls under a bundle. */
export interface CallsReport {
  /** Where the calls come from. */
  readonly source: string;
  /** What the verdicts are compared with: a revision, or what is on the record. */
  readonly against: string;
  readonly judged: number;
  /** Judged, but there is nothing to compare the verdict with. */
  readonly alone: number;
  readonly same: number;
  readonly flips: readonly Flip[];
  /** Decisions that could not be judged, by reason. */
  readonly unusable: readonly { readonly why: string; readonly calls: number }[];
}

export interface CompareOptions {
  readonly source: string;
  readonly calls: AsyncIterable<Call | Unusable>;
  readonly judge: Judge;
  /** What judged before; where there is none, verdicts are compared with those on the record. */
  readonly old: Judge | undefined;
  /** Told of every rule that said something. */
  readonly onRule: (rule: string) => void;
}

/** Judges calls under a bundle, and says whose verdict is another than it was. */
export async function compareCalls({ source, calls, judge, old, onRule }: CompareOptions): Promise<CallsReport> {
  const flips = new Flips();
  const unusable = new Map<string, number>();
  let [judged, alone, same] = [0, 0, 0];
  for await (const call of calls) {
    if (!('input' in call)) {
      unusable.set(call.why, (unusable.get(call.why) ?? 0) + 1);
      continue;
    }
    judged += 1;
    const text = canonicalJson(call.input);
    const { verdict } = judge.judge(text);
    for (const { rule } of [...verdict.reasons, ...verdict.warnings]) onRule(rule);
    const before = old === undefined ? call.recorded?.verdict : old.judge(text).verdict;
    if (before === undefined) alone += 1;
    else if (flips.note(call.name, call.input, before, verdict) === undefined) same += 1;
  }
  return {
    source,
    against: old === undefined ? 'what is on the record' : `revision ${old.revision}`,
    judged,
    alone,
    same,
    flips: flips.groups(),
    unusable: [...unusable].map(([why, count]) => ({ why, calls: count })),
  };
}

import type { Judge, Judgement } from '../../decide/judge.ts';
import { canonicalJson } from '../../json.ts';
import { verdictJson } from '../../record/case-events.ts';
import type { Call, Recorded, Unusable } from '../calls/call.ts';
import { type Flip, Flips } from '../calls/flips.ts';

/** A decision that did not come out as it stands on the record. */
export interface Differing {
  readonly name: string;
  /** What differs: `verdict`, `fuel`, `revision`. */
  readonly differs: readonly string[];
}

/** What came of judging decisions again. */
export interface Replay {
  /** By what: `the bundles that judged them`, or a revision. */
  readonly by: string;
  /** Judged again. */
  readonly judged: number;
  /** Of those, with the same answer. */
  readonly same: number;
  /** Under the bundles that judged them: not the same, though nothing else can be right. */
  readonly differing: readonly Differing[];
  /** Under another bundle: what flips, more permissive first. */
  readonly flips: readonly Flip[];
  /** Refused by the gate itself: no policy was asked, so there is nothing to judge again. */
  readonly neverJudged: number;
  /** What cannot be judged again, and why. */
  readonly lost: readonly { readonly name: string; readonly why: string }[];
}

export interface ReplayOptions {
  readonly calls: AsyncIterable<Call | Unusable>;
  /** The judge of a digest, or why there is none. */
  readonly judgeOf: (digest: string) => Promise<Judge | string>;
  /** Another bundle to judge by, to see what flips. */
  readonly other: Judge | undefined;
}

/** Judges every decision again: by the bundle that judged it, where all must be as it was, or by another one. */
export async function replay({ calls, judgeOf, other }: ReplayOptions): Promise<Replay> {
  const flips = new Flips();
  const differing: Differing[] = [];
  const lost: { name: string; why: string }[] = [];
  let [judged, same, neverJudged] = [0, 0, 0];
  for await (const call of calls) {
    if (!('input' in call)) {
      if (call.neverJudged) neverJudged += 1;
      else lost.push({ name: call.name, why: call.why });
      continue;
    }
    const { name, input, recorded } = call;
    if (recorded === undefined) {
      lost.push({ name, why: 'there is no record of how it was judged' });
      continue;
    }
    const judge = other ?? (await judgeOf(recorded.digest));
    if (typeof judge === 'string') {
      lost.push({ name, why: judge });
      continue;
    }
    judged += 1;
    const judgement = judge.judge(canonicalJson(input));
    if (other !== undefined) {
      if (flips.note(name, input, recorded.verdict, judgement.verdict) === undefined) same += 1;
      continue;
    }
    const differs = differences(recorded, judgement);
    if (differs.length === 0) same += 1;
    else differing.push({ name, differs });
  }
  const by = other === undefined ? 'the bundles that judged them' : `revision ${other.revision}`;
  return { by, judged, same, differing, flips: flips.groups(), neverJudged, lost };
}

/** Whether the same was said, in the same words, at the same cost, by the same revision. */
function differences(recorded: Recorded, { verdict, fuel, revision, fault }: Judgement): readonly string[] {
  return [
    ...(canonicalJson(verdictJson(verdict)) === canonicalJson(recorded.verdictJson) ? [] : ['verdict']),
    ...(fault?.code === recorded.fault ? [] : ['fault']),
    ...(fuel === recorded.fuel ? [] : ['fuel']),
    ...(revision === recorded.revision ? [] : ['revision']),
  ];
}

/** Whether every decision is as it was, or nothing became more permissive; and nothing was lost. */
export function replayHolds({ differing, flips, lost }: Replay): boolean {
  return differing.length === 0 && lost.length === 0 && flips.every(({ direction }) => direction === 'stricter');
}

import type { Judgement } from '../../decide/judge.ts';
import type { Hold, Obligation, Outcome, Tier } from '../../decide/verdict.ts';

/** What a cell came to, without words: cells that agree in all of it have the same result. */
export interface CellResult {
  readonly outcome: Outcome;
  readonly tier: Tier;
  /** The environment that the policy took the target to be in. */
  readonly environment: string;
  readonly holds: readonly Hold[];
  readonly obligations: readonly Obligation[];
  /** The rules that gave the reasons of the outcome. */
  readonly rules: readonly string[];
  /** The code of what went wrong with the policy, where the verdict is the gate's own denial. */
  readonly fault: string | undefined;
}

export function resultOf({ verdict, fault }: Judgement): CellResult {
  const { outcome, tier, environment, holds, obligations, reasons } = verdict;
  const rules = [...new Set(reasons.map(({ rule }) => rule))].sort();
  return { outcome, tier, environment, holds, obligations, rules, fault: fault?.code };
}

/** How many people must approve; 0 where nobody is asked, undefined where it does not run whoever approves. */
export function peopleOf({ outcome, holds }: Pick<CellResult, 'outcome' | 'holds'>): number | undefined {
  if (outcome === 'deny') return undefined;
  return Math.max(0, ...holds.filter(({ kind }) => kind === 'people').map(({ quorum }) => quorum));
}

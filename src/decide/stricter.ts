import { canonicalJson } from '../json.ts';
import type { Judge, JudgeIdentity, Judgement } from './judge.ts';
import { stricterHolds } from './stricter-holds.ts';
import type { Advice, Obligation, ObligationName, Outcome, Reason, Tier, Verdict } from './verdict.ts';

const OUTCOMES: readonly Outcome[] = ['allow', 'hold', 'deny'];
const TIERS: readonly Tier[] = ['A', 'B', 'C'];
/** The one reason that `main.rego` gives where no rule grants and none denies. */
const DEFAULT_DENY = 'main/default-deny';

/** Asks both judges of every input; the stricter of their verdicts holds, as the verdict of that identity. Other questions are the first one's. */
export function stricterJudge(one: Judge, other: Judge, identity: JudgeIdentity): Judge {
  return {
    ...identity,
    ask: (...question) => ({ ...one.ask(...question), ...identity }),
    askAll: (...question) => [one, other].flatMap((judge) => judge.askAll(...question)),
    judge(input) {
      const [a, b] = [one.judge(input), other.judge(input)];
      return joined(a, b, stricter(a.verdict, b.verdict), identity);
    },
  };
}

/**
 * The stricter of both as well, but where the library denies for want of a grant alone the other's verdict holds: it may
 * grant what nothing in the library objects to.
 */
export function grantingJudge(library: Judge, other: Judge, identity: JudgeIdentity): Judge {
  return {
    ...identity,
    ask: (...question) => ({ ...library.ask(...question), ...identity }),
    askAll: (...question) => [library, other].flatMap((judge) => judge.askAll(...question)),
    judge(input) {
      const [a, b] = [library.judge(input), other.judge(input)];
      const unobjected = lacksGrant(a) ? { ...a.verdict, outcome: 'allow' as const, reasons: [] } : a.verdict;
      return joined(a, b, stricter(unobjected, b.verdict), identity);
    },
  };
}

function lacksGrant({ verdict, fault }: Judgement): boolean {
  const { outcome, reasons } = verdict;
  return fault === undefined && outcome === 'deny' && reasons.length === 1 && reasons[0]?.rule === DEFAULT_DENY;
}

function joined(a: Judgement, b: Judgement, verdict: Verdict, { bundleDigest, revision }: JudgeIdentity): Judgement {
  const fault = a.fault ?? b.fault;
  return { verdict, fuel: a.fuel + b.fuel, bundleDigest, revision, ...(fault === undefined ? {} : { fault }) };
}

/**
 * The stricter of two verdicts on one call: deny before hold before allow. Of two that come to the same, all reasons and
 * all that either asks for. Never more permissive than either; the order of the two does not matter, but for the order
 * of what is listed.
 */
export function stricter(a: Verdict, b: Verdict): Verdict {
  const outcome = strictest(OUTCOMES, a.outcome, b.outcome);
  const deciding = [a, b].filter((verdict) => verdict.outcome === outcome);
  return {
    outcome,
    tier: strictest(TIERS, a.tier, b.tier),
    // `unknown` is in every environment at once: for freezes, for budgets, for narrowed levels.
    environment: a.environment === b.environment ? a.environment : 'unknown',
    reasons: distinct(deciding.flatMap(({ reasons }) => reasons)),
    warnings: distinct([...a.warnings, ...b.warnings]),
    holds: outcome === 'hold' ? stricterHolds(a.holds, b.holds) : [],
    obligations: obligationsOf(outcome === 'deny' ? deciding : [a, b]),
    advice: stricterAdvice(a, b, outcome),
  };
}

function obligationsOf(verdicts: readonly { readonly obligations: readonly Obligation[] }[]): readonly Obligation[] {
  const byName = new Map<ObligationName, Obligation>();
  for (const { name, params } of verdicts.flatMap(({ obligations }) => obligations)) {
    byName.set(name, { name, params: stricterParams(byName.get(name)?.params ?? {}, params) });
  }
  return [...byName.values()];
}

/** As `main.rego` does: the greatest, and true before false. */
function stricterParams(a: Obligation['params'], b: Obligation['params']): Obligation['params'] {
  const params: Record<string, boolean | number | string> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const there = params[name];
    if (there === undefined || value > there) params[name] = value;
  }
  return params;
}

/** One that does not deny would have been as it is; one that denies and advises nothing leaves nothing to advise. */
function stricterAdvice(a: Verdict, b: Verdict, outcome: Outcome): Advice | undefined {
  if (outcome !== 'deny') return undefined;
  const [one, other] = [adviceOf(a), adviceOf(b)];
  if (one === undefined || other === undefined) return undefined;
  const advised = strictest(OUTCOMES, one.outcome, other.outcome);
  return {
    level: Math.max(one.level, other.level),
    outcome: advised,
    holds: advised === 'hold' ? stricterHolds(one.holds, other.holds) : [],
    obligations: obligationsOf([one, other]),
  };
}

function adviceOf({ outcome, holds, obligations, advice }: Verdict): Advice | undefined {
  return outcome === 'deny' ? advice : { level: 0, outcome, holds, obligations };
}

function strictest<T>(order: readonly T[], a: T, b: T): T {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

function distinct(reasons: readonly Reason[]): readonly Reason[] {
  return [...new Map(reasons.map((reason) => [canonicalJson({ ...reason }), reason])).values()];
}

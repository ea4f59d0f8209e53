import type { Hold, Outcome, Reason, Verdict } from '../../decide/verdict.ts';
import { canonicalJson, type Json, type JsonObject } from '../../json.ts';
import type { Ran } from './run-scenario.ts';
import type { Expectation, ExpectedRules } from './schema/expectation.ts';

/** One thing that came out otherwise. */
export interface Mismatch {
  /** The field of `expect`. */
  readonly field: string;
  readonly expected: Json;
  readonly got: Json;
}

/** Where what is expected and what came differ; nothing, and the scenario holds. */
export function checkScenario(expect: Expectation, { decision, judged }: Ran): readonly Mismatch[] {
  const { verdict } = decision;
  const wrong: Mismatch[] = [];
  const same = (field: string, expected: Json | undefined, got: Json): void => {
    if (expected !== undefined && canonicalJson(expected) !== canonicalJson(got)) wrong.push({ field, expected, got });
  };
  const among = (field: string, expected: readonly Outcome[] | undefined, got: Json): void => {
    if (expected !== undefined && !expected.some((one) => one === got))
      wrong.push({ field, expected: shownOutcome(expected), got });
  };
  const named = namedRules(decision.reasons, decision.by === 'gate' ? undefined : verdict);
  const fired = [...new Set((judged?.said ?? []).map(({ rule }) => rule))].sort();

  among('outcome', expect.outcome, decision.did);
  same('by', expect.by, decision.by);
  same('tier', expect.tier, verdict?.tier ?? 'none');
  same('environment', expect.environment, verdict?.environment ?? 'none');
  wrong.push(...checkRules('rules', expect.rules, named));
  const silent = (expect.fires ?? []).filter((rule) => !fired.includes(rule) && !named.includes(rule));
  if (silent.length > 0) wrong.push({ field: 'fires', expected: silent, got: fired });
  const loud = (expect.not_rules ?? []).filter((rule) => fired.includes(rule) || named.includes(rule));
  if (loud.length > 0) wrong.push({ field: 'not_rules', expected: expect.not_rules ?? [], got: loud });
  wrong.push(...checkObligations(expect, verdict));
  wrong.push(...checkHolds(expect, decision.did === 'hold' ? (verdict?.holds ?? []) : []));
  wrong.push(
    ...checkTexts(
      'message',
      expect.message,
      decision.reasons.map(({ message }) => message),
    ),
  );
  wrong.push(
    ...checkTexts(
      'fix',
      expect.fix,
      decision.reasons.map(({ fix }) => fix),
    ),
  );
  wrong.push(
    ...checkTexts(
      'warning',
      expect.warning,
      (verdict?.warnings ?? []).map(({ message }) => message),
    ),
  );
  wrong.push(...checkAdvice(expect, verdict));
  if (expect.policy !== undefined) {
    const own = judged?.judgement.verdict;
    among('policy.outcome', expect.policy.outcome, own?.outcome ?? 'none');
    wrong.push(
      ...checkRules('policy.rules', expect.policy.rules, own === undefined ? [] : namedRules(own.reasons, own)),
    );
  }
  return wrong;
}

/** The rules that a decision names: those it rests on, and those that warn. */
export function namedRules(reasons: readonly Reason[], verdict: Verdict | undefined): readonly string[] {
  return [...new Set([...reasons, ...(verdict?.warnings ?? [])].map(({ rule }) => rule))].sort();
}

function checkRules(field: string, expected: ExpectedRules | undefined, got: readonly string[]): readonly Mismatch[] {
  if (expected === undefined) return [];
  const wanted = [...new Set(expected.rules)].sort();
  const missing = wanted.some((rule) => !got.includes(rule));
  const more = expected.exact && got.some((rule) => !wanted.includes(rule));
  return missing || more ? [{ field, expected: expected.exact ? wanted : { includes: wanted }, got }] : [];
}

function checkObligations({ obligations }: Expectation, verdict: Verdict | undefined): readonly Mismatch[] {
  if (obligations === undefined) return [];
  const got = verdict?.obligations ?? [];
  const fits =
    got.length === obligations.size &&
    got.every(({ name, params }) => {
      const wanted = obligations.get(name);
      return obligations.has(name) && (wanted === undefined || canonicalJson(wanted) === canonicalJson(params));
    });
  if (fits) return [];
  const expected = [...obligations].map(([name, params]) => (params === undefined ? name : { [name]: params }));
  return [{ field: 'obligations', expected, got: got.map(({ name, params }) => ({ [name]: params })) }];
}

/** Each expected hold is one of those there are, and there are no others. */
function checkHolds({ holds }: Expectation, got: readonly Hold[]): readonly Mismatch[] {
  if (holds === undefined) return [];
  const left = [...got];
  const all = holds.every((wanted) => {
    const at = left.findIndex(
      (hold) =>
        (wanted.kind === undefined || wanted.kind === hold.kind) &&
        (wanted.key === undefined || wanted.key === hold.key) &&
        (wanted.people === undefined || wanted.people === hold.quorum) &&
        (wanted.until === undefined || wanted.until === hold.until) &&
        (wanted.groups === undefined ||
          canonicalJson(wanted.groups.toSorted()) === canonicalJson(hold.groups.toSorted())),
    );
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  });
  if (all && left.length === 0) return [];
  const expected: readonly JsonObject[] = holds.map(shownHold);
  return [{ field: 'holds', expected, got: got.map(({ quorum, ...hold }) => ({ ...hold, people: quorum })) }];
}

function checkTexts(
  field: string,
  expected: readonly string[] | undefined,
  got: readonly string[],
): readonly Mismatch[] {
  const missing = (expected ?? []).filter((text) => !got.some((one) => one.includes(text)));
  return missing.length === 0 ? [] : [{ field, expected: missing, got }];
}

function checkAdvice({ advice }: Expectation, verdict: Verdict | undefined): readonly Mismatch[] {
  if (advice === undefined) return [];
  const got = verdict?.advice;
  const shown: Json = got === undefined ? 'none' : { level: got.level, outcome: got.outcome };
  if (advice === 'none') return got === undefined ? [] : [{ field: 'advice', expected: 'none', got: shown }];
  const { level, outcome } = advice;
  const fits =
    got !== undefined &&
    (level === undefined || level === got.level) &&
    (outcome === undefined || outcome.includes(got.outcome));
  if (fits) return [];
  const expected = {
    ...(level === undefined ? {} : { level }),
    ...(outcome === undefined ? {} : { outcome: shownOutcome(outcome) }),
  };
  return [{ field: 'advice', expected, got: shown }];
}

function shownOutcome(outcome: readonly Outcome[]): Json {
  return outcome.length === 1 ? (outcome[0] ?? '') : outcome;
}

function shownHold(hold: NonNullable<Expectation['holds']>[number]): JsonObject {
  return Object.fromEntries(
    Object.entries(hold).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

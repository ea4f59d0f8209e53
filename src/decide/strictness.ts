import type { Hold, Obligation, Verdict } from './verdict.ts';

/** What of a verdict says how strict it is. */
export type Severity = Pick<Verdict, 'outcome' | 'environment' | 'holds' | 'obligations'>;

const ORDER = { allow: 0, hold: 1, deny: 2 } as const;

/**
 * Why `after` is more permissive than `before`, or undefined when it is not: allow before hold before deny; of two holds,
 * all that was asked for still is; of two that are allowed, all that the gate was obliged to it still is.
 */
export function looser(before: Severity, after: Severity): string | undefined {
  if (ORDER[after.outcome] !== ORDER[before.outcome]) {
    return ORDER[after.outcome] > ORDER[before.outcome] ? undefined : `${before.outcome} becomes ${after.outcome}`;
  }
  if (after.outcome === 'deny') return undefined;
  if (after.outcome === 'hold') return looserHold(before, after);
  const lost = before.obligations.find((each) => !discharged(each, after.obligations));
  return lost === undefined ? undefined : `the gate is not obliged to ${lost.name} any more`;
}

/** Whether the first verdict is more permissive than the second; two verdicts may each be, of different things. */
export function isMorePermissive(one: Severity, than: Severity): boolean {
  return looser(than, one) !== undefined;
}

function looserHold(before: Severity, after: Severity): string | undefined {
  const sameApprovers = before.environment === after.environment;
  const lost = before.holds.find((hold) => !after.holds.some((other) => covers(other, hold, sameApprovers)));
  return lost === undefined ? undefined : `it does not ask for ${asked(lost)} any more`;
}

function asked({ kind, key, groups, quorum, until }: Hold): string {
  if (kind === 'people') return `${quorum} ${quorum === 1 ? 'person' : 'people'} of ${groups.join(' or ')}`;
  return until === '' ? `${kind} (${key})` : `${kind} (${key}) until ${until}`;
}

function covers(after: Hold, before: Hold, sameApprovers: boolean): boolean {
  return (
    after.key === before.key &&
    after.kind === before.kind &&
    after.quorum >= before.quorum &&
    after.until >= before.until &&
    // Each environment has approvers of its own; in one, nobody may be added.
    (!sameApprovers || after.groups.every((group) => before.groups.includes(group)))
  );
}

/**
 * What the level table puts in place of what it asks of a lower tier: a canary is watched as it runs, and taken back. How
 * soon people hear of an act is each level's own matter, so parameters are not compared.
 */
const IN_PLACE: Readonly<Record<string, string>> = { notify: 'canary', capture: 'canary' };

function discharged(asked: Obligation, by: readonly Obligation[]): boolean {
  return by.some(({ name }) => name === asked.name || name === IN_PLACE[asked.name]);
}

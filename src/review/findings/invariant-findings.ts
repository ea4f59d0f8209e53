import type { Finding } from '../report/finding.ts';
import type { InvariantSummary } from '../summary/invariants-summary.ts';

/** Statements that do not hold, each with its smallest counterexample. */
export function invariantFindings(invariants: readonly InvariantSummary[]): readonly Finding[] {
  return invariants
    .filter(({ broken }) => broken > 0)
    .map(({ name, why, file, line, checked, broken, counterexample }) => ({
      rule: 'invariant-broken',
      level: 'error',
      message: `${name} does not hold in ${broken} of ${checked} calls: ${counterexample ?? ''}`,
      fix: `have the policy corrected: ${why}`,
      at: { file, line },
    }));
}

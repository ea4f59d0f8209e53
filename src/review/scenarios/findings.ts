import type { Finding } from '../report/finding.ts';
import type { Coverage } from './coverage.ts';
import type { TestResult } from './result.ts';

/** From where on a run is a failure. */
export interface Demands {
  /** Percent of what the rules can do that the scenarios must show. */
  readonly coverageMin: number | undefined;
  /** Rules that are not covered are errors. */
  readonly strictCoverage: boolean;
}

/** What somebody has to look at: tests that failed, rules that nothing tries, a run without a test. */
export function findingsOf(
  tests: readonly TestResult[],
  coverage: Coverage | undefined,
  options: Demands,
): readonly Finding[] {
  const failed = tests
    .filter(({ passed }) => !passed)
    .map(({ suite, name, why, file, line, kind, got }): Finding => {
      const reasons = got?.reasons.map(({ rule, message }) => `${rule}: ${message}`) ?? [];
      return {
        rule: kind === 'rego' ? 'rego-test-failed' : 'scenario-failed',
        level: 'error',
        message: [`${suite}: ${name}`, ...why, ...reasons].join('\n'),
        at: { file, line },
      };
    });
  const bare = (coverage?.rules ?? []).flatMap(({ rule, missing }) =>
    missing.map(
      (what): Finding => ({
        rule: 'rule-not-covered',
        level: options.strictCoverage ? 'error' : 'warning',
        message: `${rule}: ${what}`,
        fix: 'add a scenario for it',
      }),
    ),
  );
  const least = options.coverageMin ?? 0;
  const low: readonly Finding[] =
    coverage !== undefined && coverage.percent < least
      ? [
          {
            rule: 'coverage-too-low',
            level: 'error',
            message: `the scenarios show ${coverage.percent} % of what the rules can do, and ${least} % are asked for`,
          },
        ]
      : [];
  const none: readonly Finding[] =
    tests.length === 0
      ? [{ rule: 'nothing-tested', level: 'error', message: 'no test was run', fix: 'look at --filter' }]
      : [];
  return [...failed, ...bare, ...low, ...none];
}

import type { TestReport } from '../result.ts';

/** The report as one line of JSON: every test with what came of it, the coverage of each rule, the findings. */
export function jsonReport({ bundle, tests, coverage, findings, took }: TestReport): string {
  const failed = tests.filter(({ passed }) => !passed).length;
  const summary = { passed: tests.length - failed, failed, took: Math.round(took) };
  return `${JSON.stringify({ bundle, summary, tests, coverage: coverage ?? null, findings })}\n`;
}

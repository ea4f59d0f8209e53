import { plainText } from '../../../cli/plain-text.ts';
import type { TestReport, TestResult } from '../result.ts';

/** The report for a terminal: a line for each suite, what failed with the reasons, what is not covered. */
export function prettyReport({ tests, coverage, findings, took, bundle }: TestReport): string {
  const lines: string[] = [];
  for (const [suite, members] of Map.groupBy(tests, ({ suite: title }) => title)) {
    const failed = members.filter(({ passed }) => !passed);
    const count = failed.length === 0 ? `${members.length}` : `${failed.length} of ${members.length} failed`;
    lines.push(`${failed.length === 0 ? 'ok  ' : 'FAIL'} ${suite} (${count})`);
    for (const test of members) if (!test.passed || test.explanation !== undefined) lines.push(...detail(test));
  }
  if (coverage !== undefined) {
    const covered = coverage.rules.filter(({ missing }) => missing.length === 0).length;
    lines.push(
      '',
      `rules covered: ${covered} of ${coverage.rules.length}; ${coverage.percent} % of what they can do is shown`,
    );
  }
  for (const { rule, level, message, fix } of findings)
    if (!rule.endsWith('-failed')) lines.push(`${level}: ${message}${fix === undefined ? '' : ` (${fix})`}`);
  lines.push('', `bundle ${bundle.revision} ${bundle.digest}`, closing(tests, took));
  return `${lines.map(plainText).join('\n')}\n`;
}

function detail({ passed, name, file, line, why, got, explanation = [] }: TestResult): readonly string[] {
  const lines = [`  ${passed ? 'ok  ' : 'FAIL'} ${name}`, `       ${file}:${line}`];
  for (const reason of passed ? [] : why) lines.push(`       ${reason}`);
  if (got !== undefined) {
    const named = new Set(got.reasons.map(({ rule }) => rule));
    const others = got.fired.filter((rule) => !named.has(rule));
    lines.push(`       ${got.action}: ${got.outcome} by ${got.by}, tier ${got.tier}, environment ${got.environment}`);
    for (const { rule, message, fix } of got.reasons) {
      lines.push(`       ${rule}: ${message}`);
      if (fix !== '') lines.push(`         fix: ${fix}`);
    }
    if (others.length > 0) lines.push(`       also said something: ${others.join(', ')}`);
  }
  return [...lines, ...explanation.map((text) => `       ${text}`)];
}

function closing(tests: readonly TestResult[], took: number): string {
  const failed = tests.filter(({ passed }) => !passed).length;
  return `${tests.length - failed} passed, ${failed} failed in ${(took / 1000).toFixed(1)} s`;
}

import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/**
 * A vitest reporter whose last line is `N passed, N failed`, and by which nothing slips through: a skipped test, a
 * file that cannot be loaded, an error outside of tests and a run without any test all count as failed.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], reason: TestRunEndReason): void {
    const { passed, failed } = countTests(modules, unhandledErrors.length, reason);
    if (failed > 0) process.exitCode = 1;
    // The default reporter's summary comes after this hook; the line has to be the last one.
    process.once('exit', () => process.stdout.write(`${passed} passed, ${failed} failed\n`));
  }
}

/** What `ClosingLine` counts. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

function countTests(modules: readonly TestModule[], unhandledErrors: number, reason: TestRunEndReason): Counts {
  let passed = 0;
  let failed = unhandledErrors;
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      if (test.result().state === 'passed') passed += 1;
      else failed += 1;
    }
  }
  if (failed === 0 && (passed === 0 || reason !== 'passed')) failed = 1;
  return { passed, failed };
}

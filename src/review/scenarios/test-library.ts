import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { readBundle } from '../../decide/bundle.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { buildBundle } from '../build.ts';
import type { Finding } from '../report/finding.ts';
import { Bench } from './bench.ts';
import type { Coverage } from './coverage.ts';
import type { Tracing } from './explain/trace.ts';
import { runRegoTests } from './rego-tests.ts';
import type { TestReport, TestResult } from './result.ts';
import { type RunSuitesOptions, runSuites, type SuitesRun } from './run-suites.ts';

export interface TestOptions extends Pick<RunSuitesOptions, 'files' | 'filter' | 'explain'> {
  readonly coverageMin: number | undefined;
  /** Rules that are not covered are errors. */
  readonly strictCoverage: boolean;
}

/**
 * Builds a policy library in a temporary folder, runs its own tests and the scenarios. The library itself is not written to.
 * @throws SallyportError when it cannot be built, or a suite cannot be read
 */
export async function testLibrary(
  library: { readonly rego: string; readonly opa: string; readonly version: string },
  options: TestOptions,
): Promise<TestReport> {
  const started = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
  try {
    const rego = join(folder, 'rego');
    for (const part of ['sallyport', 'data', 'schemas', 'capabilities.json'])
      await cp(join(library.rego, part), join(rego, part), { recursive: true }).catch((cause: unknown) => {
        throw new SallyportError('usage/invalid', `${library.rego} is no policy library: ${messageOf(cause)}`, {
          cause,
        });
      });
    const shown = relative(process.cwd(), library.rego).replaceAll('\\', '/') || '.';
    const out = join(folder, 'bundle.tar.gz');
    await buildBundle({ rego, out, opa: library.opa, version: library.version });
    const archive = await readFile(out);
    const [own, ran] = [
      await runRegoTests(library.opa, rego, shown),
      await runBundle(archive, options, { opa: library.opa, rego }),
    ];
    const picked =
      options.filter === undefined
        ? own
        : own.filter(({ suite, name }) => `${suite}: ${name}`.includes(options.filter ?? ''));
    return reportOf(archive, [...picked, ...ran.tests], ran.coverage, options, started);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the scenarios on a bundle that was built before; needs no OPA. */
export async function testBundle(file: string, options: TestOptions): Promise<TestReport> {
  const started = performance.now();
  const archive = await readFile(file).catch((cause: unknown) => {
    throw new SallyportError('usage/invalid', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  try {
    readBundle(archive);
  } catch (thrown) {
    throw new SallyportError('bundle/invalid', `${file}: ${messageOf(thrown)}`, { cause: thrown });
  }
  const ran = await runBundle(archive, options, undefined);
  return reportOf(archive, ran.tests, ran.coverage, options, started);
}

async function runBundle(
  archive: Uint8Array,
  options: TestOptions,
  opa: Pick<Tracing, 'opa' | 'rego'> | undefined,
): Promise<SuitesRun> {
  const bundle = readBundle(archive);
  const bench = new Bench(bundle, { bundleDigest: bundle.contentDigest, revision: bundle.revision });
  const decoder = new TextDecoder();
  const sources = new Map(
    [...bundle.files].filter(([name]) => name.endsWith('.rego')).map(([name, bytes]) => [name, decoder.decode(bytes)]),
  );
  return runSuites({ ...options, bench, sources, tracing: opa === undefined ? opa : { ...opa, sources } });
}

function reportOf(
  archive: Uint8Array,
  tests: readonly TestResult[],
  coverage: Coverage | undefined,
  options: TestOptions,
  started: number,
): TestReport {
  const { contentDigest, revision } = readBundle(archive);
  return {
    bundle: { digest: contentDigest, revision },
    tests,
    coverage,
    findings: findingsOf(tests, coverage, options),
    took: performance.now() - started,
  };
}

function findingsOf(
  tests: readonly TestResult[],
  coverage: Coverage | undefined,
  options: TestOptions,
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

import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Bundle } from '../../decide/bundle.ts';
import { readSiteBundle } from '../../decide/site-bundle.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { buildBundle } from '../build.ts';
import { readBundleFile } from '../read-bundle-file.ts';
import { Bench } from './bench.ts';
import type { Coverage } from './coverage.ts';
import type { Tracing } from './explain/trace.ts';
import { type Demands, findingsOf } from './findings.ts';
import { runRegoTests } from './rego-tests.ts';
import type { TestReport, TestResult } from './result.ts';
import { type RunSuitesOptions, runSuites, type SuitesRun } from './run-suites.ts';

export interface TestOptions extends Demands, Pick<RunSuitesOptions, 'files' | 'filter' | 'explain'> {
  /** The archive of a site's bundle beside the library, and what it is trusted with. */
  readonly site: { readonly file: string; readonly trust: readonly string[] } | undefined;
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
    const bench = await openBench(await readBundleFile(out), options.site);
    const own = await runRegoTests(library.opa, rego, shown);
    const ran = await run(bench, options, { opa: library.opa, rego });
    const { filter } = options;
    const picked = filter === undefined ? own : own.filter(({ suite, name }) => `${suite}: ${name}`.includes(filter));
    return reportOf(bench, [...picked, ...ran.tests], ran.coverage, options, started);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the scenarios on a bundle that was built before; needs no OPA. */
export async function testBundle(file: string, options: TestOptions): Promise<TestReport> {
  const started = performance.now();
  const bench = await openBench(await readBundleFile(file), options.site);
  const { tests, coverage } = await run(bench, options, undefined);
  return reportOf(bench, tests, coverage, options, started);
}

async function openBench(library: Bundle, site: TestOptions['site']): Promise<Bench> {
  if (site === undefined) return new Bench({ library });
  const archive = await readFile(site.file).catch((cause: unknown) => {
    throw new SallyportError('usage/invalid', `${site.file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  return new Bench({ library, site: { bundle: readSiteBundle(archive), trust: site.trust } });
}

function run(bench: Bench, options: TestOptions, opa: Pick<Tracing, 'opa' | 'rego'> | undefined): Promise<SuitesRun> {
  const { sources } = bench;
  return runSuites({ ...options, bench, tracing: opa === undefined ? opa : { ...opa, sources } });
}

function reportOf(
  bench: Bench,
  tests: readonly TestResult[],
  coverage: Coverage | undefined,
  options: TestOptions,
  started: number,
): TestReport {
  const { bundleDigest, revision } = bench.identity;
  return {
    bundle: { digest: bundleDigest, revision },
    tests,
    coverage,
    findings: findingsOf(tests, coverage, options),
    took: performance.now() - started,
  };
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { SallyportError } from '../errors.ts';
import { productVersion } from '../product-version.ts';
import type { TestReport } from '../review/scenarios/result.ts';
import { commonOptions } from './context.ts';
import { type ExitCode, reportError } from './exit.ts';
import { printNote, type Terminal } from './terminal.ts';

interface TestCommandOptions {
  readonly rego: string;
  readonly bundle?: string;
  readonly siteBundle?: string;
  readonly trust: string;
  readonly format: readonly string[];
  readonly filter?: string;
  readonly coverageMin?: string;
  readonly strictCoverage?: true;
  readonly explain?: true;
  readonly watch?: true;
}

/** `test`: a policy by its own tests and by scenarios of real calls. */
export function addTestCommand(program: Command, terminal: Terminal, setExit: (code: ExitCode) => void): void {
  program
    .command('test')
    .description("run a policy library's own tests, and scenarios of real calls")
    .argument('[paths...]', 'scenario files, or folders of them (default: scenarios/ of the library)')
    .option('--rego <folder>', 'the library', 'rego')
    .option('--bundle <file>', 'a built bundle instead; needs no OPA, and runs scenarios only')
    .option('--site-bundle <file>', "a site's built bundle, judged beside it as the gate does")
    .option(
      '--trust <names>',
      'with --site-bundle: the settings, and rules, that the gate trusts it with; with commas',
      '',
    )
    .option('--format <format[=file]>', 'pretty, json, junit, sarif or github; repeat for more', collect, [])
    .option('--filter <text>', 'only tests with this in their suite and name; without coverage')
    .option('--explain', 'show what made each verdict, and what would change it; best with --filter')
    .option('--watch', 'run again whenever Rego, settings or scenarios change, until stopped')
    .option('--coverage-min <percent>', 'fail when the scenarios show less of what the rules can do')
    .option('--strict-coverage', 'fail when a rule is not covered')
    .action(async (paths: readonly string[], options: TestCommandOptions, command: Command) => {
      const once = async (): Promise<ExitCode> => {
        try {
          return await test(terminal, paths, options, commonOptions(command).json);
        } catch (thrown) {
          // A bundle that cannot be built or loaded is broken input here, not a finding.
          reportError(terminal, thrown);
          return 2;
        }
      };
      if (options.watch !== true) return setExit(await once());
      await watchTests(terminal, paths, options, once);
      setExit(0);
    });
}

async function test(
  terminal: Terminal,
  paths: readonly string[],
  options: TestCommandOptions,
  json: boolean,
): Promise<ExitCode> {
  const { parseFormats } = await import('../review/scenarios/report/formats.ts');
  const outputs = parseFormats(options.format, json);
  const report = await runTests(terminal, paths, options);
  for (const { write, file } of outputs) {
    const text = write(report, productVersion());
    if (file === undefined) terminal.out(text);
    else {
      await mkdir(dirname(resolve(file)), { recursive: true });
      await writeFile(file, text);
    }
  }
  return report.findings.some(({ level }) => level === 'error') ? 1 : 0;
}

async function watchTests(
  terminal: Terminal,
  paths: readonly string[],
  options: TestCommandOptions,
  once: () => Promise<ExitCode>,
): Promise<void> {
  const { watchPaths } = await import('../review/scenarios/watch.ts');
  const watched = [
    options.bundle ?? options.rego,
    ...(options.siteBundle === undefined ? [] : [options.siteBundle]),
    ...scenariosOf(paths, options),
  ];
  await watchPaths(watched, terminal.stop, async () => {
    await once();
    printNote(terminal, `watching ${watched.join(', ')}; stop with Ctrl-C`);
  });
  printNote(terminal, 'stopped');
}

function scenariosOf(paths: readonly string[], { rego }: TestCommandOptions): readonly string[] {
  return paths.length === 0 ? [join(rego, 'scenarios')] : paths;
}

async function runTests(
  terminal: Terminal,
  paths: readonly string[],
  options: TestCommandOptions,
): Promise<TestReport> {
  const { findSuites } = await import('../review/scenarios/find-suites.ts');
  const { testBundle, testLibrary } = await import('../review/scenarios/test-library.ts');
  const rego = resolve(options.rego);
  if (options.siteBundle === undefined && options.trust !== '')
    throw new SallyportError('usage/invalid', '--trust belongs to --site-bundle');
  const asked = {
    files: findSuites(scenariosOf(paths, options), process.cwd()),
    filter: options.filter,
    coverageMin: options.coverageMin === undefined ? undefined : percentOf(options.coverageMin),
    explain: options.explain === true,
    site: options.siteBundle === undefined ? undefined : { file: options.siteBundle, trust: namesIn(options.trust) },
    strictCoverage: options.strictCoverage === true,
  };
  if (options.bundle !== undefined) return testBundle(options.bundle, asked);
  const { findOpa } = await import('../review/opa.ts');
  const opa = await findOpa({ env: { ...terminal.env }, announce: (line) => printNote(terminal, line) });
  return testLibrary({ rego, opa, version: productVersion() }, asked);
}

function namesIn(text: string): readonly string[] {
  return text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

function percentOf(text: string): number {
  const percent = Number(text);
  if (/^\d{1,3}$/.test(text) && percent <= 100) return percent;
  throw new SallyportError('usage/invalid', `--coverage-min ${JSON.stringify(text)} is not a percentage`, {
    fix: '0 to 100',
  });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

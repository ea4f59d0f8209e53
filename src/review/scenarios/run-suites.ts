import { messageOf, SallyportError } from '../../errors.ts';
import type { Bench, Seat } from './bench.ts';
import type { CallWriter } from './calls/call-writer.ts';
import { createWriters } from './calls/writers.ts';
import { checkNames, checkSettings } from './check-names.ts';
import { checkScenario, type Mismatch } from './check-scenario.ts';
import { type Coverage, CoverageCount } from './coverage.ts';
import { explainScenario } from './explain/explain.ts';
import { findFlips, nearestHint } from './explain/flips.ts';
import type { Tracing } from './explain/trace.ts';
import { readSuite } from './read-suite.ts';
import type { Got, TestResult } from './result.ts';
import { type Ran, runScenario } from './run-scenario.ts';
import type { Scenario, Suite } from './scenario.ts';

export interface SuitesRun {
  readonly tests: readonly TestResult[];
  /** Undefined when only some scenarios were run, or there is no manifest of rules. */
  readonly coverage: Coverage | undefined;
}

export interface RunSuitesOptions {
  readonly bench: Bench;
  readonly files: readonly string[];
  /** Only scenarios whose suite and name contain this. */
  readonly filter: string | undefined;
  /** With it each scenario is explained. */
  readonly explain: boolean;
  /** What OPA traces rules with, where there is one. */
  readonly tracing: Tracing | undefined;
}

/**
 * Reads all suites, then runs them: when one cannot be read, none is run.
 * @throws SallyportError `config/invalid` naming file and line
 */
export async function runSuites(options: RunSuitesOptions): Promise<SuitesRun> {
  const { bench, files, filter, explain } = options;
  const { sources } = bench;
  const writerOf = createWriters();
  const suites = readSuites(files);
  const plain = await bench.seat();
  const rules = bench.tested(plain.probe?.rules ?? []);
  const count = rules.length === 0 ? undefined : new CoverageCount(rules, sources);
  const tests: TestResult[] = [];
  let hints = 0;
  for (const suite of suites) {
    for (const scenario of suite.scenarios) {
      if (filter !== undefined && !`${suite.title}: ${scenario.name}`.includes(filter)) continue;
      const seat = await seatOf(bench, suite, scenario);
      const writer = writerOf(scenario.given.route.surface);
      const started = performance.now();
      const ran = run(suite, scenario, seat, writer);
      const mismatches = checkScenario(scenario.expect, ran);
      const { judged } = ran;
      if (judged !== undefined && seat.probe !== undefined)
        count?.add(judged, seat.probe.asked(judged.input.action.class));
      tests.push({
        suite: suite.title,
        kind: 'scenario',
        name: scenario.name,
        file: suite.file,
        line: mismatches.length > 0 ? scenario.expectLine : scenario.line,
        passed: mismatches.length === 0,
        took: performance.now() - started,
        why: whyOf(mismatches, () =>
          hints++ < MOST_HINTS ? nearestHint(findFlips(scenario, ran, seat, writer)) : undefined,
        ),
        mismatches,
        got: gotOf(scenario, ran),
        ...(explain
          ? { explanation: await explainScenario(scenario, ran, seat, writer, { sources, tracing: options.tracing }) }
          : {}),
      });
    }
  }
  return { tests, coverage: filter === undefined ? count?.result() : undefined };
}

/** Failures that get a hint: each takes some fifty judgements. */
const MOST_HINTS = 50;

function whyOf(mismatches: readonly Mismatch[], hint: () => string | undefined): readonly string[] {
  if (mismatches.length === 0) return [];
  const lines = mismatches.map(({ field, expected, got }) => `${field}: expected ${show(expected)}, got ${show(got)}`);
  const near = hint();
  return near === undefined ? lines : [...lines, `hint: ${near}`];
}

function readSuites(files: readonly string[]): readonly Suite[] {
  const suites: Suite[] = [];
  const broken: string[] = [];
  for (const file of files) {
    try {
      suites.push(readSuite(file));
    } catch (thrown) {
      if (!(thrown instanceof SallyportError)) throw thrown;
      broken.push(thrown.message);
    }
  }
  if (broken.length > 0) throw new SallyportError('config/invalid', broken.join('\n'));
  const titles = new Map<string, string>();
  for (const { title, file } of suites) {
    const other = titles.get(title);
    if (other !== undefined)
      throw new SallyportError('config/invalid', `${file}: ${JSON.stringify(title)} is the title of ${other} too`);
    titles.set(title, file);
  }
  return suites;
}

async function seatOf(bench: Bench, suite: Suite, scenario: Scenario): Promise<Seat> {
  checkSettings(suite.file, scenario, bench);
  try {
    const seat = await bench.seat(scenario.given.settings);
    checkNames(suite.file, scenario, seat);
    return seat;
  } catch (thrown) {
    throw located(thrown, suite, scenario, 'settings');
  }
}

function run(suite: Suite, scenario: Scenario, seat: Seat, writer: CallWriter): Ran {
  try {
    return runScenario(scenario.given, seat, writer);
  } catch (thrown) {
    throw located(thrown, suite, scenario, 'call');
  }
}

function located(thrown: unknown, { file }: Suite, scenario: Scenario, field: string): unknown {
  if (!(thrown instanceof SallyportError) || thrown.code === 'config/invalid') return thrown;
  const { line, column } = scenario.placeOf([field]);
  const { fix } = thrown;
  return new SallyportError('config/invalid', `${file}:${line}:${column}: ${scenario.name}: ${messageOf(thrown)}`, {
    cause: thrown,
    ...(fix === undefined ? {} : { fix }),
  });
}

function gotOf({ cell }: Scenario, { decision, judged }: Ran): Got {
  const { did, by, reasons, verdict } = decision;
  return {
    action: judged?.described.action.name ?? 'unread',
    outcome: did,
    by,
    tier: verdict?.tier ?? 'none',
    environment: verdict?.environment ?? 'none',
    reasons,
    fired: judged?.said.map(({ rule }) => rule) ?? [],
    cell,
  };
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

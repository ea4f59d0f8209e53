import { readFileSync } from 'node:fs';
import { readBundle } from '../../src/decide/bundle.ts';
import type { PolicyInput } from '../../src/decide/input.ts';
import { createJudge, type Judge } from '../../src/decide/judge.ts';
import { loadPolicy } from '../../src/decide/policy.ts';
import { isObject, type JsonObject } from '../../src/json.ts';
import { ratio } from './figures.ts';
import { allowedRead, allowedWrite } from './inputs.ts';

const SIZES = [10, 1_000, 10_000];
const EVALUATIONS = 4_000;

/**
 * One evaluation of the committed bundle with its catalogues (services with their windows and domains, runbooks) at several
 * sizes, in turns. Growth is a ratio to the smallest.
 */
export async function benchEvaluation(): Promise<void> {
  const bundle = readBundle(readFileSync(new URL('../../bundles/sallyport.tar.gz', import.meta.url)));
  const judges: Judge[] = [];
  for (const size of SIZES) {
    const policy = await loadPolicy({ wasm: bundle.wasm, data: withEntries(bundle.data, size) });
    judges.push(createJudge(policy, { bundleDigest: bundle.contentDigest, revision: bundle.revision }));
  }
  process.stdout.write('\nOne evaluation, whole library, by entries in each catalogue\n');
  for (const [name, input] of [
    ['read', allowedRead()],
    ['write', allowedWrite()],
  ] as const) {
    const times = SIZES.map((): number[] => []);
    for (let round = 0; round < 10; round += 1) {
      for (const [index, judge] of judges.entries()) times[index]?.push(...timesOf(judge, input));
    }
    const rows = times.map((each) => quantiles(each));
    for (const [index, row] of rows.entries()) {
      process.stdout.write(
        `  ${name.padEnd(6)} ${String(SIZES[index]).padStart(6)} entries   median ${row.median.toFixed(1)} us   p99 ${row.p99.toFixed(1)} us\n`,
      );
    }
    const [small, , large] = rows;
    if (small === undefined || large === undefined) continue;
    ratio(`${name}: median at 10,000 entries, of at 10`, large.median / small.median, '< 1.5');
    ratio(`${name}: p99 at 10,000 entries, of at 10`, large.p99 / small.p99, '< 1.5');
  }
}

function timesOf(judge: Judge, input: PolicyInput): number[] {
  const times: number[] = [];
  for (let i = 0; i < EVALUATIONS / 10; i += 1) {
    const started = performance.now();
    const { verdict } = judge.judge(input);
    times.push((performance.now() - started) * 1000);
    if (verdict.outcome !== 'allow')
      throw new Error(`the benchmark's call is not allowed: ${JSON.stringify(verdict.reasons)}`);
  }
  return times;
}

function quantiles(times: readonly number[]): { readonly median: number; readonly p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
}

/** The bundle's data with `size` more services and runbooks than it has. */
function withEntries(data: JsonObject, size: number): JsonObject {
  const settings = member(data, 'settings');
  const windows = member(settings, 'windows');
  const risk = member(settings, 'risk');
  const runbooks = member(settings, 'runbooks');
  const many = (of: (i: number) => JsonObject | string) =>
    Object.fromEntries(Array.from({ length: size }, (_, i) => [`entry-${i}`, of(i)]));
  const [runbook = {}] = Object.values(runbooks);
  return {
    ...data,
    settings: {
      ...settings,
      windows: {
        ...windows,
        services: {
          ...member(windows, 'services'),
          prod: many(() => ({ outside: 'deny' })),
          dev: many(() => ({ outside: 'deny' })),
        },
      },
      risk: { ...risk, services: { ...member(risk, 'services'), ...many(() => 'configuration') } },
      runbooks: { ...runbooks, ...many(() => (isObject(runbook) ? runbook : {})) },
    },
  };
}

function member(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

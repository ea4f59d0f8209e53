import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createHostBuiltins } from '../../src/decide/builtins/registry.ts';
import { readBundle } from '../../src/decide/bundle.ts';
import type { PolicyInput } from '../../src/decide/input.ts';
import { DECISION, loadPolicy } from '../../src/decide/policy.ts';
import { median, ratio } from './figures.ts';
import { allowedRead, allowedWrite } from './inputs.ts';

const opa: typeof import('@open-policy-agent/opa-wasm') = createRequire(import.meta.url)('@open-policy-agent/opa-wasm');

const ROUNDS = 40;
const EVALUATIONS = 100;

/**
 * One evaluation of the committed bundle, with its limit on cost and its clean memory, beside that of the SDK alone on the
 * module as OPA built it, which has neither: in turns.
 */
export async function benchBareSdk(): Promise<void> {
  const bundle = readBundle(readFileSync(new URL('../../bundles/sallyport.tar.gz', import.meta.url)));
  process.stdout.write('\nOne evaluation, whole library, beside the bare SDK\n');
  for (const [name, input] of [
    ['read', allowedRead()],
    ['write', allowedWrite()],
  ] as const) {
    const limited = await loadPolicy(bundle);
    const bare = await opa.loadPolicy(
      Buffer.from(bundle.wasm),
      64,
      createHostBuiltins(() => input.call.time),
    );
    bare.setData(bundle.data);
    const ways: readonly [(input: PolicyInput) => unknown, (input: PolicyInput) => unknown] = [
      (asked) => limited.evaluate(asked).result,
      (asked) => bare.evaluate(asked, DECISION),
    ];
    const [ours = [], theirs = []] = timesInTurns(ways, input);
    const [mine, sdk] = [median(ours), median(theirs)];
    process.stdout.write(`  ${name.padEnd(6)} with its limit ${mine.toFixed(1)} us   bare ${sdk.toFixed(1)} us\n`);
    // Round by round, so that what else the machine does for a while meets both.
    const ratios = ours.map((time, round) => time / (theirs[round] ?? Number.NaN));
    ratio(`${name}: with its limit on cost, of bare`, median(ratios), '<= 1.3');
  }
}

/** Microseconds of one evaluation, by way, a median per round; the first rounds warm up. */
function timesInTurns(ways: readonly ((input: PolicyInput) => unknown)[], input: PolicyInput): readonly number[][] {
  const times = ways.map((): number[] => []);
  const [expected, ...others] = ways.map((way) => JSON.stringify(way(input)));
  if (others.some((other) => other !== expected)) throw new Error('the two ways do not come to the same');
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, way] of ways.entries()) {
      const each = Array.from({ length: EVALUATIONS }, () => {
        const started = performance.now();
        way(input);
        return (performance.now() - started) * 1000;
      });
      if (round >= ROUNDS / 4) times[index]?.push(median(each));
    }
  }
  return times;
}

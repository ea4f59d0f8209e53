import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/decide/bundle.ts';
import type { PolicyInput } from '../../../src/decide/input.ts';
import { createJudge } from '../../../src/decide/judge.ts';
import { loadPolicy } from '../../../src/decide/policy.ts';
import type { Reason } from '../../../src/decide/verdict.ts';
import { isObject } from '../../../src/json.ts';
import { openRuleProbe, type Said } from '../../../src/review/scenarios/rule-probe.ts';
import { likelyInput } from '../../decide/likely-inputs.ts';
import { buildPolicy } from '../../decide/rego-lab.ts';
import { ROOT } from '../library.ts';

const identity = { bundleDigest: 'sha256:00', revision: '1' };

function isInput(value: unknown): value is PolicyInput {
  return isObject(value) && isObject(value.call) && value.call.pass === 'facts';
}

/** What the library's main makes of the findings. */
function combined(said: readonly Said[]): string {
  const has = (effect: string): boolean => said.some(({ effects }) => effects.some((one) => one === effect));
  // A hold of the level table comes with its grant.
  const granted = said.some(
    ({ rule, effects }) => effects.includes('grant') || (GRANTS.has(rule) && effects.includes('hold')),
  );
  return has('deny') || !granted ? 'deny' : has('hold') ? 'hold' : 'allow';
}
const GRANTS = new Set(['level/table', 'dry-run/preview']);

/** Rules whose findings are of several effects at once. */
const MIXED = new Set(['limits/rate']);

const texts = (reasons: readonly Reason[]): readonly string[] =>
  [...new Set(reasons.map(({ rule, message }) => `${rule}: ${message}`))].sort();

describe('the rules, asked one by one', () => {
  it('say what the verdict says, and what it leaves out', async () => {
    const bundle = readBundle(readFileSync(join(ROOT, 'bundles/sallyport.tar.gz')));
    const judge = createJudge(await loadPolicy(bundle), identity);
    const probe = await openRuleProbe(bundle, identity);
    let leftOut = 0;
    fc.assert(
      fc.property(likelyInput, (input) => {
        if (probe === undefined || !isInput(input)) return;
        const { verdict } = judge.judge(input);
        const said = probe.ask(input);
        const by = (effect: string): readonly Reason[] =>
          said.filter(({ effects }) => effects.some((one) => one === effect)).flatMap(({ reasons }) => reasons);
        expect(combined(said)).toBe(verdict.outcome);
        const named = verdict.outcome === 'deny' ? 'deny' : verdict.outcome === 'hold' ? 'hold' : 'grant';
        const told = verdict.reasons.filter(({ rule }) => !rule.startsWith('main/'));
        expect(texts(by(named))).toEqual(expect.arrayContaining([...texts(told)]));
        expect(texts(told)).toEqual(
          expect.arrayContaining([...texts(by(named).filter(({ rule }) => !MIXED.has(rule)))]),
        );
        leftOut += verdict.outcome === 'deny' && by('hold').length > 0 ? 1 : 0;
      }),
      { numRuns: 400 },
    );
    expect(leftOut).toBeGreaterThan(0);
  });

  it('there are none in a bundle without a manifest of rules', async () => {
    const bundle = readBundle(await buildPolicy(''));
    expect(await openRuleProbe(bundle, identity)).toBeUndefined();
  });
});

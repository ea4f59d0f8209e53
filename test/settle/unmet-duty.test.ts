import { expect, it } from 'vitest';
import type { ObligationName } from '../../src/decide/verdict.ts';
import { refuseUnmet } from '../../src/settle/unmet-duty.ts';
import type { VerificationDuty } from '../../src/settle/verify/duty.ts';
import { allowed } from './verify/verifications-lab.ts';

const { verification: PLAIN } = allowed('d1');
const { verification: WHOLE } = allowed('d1', { canary: { from: 1, first: 2, to: 3 }, fallback: true });

it.each<[string, readonly ObligationName[], VerificationDuty | undefined, string | undefined]>([
  ['nothing, of which it can do nothing', [], undefined, undefined],
  ['what is no concern of it', ['notify', 'capture', 'as-dry-run'], undefined, undefined],
  ['verify', ['verify'], PLAIN, undefined],
  ['everything', ['verify', 'canary', 'fallback'], WHOLE, undefined],
  ['verify, for which there is no probe', ['notify', 'verify'], undefined, 'verify'],
  ['start with a canary what cannot be split', ['verify', 'canary'], PLAIN, 'canary'],
  ['fall back where there is no way back', ['verify', 'fallback'], PLAIN, 'fallback'],
])('a verdict that obliges the gate to %s', (_what, duties, verification, unmet) => {
  const refuse = () => refuseUnmet({ verification }, new Set(duties));
  if (unmet === undefined) return expect(refuse()).toBeUndefined();
  expect(refuse).toThrow(`the policy obliges the gate to ${unmet}, which it cannot do for this call`);
});

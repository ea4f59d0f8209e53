import { describe, expect, it } from 'vitest';
import type { Judgement } from '../../src/decide/judge.ts';
import { mayPassOver } from '../../src/decide/shadow.ts';
import { SallyportError } from '../../src/errors.ts';

function denied(rules: readonly string[], fault?: SallyportError): Judgement {
  const reasons = rules.map((rule) => ({ rule, message: 'm', fix: '' }));
  const verdict = {
    ...({
      outcome: 'deny',
      tier: 'C',
      environment: 'prod',
      reasons,
      warnings: [],
      holds: [],
      obligations: [],
    } as const),
    advice: undefined,
  };
  return { verdict, fuel: 1, bundleDigest: 'd', revision: 'r', ...(fault === undefined ? {} : { fault }) };
}

describe('shadow mode', () => {
  it.each([
    [['level/table'], true],
    [['windows/open', 'blast/limits'], true],
    [['main/default-deny'], true],
    [['scope/labels'], false],
    [['level/table', 'scope/address'], false],
    [['authority/reserved'], false],
    [['freeze/active'], false],
    [['main/no-answer'], false],
    [['main/broken'], false],
    [['gate/policy-fault'], false],
  ])('passes over a denial by %j: %s', (rules, expected) => {
    expect(mayPassOver(denied(rules))).toBe(expected);
  });

  it('does not pass over a policy that failed', () => {
    expect(mayPassOver(denied(['level/table'], new SallyportError('policy/fuel', 'out of fuel')))).toBe(false);
  });
});

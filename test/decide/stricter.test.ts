import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Judge } from '../../src/decide/judge.ts';
import { grantingJudge, stricter, stricterJudge } from '../../src/decide/stricter.ts';
import { type Hold, OBLIGATIONS, type Obligation, type Reason, type Verdict } from '../../src/decide/verdict.ts';
import { SallyportError } from '../../src/errors.ts';
import { inputFor } from './rego-lab.ts';

const ORDER = { allow: 0, hold: 1, deny: 2 } as const;
const TIMES = ['', '2026-03-02T10:00:00Z', '2026-03-02T10:00:00.5Z', '2026-03-03T00:00:00.000Z'];
const GROUPS = ['payments', 'platform', 'security'];

const reason: fc.Arbitrary<Reason> = fc.record({
  rule: fc.constantFrom('level/table', 'blast/limits', 'site/calm/friday'),
  message: fc.constantFrom('too much', 'too soon'),
  fix: fc.constantFrom('', 'ask'),
});
const hold: fc.Arbitrary<Hold> = fc.record({
  kind: fc.constantFrom('people', 'window', 'evidence'),
  key: fc.constantFrom('people', 'window', 'evidence/plan'),
  groups: fc.subarray(GROUPS),
  quorum: fc.integer({ min: 1, max: 3 }),
  until: fc.constantFrom(...TIMES),
});
const holds = (minLength: number) => fc.uniqueArray(hold, { minLength, maxLength: 3, selector: ({ key }) => key });
const obligations: fc.Arbitrary<Obligation[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom(...OBLIGATIONS),
    params: fc.oneof(fc.constant({}), fc.record({ now: fc.boolean() })),
  }),
  { maxLength: 3, selector: ({ name }) => name },
);
const asking = fc.oneof(
  fc.record({ outcome: fc.constant('allow' as const), holds: fc.constant<Hold[]>([]), obligations }),
  fc.record({ outcome: fc.constant('hold' as const), holds: holds(1), obligations }),
);
const denying = fc.record({
  outcome: fc.constant('deny' as const),
  holds: fc.constant<Hold[]>([]),
  obligations: fc.constant<Obligation[]>([]),
  advice: fc.option(
    fc.tuple(fc.integer({ min: 0, max: 5 }), asking).map(([level, rest]) => ({ level, ...rest })),
    { nil: undefined },
  ),
});
const verdict: fc.Arbitrary<Verdict> = fc
  .tuple(
    fc.oneof(
      asking.map((rest) => ({ ...rest, advice: undefined })),
      denying,
    ),
    fc.record({
      tier: fc.constantFrom('A' as const, 'B' as const, 'C' as const),
      environment: fc.constantFrom('dev', 'prod', 'unknown'),
      reasons: fc.uniqueArray(reason, { maxLength: 3, selector: (one) => JSON.stringify(one) }),
      warnings: fc.uniqueArray(reason, { maxLength: 2, selector: (one) => JSON.stringify(one) }),
    }),
  )
  .map(([outcome, rest]) => ({ ...outcome, ...rest }));

/** Whatever lets a call go on under `after` must do for `before` as well. */
function satisfies(after: Verdict, before: Verdict): boolean {
  if (ORDER[after.outcome] < ORDER[before.outcome] || after.tier < before.tier) return false;
  if (after.environment !== before.environment && after.environment !== 'unknown') return false;
  if (after.outcome === 'deny') return true;
  return before.holds.every((asked) => after.holds.some((one) => lifts(one, asked))) && obliges(after, before);
}

function lifts(one: Hold, asked: Hold): boolean {
  const people = asked.groups.length === 0 ? one.groups.length === 0 : one.groups.length > 0;
  const time = asked.kind === 'window' && one.until === '' ? Number.POSITIVE_INFINITY : Date.parse(one.until || '1970');
  return (
    one.kind === asked.kind &&
    people &&
    one.groups.every((group) => asked.groups.includes(group)) &&
    one.quorum >= asked.quorum &&
    time >=
      (asked.kind === 'window' && asked.until === '' ? Number.POSITIVE_INFINITY : Date.parse(asked.until || '1970'))
  );
}

function obliges(after: Verdict, before: Verdict): boolean {
  return before.obligations.every((asked) =>
    after.obligations.some(
      ({ name, params }) => name === asked.name && (asked.params.now !== true || params.now === true),
    ),
  );
}

/** Without the order of what is listed. */
function sorted(value: Verdict): unknown {
  const sort = (list: readonly object[]) => list.map((one) => JSON.stringify(unordered(one))).sort();
  const { advice } = value;
  return {
    ...value,
    ...{ reasons: sort(value.reasons), warnings: sort(value.warnings) },
    ...{ holds: sort(value.holds), obligations: sort(value.obligations) },
    advice: advice && { ...advice, holds: sort(advice.holds), obligations: sort(advice.obligations) },
  };
}

function unordered(one: object): object {
  return Object.fromEntries(
    Object.entries(one).map(([key, part]) => [key, Array.isArray(part) ? [...part].sort() : part]),
  );
}

describe('the stricter of two verdicts', () => {
  it('is never more permissive than either', () => {
    fc.assert(
      fc.property(verdict, verdict, (a, b) => {
        const both = stricter(a, b);
        expect({ a: satisfies(both, a), b: satisfies(both, b) }).toEqual({ a: true, b: true });
      }),
    );
  });

  it('of a verdict and itself is that verdict', () => {
    fc.assert(
      fc.property(verdict, (one) => {
        expect(stricter(one, one)).toEqual(one);
      }),
    );
  });

  it('does not depend on which comes first', () => {
    fc.assert(
      fc.property(verdict, verdict, (a, b) => {
        expect(sorted(stricter(a, b))).toEqual(sorted(stricter(b, a)));
      }),
    );
  });

  it('keeps to the contract: what is allowed waits for nothing, what is held waits for something', () => {
    fc.assert(
      fc.property(verdict, verdict, (a, b) => {
        const both = stricter(a, b);
        expect(both.holds.length > 0).toBe(both.outcome === 'hold');
        expect(new Set(both.holds.map(({ key }) => key)).size).toBe(both.holds.length);
      }),
    );
  });

  it('asks for the people that both name, as many as either, as late as either', () => {
    const people = { kind: 'people', key: 'people' } as const;
    const [a, b] = [
      held({ ...people, groups: ['platform', 'payments'], quorum: 1, until: '2026-03-02T10:00:00.5Z' }),
      held({ ...people, groups: ['security', 'platform'], quorum: 2, until: '2026-03-02T10:00:00Z' }),
    ];
    expect(stricter(a, b).holds).toEqual([
      { ...people, groups: ['platform'], quorum: 2, until: '2026-03-02T10:00:00.5Z' },
    ]);
  });

  it('asks both circles of people where nobody is in both', () => {
    const people = { kind: 'people', key: 'people', quorum: 1, until: '' } as const;
    const [a, b] = [held({ ...people, groups: ['payments'] }), held({ ...people, groups: ['security'] })];
    expect(stricter(a, b).holds).toEqual([
      { ...people, key: 'people (people payments)', groups: ['payments'] },
      { ...people, key: 'people (people security)', groups: ['security'] },
    ]);
  });

  it('advises what both would need: one that does not deny stands as it is', () => {
    const advice = {
      level: 3,
      outcome: 'allow',
      holds: [],
      obligations: [{ name: 'notify', params: { now: true } }],
    } as const;
    const denied: Verdict = { ...plain, outcome: 'deny', advice };
    const waiting = held({ kind: 'people', key: 'people', groups: ['platform'], quorum: 1, until: '' });
    expect(stricter(denied, waiting).advice).toEqual({ ...advice, outcome: 'hold', holds: waiting.holds });
    expect(stricter(denied, { ...plain, outcome: 'deny' }).advice).toBeUndefined();
  });
});

describe('a judge of two', () => {
  const identity = { bundleDigest: 'sha256:pair', revision: 'two' };
  const judge = (value: Verdict, fuel: number, fault?: SallyportError): Judge => ({
    ...{ bundleDigest: 'sha256:one', revision: 'one' },
    ask: () => ({ answer: fuel, fuel, bundleDigest: 'sha256:one', revision: 'one' }),
    askAll: () => [{ answer: fuel, fuel, bundleDigest: 'sha256:one', revision: 'one' }],
    judge: () => ({
      verdict: value,
      fuel,
      ...{ bundleDigest: 'sha256:one', revision: 'one' },
      ...(fault ? { fault } : {}),
    }),
  });

  it('asks both, and speaks with its own name', () => {
    const both = stricterJudge(judge(plain, 3), judge({ ...plain, outcome: 'deny' }, 4), identity);
    expect(both.judge(inputFor('x'))).toEqual({ verdict: { ...plain, outcome: 'deny' }, fuel: 7, ...identity });
  });

  it('asks both what can only tighten', () => {
    const moment = { time: '2030-01-15T12:00:00.000Z', id: 'x' };
    for (const judgeOfTwo of [stricterJudge, grantingJudge]) {
      const both = judgeOfTwo(judge(plain, 3), judge(plain, 4), identity);
      expect(both.askAll('sallyport/other', {}, moment).map(({ answer }) => answer)).toEqual([3, 4]);
    }
  });

  it('asks other questions of the first alone, which is the library', () => {
    const moment = { time: '2030-01-15T12:00:00.000Z', id: 'x' };
    for (const judgeOfTwo of [stricterJudge, grantingJudge]) {
      const both = judgeOfTwo(judge(plain, 3), judge(plain, 4), identity);
      expect(both.ask('sallyport/other', {}, moment)).toEqual({ answer: 3, fuel: 3, ...identity });
    }
  });

  it.each([0, 1])('a fault of either is its fault (%i)', (which) => {
    const fault = new SallyportError('policy/fuel', 'out of fuel');
    const judges = [judge(plain, 1), judge({ ...plain, outcome: 'deny' }, 2, fault)];
    const [one, other] = which === 0 ? judges : judges.toReversed();
    if (one === undefined || other === undefined) throw new TypeError('two judges');
    expect(stricterJudge(one, other, identity).judge(inputFor('x'))).toMatchObject({
      verdict: { outcome: 'deny' },
      fault,
    });
  });
});

const plain: Verdict = {
  ...{ outcome: 'allow', tier: 'A', environment: 'dev', reasons: [], warnings: [], holds: [], obligations: [] },
  advice: undefined,
};

function held(one: Hold): Verdict {
  return { ...plain, outcome: 'hold', holds: [one] };
}

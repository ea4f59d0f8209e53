import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import type { ProbeSpec } from '../../../src/settle/verify/plan.ts';
import { canaryShareOf, planFrom, stricterPlan } from '../../../src/settle/verify/planner.ts';

const PATCH = 'kubernetes:deployments.apps:patch';
const DELETE = 'kubernetes:pods:delete';
const ROLLOUT = { probe: 'rollout' };
const HEALTH = { probe: 'http', endpoint: 'shop-health', status: 200 };

const SETTINGS = {
  verification: {
    ...{ within: '10m', every: '2s', at_most: '30s', looks: 2, canary: { share: 0.25 } },
    actions: { [PATCH]: { probes: [ROLLOUT] } },
  },
  runbooks: {
    careful: {
      actions: { [PATCH]: {}, [DELETE]: {} },
      verification: { signal: 'nothing fails', within: '5m', probes: [HEALTH], looks: 3, revert: true },
    },
    elsewhere: { actions: { [DELETE]: {} }, verification: { signal: 'it is well', within: '1s' } },
    wordy: { actions: { [PATCH]: {} }, verification: { signal: 'it is well', within: '1h' } },
  },
} satisfies JsonObject;

const PLAN = {
  ...{ probes: [ROLLOUT], signal: '', within: 600_000, looks: 2, revert: false },
  ...{ every: 2_000, atMost: 30_000 },
};

/** Looks by everything but what it is told. */
function plan(runbook: string, action = PATCH, settings: JsonObject = SETTINGS, blindTo?: ProbeSpec['probe']) {
  return planFrom(settings, { action, runbook, canLook: ({ probe }) => probe !== blindTo });
}

function withAction(action: JsonObject): JsonObject {
  return { ...SETTINGS, verification: { ...SETTINGS.verification, actions: { [PATCH]: action } } };
}

describe('how an act is verified', () => {
  it('is what the settings say of its kind', () => {
    expect(plan('unknown')).toEqual(PLAN);
  });

  it('is besides what the runbook that allows it says, whichever is stricter', () => {
    expect(plan('careful')).toEqual({
      ...PLAN,
      ...{ probes: [ROLLOUT, HEALTH], signal: 'nothing fails', within: 300_000, looks: 3, revert: true },
    });
  });

  it('may be what a runbook says alone', () => {
    expect(plan('careful', DELETE)?.probes).toEqual([HEALTH]);
  });

  it('is not changed by a runbook that does not allow the act', () => {
    expect(plan('elsewhere')).toEqual(PLAN);
  });

  it('gets no more time by a runbook that takes more', () => {
    expect(plan('wordy')).toEqual({ ...PLAN, signal: 'it is well' });
  });

  it('may have a time of its own', () => {
    expect(plan('unknown', PATCH, withAction({ probes: [ROLLOUT], within: '1m', looks: 5, revert: true }))).toEqual({
      ...PLAN,
      ...{ within: 60_000, looks: 5, revert: true },
    });
  });

  it.each<[string, ReturnType<typeof plan>]>([
    ['nothing is said of its kind', plan('unknown', DELETE)],
    ['a runbook has words for it, and no probe', plan('elsewhere', DELETE)],
    ['a runbook is named as something that JavaScript knows', plan('constructor', 'constructor')],
    ['the gate cannot look by one of its probes', plan('careful', PATCH, SETTINGS, 'http')],
    ['there are no settings', plan('unknown', PATCH, {})],
    ['one of its probes is unknown', plan('unknown', PATCH, withAction({ probes: [ROLLOUT, { probe: 'hope' }] }))],
    ['one of its probes lacks something', plan('unknown', PATCH, withAction({ probes: [{ probe: 'http' }] }))],
    [
      'one of its probes says more than it may',
      plan('unknown', PATCH, withAction({ probes: [{ ...HEALTH, url: 'x' }] })),
    ],
    ['there are no probes', plan('unknown', PATCH, withAction({ probes: [] }))],
    ['its time is no time', plan('unknown', PATCH, withAction({ probes: [ROLLOUT], within: 'soon' }))],
  ])('is not at all where %s', (_where, found) => {
    expect(found).toBeUndefined();
  });
});

describe('the stricter of two plans', () => {
  const other = { ...PLAN, probes: [ROLLOUT as ProbeSpec, HEALTH as ProbeSpec], within: 1_000, looks: 1, revert: true };
  const one = { ...PLAN, probes: [ROLLOUT as ProbeSpec] };
  it('looks at what either looks at, sooner and more often', () => {
    expect(stricterPlan(one, other)).toEqual({
      ...PLAN,
      probes: [ROLLOUT, HEALTH],
      within: 1_000,
      looks: 2,
      revert: true,
    });
  });

  it('is none where one of them is none', () => {
    expect([stricterPlan(one, undefined), stricterPlan(undefined, other)]).toEqual([undefined, undefined]);
  });
});

it.each<[JsonObject, number | undefined]>([
  [SETTINGS, 0.25],
  [{}, undefined],
  [{ verification: { ...SETTINGS.verification, canary: { share: 2 } } }, undefined],
])('the share of a canary is what the settings say (%#)', (settings, share) => {
  expect(canaryShareOf(settings)).toBe(share);
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../src/decide/bundle.ts';
import { createJudge, type Judge } from '../../src/decide/judge.ts';
import { loadPolicy } from '../../src/decide/policy.ts';
import { looser } from '../../src/decide/strictness.ts';
import type { ObligationName, Outcome, Verdict } from '../../src/decide/verdict.ts';
import type { JsonObject } from '../../src/json.ts';
import { FIRST_TIME, ROOT } from '../review/library.ts';
import { buildSite, type SiteData } from '../review/site.ts';
import { likelyFreeze, likelyInput } from './likely-inputs.ts';
import { UNKNOWNS, valueAt, type Worsening, worsened } from './worsenings.ts';

/** The same inputs at every run; another number finds others. */
const SEED = 20_261_120;
const WITHIN = 120_000;
/** Of more than a hundred, drawn for each input. */
const WORSENINGS_EACH = 10;
const EVERY_WORSENING = [...UNKNOWNS, ...worsened(0, {})].map(({ what }) => what).sort();

/** Data that leave nothing at its default: windows, hard limits, dry runs, credentials, what is at stake. */
const SITE: SiteData = {
  windows: {
    default: 'closed',
    wait_at_most: '72h',
    environments: {
      dev: {
        outside: 'hold',
        wait_at_most: '20h',
        weekly: [{ days: ['mon', 'wed', 'thu'], from: '09:00', to: '18:00', zone: 'UTC' }],
      },
      staging: {
        outside: 'hold',
        weekly: [{ days: ['wed', 'fri'], from: '22:00', to: '21:00', zone: 'Asia/Kolkata' }],
      },
      prod: {
        outside: 'hold',
        weekly: [{ days: ['tue', 'wed'], from: '09:00', to: '17:00', zone: 'Europe/Berlin' }],
        blackouts: [{ start: '2026-12-20T00:00:00Z', end: '2027-01-04T00:00:00Z', why: 'the end of the year' }],
      },
    },
    services: {
      dev: { search: { outside: 'deny', once: [{ start: '2026-11-21T09:00:00Z', end: '2026-11-21T12:00:00Z' }] } },
      prod: { shop: { outside: 'hold', weekly: [{ days: ['wed'], from: '10:00', to: '12:00', zone: 'UTC' }] } },
    },
  },
  limits: {
    tier_b: {
      prod: { objects: 5, namespaces: 1, replicas: 20, pods: 10, share: 1, open: false },
      staging: { objects: 5, namespaces: 1, replicas: 20, pods: 10, share: 1, open: true },
      test: { objects: 5, namespaces: 2, replicas: 20, pods: 10, share: 1, open: true },
      dev: { objects: 5, namespaces: 5, replicas: 20, pods: 10, share: 1, open: true },
    },
    refuse: { prod: { objects: 50, pods: 100 } },
    rate: {
      prod: { calls: 50, changes: 5, agent: 3, service: 3, intent: 2 },
      staging: { calls: 60, changes: 20, agent: 5, service: 3, intent: 3 },
      test: { changes: 20, agent: 5 },
      dev: { changes: 20, agent: 5 },
    },
    hourly: {
      agent: {
        prod: { changes: 10, objects: 20, pods: 40 },
        staging: { changes: 10, objects: 40, pods: 40 },
        dev: { objects: 60 },
      },
      service: { prod: { objects: 20, share: 2 }, staging: { share: 3 } },
      intent: { prod: { changes: 5, share: 2 }, staging: { changes: 10 } },
    },
    attempts: {
      prod: { denied: 10, repeats: 2, failures: 2 },
      staging: { denied: 100, repeats: 5, failures: 2 },
      dev: { failures: 2 },
    },
  },
  dry_run: {
    as_dry_run: { staging: { 'kubernetes:configmaps:patch': true }, prod: { 'kubernetes:configmaps:patch': true } },
    first: { dev: { delete: true }, staging: { delete: true }, prod: { delete: true, write: true } },
  },
  authority: { credential_routes: { staging: true } },
  evidence: {
    required: {
      dev: { B: { confidence: 0.5 } },
      staging: { write: { claims: ['reason'], confidence: 0.6 }, delete: { sources: 1 } },
      prod: { B: { claims: ['reason', ['incident', 'alert']], confidence: 0.7 }, C: { sources: 1, pattern: true } },
    },
    freshness: { fresh: 900, stale: 3600 },
    patterns: { 'crash-loop': { means: 'it crashes again and again' } },
    unknown_pattern: 0.8,
  },
  risk: {
    review: {
      ...{ configuration: 0, availability: 1, performance: 0, access: 1, unknown: 3 },
      ...{ security: 2, authentication: 2, billing: 3, 'data-integrity': 2, compliance: 2 },
    },
    services: { search: 'billing' },
    resources: { services: 'configuration', pods: 'availability', 'deployments.apps': 'security' },
    unregulated: { none: true, false: true },
    escalations: {
      image: { people: 0, means: 'another image' },
      containers: { people: 1, means: 'another container' },
      privileged: { people: 2, means: 'power' },
      RBAC: { people: 2, deny: true, means: 'rights' },
      unknown: { people: 2, deny: true, means: 'nobody knows' },
    },
    tiers: {
      critical: { none: false, high: false, '0': true },
      people: 2,
      limits: { pods: 1, share: 0.5 },
    },
  },
};

async function judgeOf(path: string): Promise<Judge> {
  const bundle = readBundle(await readFile(path));
  const { contentDigest: bundleDigest, revision } = bundle;
  return createJudge(await loadPolicy(bundle), { bundleDigest, revision });
}

function verdictOf(judge: Judge, input: JsonObject): Verdict {
  const { verdict, fault } = judge.judge(JSON.stringify(input));
  if (fault !== undefined) throw new Error(`the policy could not judge this: ${fault.message}`);
  return verdict;
}

/**
 * What another environment may change: whether the grant, a freeze or a window is of it. What was denied for such a
 * reason may be allowed in production.
 */
const OF_ITS_PLACE = [
  'scope/labels',
  'freeze/active',
  'windows/open',
  'blast/limits',
  'limits/rate',
  'limits/hourly',
  'limits/attempts',
  'evidence/required',
  'evidence/confidence',
];

function applies({ what }: Worsening, before: Verdict): boolean {
  return !(what.endsWith('becomes prod') && before.reasons.some(({ rule }) => OF_ITS_PLACE.includes(rule)));
}

/** The first of the worsenings by which the input is judged more kindly. @throws Error that tells of both verdicts */
function refuseLooser(judge: Judge, input: JsonObject, before: Verdict, worsenings: readonly Worsening[]): void {
  for (const worsening of worsenings) {
    const worse = applies(worsening, before) ? worsening.apply(input) : undefined;
    if (worse === undefined) continue;
    const after = verdictOf(judge, worse);
    const problem = looser(before, after);
    if (problem === undefined) continue;
    const told = [before, after].map(({ outcome, reasons }) => [outcome, ...reasons.map(({ rule }) => rule)].join(' '));
    throw new Error(`${worsening.what}: ${problem} (${told.join(' -> ')})`);
  }
}

interface Tried {
  /** In pass `facts`, how often each outcome was reached. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly worsenings: ReadonlySet<string>;
}

/** Judges so many inputs, each as it is and some ways worse. @throws Error where one of those is judged more kindly */
function tryMany(judge: Judge, runs: number): Tried {
  const outcomes = { allow: 0, hold: 0, deny: 0 };
  const worsenings = new Set<string>();
  const choice = fc.array(fc.nat(1_000_000), { minLength: WORSENINGS_EACH, maxLength: WORSENINGS_EACH });
  fc.assert(
    fc.property(likelyInput, choice, likelyFreeze, (input, picks, freeze) => {
      const before = verdictOf(judge, input);
      if (valueAt(input, ['call', 'pass']) === 'facts') outcomes[before.outcome] += 1;
      const all = [...UNKNOWNS, ...worsened(picks[0] ?? 0, freeze)];
      const chosen = picks.flatMap((pick) => all[pick % all.length] ?? []);
      for (const { what } of chosen) worsenings.add(what);
      refuseLooser(judge, input, before, chosen);
    }),
    { numRuns: runs, seed: SEED },
  );
  return { outcomes, worsenings };
}

function expectNearTheLine({ outcomes }: Tried): void {
  const total = outcomes.allow + outcomes.hold + outcomes.deny;
  for (const outcome of ['allow', 'hold', 'deny'] as const)
    expect([outcome, outcomes[outcome] / total > 0.1]).toEqual([outcome, true]);
}

describe(`what makes a call worse or less known never makes its verdict more permissive (seed ${SEED})`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-monotony-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(
    'by the bundle that comes with the gate, at 10,000 calls',
    async () => {
      const tried = tryMany(await judgeOf(join(ROOT, 'bundles', 'sallyport.tar.gz')), 10_000);
      expectNearTheLine(tried);
      expect([...tried.worsenings].sort()).toEqual(EVERY_WORSENING);
    },
    WITHIN,
  );

  it(
    'by a bundle of a site that uses every setting',
    async () => {
      const bundle = join(folder, 'site.tar.gz');
      await buildSite(SITE, bundle);
      expectNearTheLine(tryMany(await judgeOf(bundle), 4_000));
    },
    FIRST_TIME,
  );
});

describe('the comparison', () => {
  const verdict = (outcome: Outcome, more: Partial<Verdict> = {}): Verdict => ({
    ...{ outcome, tier: 'C', environment: 'dev', reasons: [], warnings: [], holds: [], obligations: [] },
    advice: undefined,
    ...more,
  });
  const people = (quorum: number, ...groups: readonly string[]): Partial<Verdict> => ({
    holds: [{ kind: 'people', key: 'people', groups, quorum, until: '' }],
  });
  const until = (time: string): Partial<Verdict> => ({
    holds: [{ kind: 'window', key: 'window', groups: [], quorum: 0, until: time }],
  });
  const duties = (...names: readonly ObligationName[]): Partial<Verdict> => ({
    obligations: names.map((name) => ({ name, params: {} })),
  });

  it.each<[Verdict, Verdict]>([
    [verdict('deny'), verdict('hold', people(2, 'ops'))],
    [verdict('deny'), verdict('allow')],
    [verdict('hold', people(1, 'ops')), verdict('allow', duties('notify', 'capture'))],
    [verdict('hold', people(2, 'ops')), verdict('hold', people(1, 'ops'))],
    [verdict('hold', people(1, 'ops')), verdict('hold', people(1, 'ops', 'dev'))],
    [verdict('hold', until('2026-11-23T00:00:00Z')), verdict('hold', until('2026-11-22T00:00:00Z'))],
    [verdict('allow', duties('notify', 'capture')), verdict('allow', duties('notify'))],
    [verdict('allow', duties('as-dry-run')), verdict('allow')],
  ])('puts them in order (%#)', (strict, loose) => {
    expect(looser(strict, loose)).toEqual(expect.any(String));
    expect(looser(loose, strict)).toBeUndefined();
    expect(looser(strict, strict)).toBeUndefined();
  });
});

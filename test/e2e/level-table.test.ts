import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { FIRST_TIME } from '../review/library.ts';
import { admin, reachedAs, startClusterGate } from './cluster-gate.ts';
import { PATCHES, send } from './judged-call.ts';
import {
  clearStage,
  NAMESPACES,
  openServer,
  type Place,
  recolour,
  type Server,
  setStage,
  startWindowedGate,
  type WindowedGate,
} from './level-stage.ts';
import {
  ADVISE_ALLOW,
  type Agents,
  advise,
  agentsOf,
  allow,
  alsoHeldUntil,
  alsoShut,
  check,
  expectWrites,
  heldUntil,
  hold,
  inShort,
  messageOf,
  shut,
  type Table,
  tries,
  tryColour as tryIn,
} from './level-table.ts';

const lab = ownLab();

/** Friday: 15:30 in Berlin, 10:30 in New York. */
const INSIDE = '2026-03-27T14:30:00.000Z';
/** Two hours later, and clocks go forward in Berlin before the next opening. */
const OUTSIDE = '2026-03-27T16:30:00.000Z';
const HOURS = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00' };
const WINDOWS = {
  default: 'open',
  environments: {
    dev: { outside: 'deny' },
    staging: { outside: 'hold', weekly: [{ ...HOURS, to: '17:00', zone: 'Europe/Berlin' }] },
    prod: { outside: 'deny', weekly: [{ ...HOURS, to: '12:00', zone: 'America/New_York' }] },
  },
  services: {},
};

const ALLOW = allow();
const KEEP = allow('notify', 'capture');
const VERIFY = allow('notify', 'capture', 'verify');
const ASK_1 = hold(1, 'platform');
const ASK_PROD_1 = hold(1, 'production');
const ASK_PROD_2 = hold(2, 'production');
const ADVISE_1 = advise(1, 'platform');
const ADVISE_PROD_1 = advise(1, 'production');
const ADVISE_PROD_2 = advise(2, 'production');

/**
 * What an agent of each level may do, where it says why. In production what is done alone is verified, so people are asked where no
 * probe tells whether it worked; what needs a runbook does too, as none is named here.
 */
const OPEN: Table = [
  // telemetry, other reads, B not production, B production, B production unseen, C not production, C production
  [ALLOW, ADVISE_ALLOW, ADVISE_1, ADVISE_PROD_1, ADVISE_PROD_1, ADVISE_1, ADVISE_PROD_2],
  [ALLOW, ALLOW, ADVISE_1, ADVISE_PROD_1, ADVISE_PROD_1, ADVISE_1, ADVISE_PROD_2],
  [ALLOW, ALLOW, ASK_1, ASK_PROD_1, ASK_PROD_1, ASK_1, ASK_PROD_2],
  [ALLOW, ALLOW, KEEP, ASK_PROD_1, ASK_PROD_1, ASK_1, ASK_PROD_2],
  [ALLOW, ALLOW, KEEP, VERIFY, ASK_PROD_1, ASK_1, ASK_PROD_2],
  [ALLOW, ALLOW, KEEP, VERIFY, ASK_PROD_1, ASK_1, ASK_PROD_2],
];

const NEXT = 'is outside the change windows of prod; the next one opens Mon 2026-03-30 09:00 (America/New_York).';
const SHUT = shut(NEXT);
const ADVISE_SHUT_1 = alsoShut(ADVISE_PROD_1, NEXT);
const ADVISE_SHUT_2 = alsoShut(ADVISE_PROD_2, NEXT);

const LATER = 'is outside the change windows of staging; the next one opens Mon 2026-03-30 09:00 (Europe/Berlin).';
const UNTIL = heldUntil('2026-03-30T07:00:00Z', LATER);
const UNTIL_1 = alsoHeldUntil(ASK_1, '2026-03-30T07:00:00Z', LATER);

/** Outside the windows: production denies, and staging, which is not production, holds. */
const CLOSED: Table = [
  [ALLOW, ADVISE_ALLOW, ADVISE_1, ADVISE_SHUT_1, ADVISE_SHUT_1, ADVISE_1, ADVISE_SHUT_2],
  [ALLOW, ALLOW, ADVISE_1, ADVISE_SHUT_1, ADVISE_SHUT_1, ADVISE_1, ADVISE_SHUT_2],
  [ALLOW, ALLOW, UNTIL_1, SHUT, SHUT, UNTIL_1, SHUT],
  [ALLOW, ALLOW, UNTIL, SHUT, SHUT, UNTIL_1, SHUT],
  [ALLOW, ALLOW, UNTIL, SHUT, SHUT, UNTIL_1, SHUT],
  [ALLOW, ALLOW, UNTIL, SHUT, SHUT, UNTIL_1, SHUT],
];

let server: Server;
beforeAll(async () => {
  server = await openServer(lab);
});
afterAll(async () => {
  server?.close();
  await clearStage(lab);
});

describe('the level table as shipped, without change windows', () => {
  let gate: GateLab;
  let agents: Agents;
  beforeAll(async () => {
    await setStage(lab, server);
    gate = await startClusterGate(lab);
    agents = await agentsOf(gate);
  });
  afterAll(() => gate?.close());

  const all = tries(OPEN, 'dev', 'staging', 'prod');
  it.each(all)('level $level, $what in $place: $verdict', (one) => check({ gate, agents, server }, one));

  it('has let through to the server the writes that it allows, and no others', () => expectWrites(lab, agents, all));
});

describe('the level table with change windows', () => {
  let windowed: WindowedGate;
  beforeAll(async () => {
    windowed = await startWindowedGate(lab, WINDOWS, INSIDE);
  }, FIRST_TIME);
  afterAll(() => windowed?.close());

  describe.each([
    ['inside them', INSIDE, tries(OPEN, 'dev', 'staging', 'prod')],
    ['outside of them', OUTSIDE, [...tries(OPEN, 'dev'), ...tries(CLOSED, 'staging', 'prod')]],
  ] as const)('%s', (_where, time, all) => {
    let agents: Agents;
    beforeAll(async () => {
      await setStage(lab, server);
      windowed.setTime(time);
      agents = await agentsOf(windowed.gate);
    });

    it.each(all)('level $level, $what in $place: $verdict', (one) =>
      check({ gate: windowed.gate, agents, server }, one),
    );

    it('has let through to the server the writes that it allows, and no others', () => expectWrites(lab, agents, all));
  });
});

const tryColour = (gate: GateLab, token: string, place: Place) => tryIn({ gate, server }, token, place);

describe('a grant', () => {
  let gate: GateLab;
  beforeAll(async () => {
    await setStage(lab, server);
    gate = await startClusterGate(lab);
  });
  afterAll(() => gate?.close());

  const KEPT = 'allow + notify + capture';
  const ASKS = 'hold: 1 of platform';
  const ASKS_PROD = 'hold: 1 of production';
  const ADVISED = 'deny by level/table, at level 2 hold: 1 of platform';
  const ADVISED_PROD = 'deny by level/table, at level 2 hold: 1 of production';

  const LOWEST = ['dev', 'staging'].map((environment, index) => ({ environment, level: 2 - index }));

  it.each([
    ['nothing', [], KEPT, KEPT, ASKS_PROD],
    ['level 2 in staging', [{ environment: 'staging', level: 2 }], KEPT, ASKS, ASKS_PROD],
    ['level 1 in dev', [{ environment: 'dev', level: 1 }], ADVISED, ADVISED, ADVISED_PROD],
    ['level 1 in prod', [{ environment: 'prod', level: 1 }], KEPT, KEPT, ADVISED_PROD],
    ['level 1 in prod by another name', [{ environment: 'production', level: 1 }], KEPT, KEPT, ADVISED_PROD],
    ['level 0 where nobody knows', [{ environment: 'moon', level: 0 }], ADVISED, ADVISED, ADVISED_PROD],
    ['a level that is higher', [{ environment: 'dev', level: 5 }], KEPT, KEPT, ASKS_PROD],
    ['level 2 for the service', [{ service: 'shop', level: 2 }], ASKS, ASKS, ASKS_PROD],
    ['level 1 for another service', [{ service: 'billing', level: 1 }], KEPT, KEPT, ASKS_PROD],
    ['the lowest of several', LOWEST, ASKS, ADVISED, ADVISED_PROD],
  ])('of level 4 that is narrowed to %s', async (_what, narrowed, ...expected) => {
    const { token } = await gate.agent({ level: 4, narrowed });
    const found = [];
    for (const place of ['dev', 'staging', 'prod'] as const) found.push((await tryColour(gate, token, place))[0]);
    expect(found).toEqual(expected);
  });

  it('that is narrowed says so, and takes back reads too', async () => {
    const { token } = await gate.agent({ level: 4, narrowed: [{ environment: 'prod', level: 0 }] });
    const { path } = recolour('prod', '');
    const judged = await send(gate, token, { method: 'GET', path });
    expect([judged.answer.status, inShort(judged)]).toEqual([403, 'deny by level/table, at level 1 allow']);
    expect(messageOf(judged)).toContain(
      "level 0 (advisory), to which this agent's level 4 is narrowed here, may not do the get of configmaps",
    );
    expect((await send(gate, token, { method: 'GET', path: recolour('dev', '').path })).answer.status).toBe(200);
  });

  const OUT = 'deny by scope/labels';
  it.each<[string, Record<string, string[]>, string, string, string]>([
    ['environment dev', { environments: ['dev'] }, KEPT, OUT, 'environment prod is not in the grant of agent'],
    ['dev by another name', { environments: ['development'] }, KEPT, OUT, 'environment prod is not in the grant of'],
    ['no environment', { environments: [] }, OUT, OUT, 'environment prod is not in the grant of agent'],
    ['its service', { services: ['shop'] }, KEPT, ASKS_PROD, 'needs the approval of 1 person of production'],
    ['other services', { services: ['billing', 'web'] }, OUT, OUT, 'The grant covers billing, web;'],
    ['its team', { teams: ['shop'] }, KEPT, ASKS_PROD, 'needs the approval of 1 person of production'],
    ['another team', { teams: ['payments'] }, OUT, OUT, 'team shop is not in the grant of agent'],
    ['one namespace', { namespaces: ['shop-dev'] }, KEPT, 'deny by gate/scope', 'reaches for namespace shop-prod'],
  ])('for %s', async (_what, scope, dev, prod, words) => {
    const { token } = await gate.agent({ level: 4, scope });
    const [inDev] = await tryColour(gate, token, 'dev');
    const [inProd, judged] = await tryColour(gate, token, 'prod');
    expect([inDev, inProd]).toEqual([dev, prod]);
    expect(messageOf(judged)).toContain(words);
    // What is out of reach cannot be read either.
    const read = async (place: Place) =>
      (await send(gate, token, { method: 'GET', path: recolour(place, '').path })).answer.status;
    expect([await read('dev'), await read('prod')]).toEqual(
      [dev, prod].map((it) => (it.startsWith('deny') ? 403 : 200)),
    );
  });

  it('is measured by the labels that an object has now', async () => {
    const { token } = await gate.agent({ level: 4, scope: { services: ['shop'], environments: ['dev'] } });
    const label = (...labels: readonly string[]) =>
      admin(lab, ['label', '--overwrite', 'configmap/table-settings-0', '-n', NAMESPACES.dev, ...labels]);
    const found = [];
    try {
      for (const labels of [
        ['sallyport.dev/service=billing'],
        ['sallyport.dev/service=shop'],
        ['sallyport.dev/environment=prod'],
        ['sallyport.dev/environment-'],
      ]) {
        await label(...labels);
        found.push((await tryColour(gate, token, 'dev'))[0]);
      }
    } finally {
      await label('sallyport.dev/service-', 'sallyport.dev/environment-');
    }
    expect(found).toEqual([OUT, KEPT, OUT, KEPT]);
  });
});

describe('a grant that is over', () => {
  const HOUR = 3_600_000;
  it.each(['the grant as it was given', 'a grant that was cut short'])('opens nothing: %s', async (which) => {
    const start = Date.now();
    const clock = { now: start };
    const gate = await startClusterGate(lab, { now: () => new Date(clock.now) });
    try {
      const end = new Date(start + HOUR).toISOString();
      const agent = await gate.agent(which.includes('given') ? { expires: end } : {});
      if (!which.includes('given')) await gate.admin.patch(`/v1/agents/${agent.id}`, { expires: end, why: 'a test' });
      const { path } = recolour('dev', '');
      const ask = () => gate.call('GET', `/kube/demo${path}`, { token: agent.token });
      clock.now = start + HOUR - 5_000;
      expect((await ask()).status).toBe(200);
      clock.now = start + HOUR;
      const reached = (await reachedAs(lab, agent.id)).length;
      const answer = await ask();
      expect([answer.status, answer.json]).toEqual([
        401,
        expect.objectContaining({ kind: 'Status', reason: 'Unauthorized', code: 401 }),
      ]);
      expect(String(answer.json.message)).toMatch(/expired|over|ended/);
      expect(await reachedAs(lab, agent.id)).toHaveLength(reached);
    } finally {
      await gate.close();
    }
  });
});

describe('shadow mode', () => {
  const start = Date.now();
  const until = new Date(start + 3_600_000).toISOString();
  const clock = { now: start };
  let gate: GateLab;
  beforeAll(async () => {
    await setStage(lab, server);
    gate = await startClusterGate(lab, { route: { mode: { shadow: { until } } }, now: () => new Date(clock.now) });
  });
  afterAll(() => gate?.close());
  beforeEach(() => {
    clock.now = start;
  });

  it.each([
    [1, 'dev', 'deny'],
    [1, 'prod', 'deny'],
    [2, 'dev', 'hold'],
    [4, 'prod', 'hold'],
  ] as const)(
    'lets level %i act in %s although the policy says %s, and records that',
    async (level, place, outcome) => {
      const { token } = await gate.agent({ level });
      const [, judged] = await tryColour(gate, token, place);
      const verdict = { outcome, environment: place, tier: 'B' };
      expect(judged.decided).toMatchObject({ did: 'allow', by: 'shadow', judgement: { verdict } });
    },
  );

  it('changes nothing about what the policy allows', async () => {
    const { token } = await gate.agent({ level: 4 });
    const [, judged] = await tryColour(gate, token, 'dev');
    expect(judged.decided).toMatchObject({ did: 'allow', by: 'policy', judgement: { verdict: { outcome: 'allow' } } });
  });

  it.each(['dev', 'prod'] as const)('is over when its end has come, in %s', async (place) => {
    const { token } = await gate.agent({ level: 1 });
    clock.now = Date.parse(until) - 1;
    expect((await tryColour(gate, token, place))[1]).toMatchObject({ did: 'allow', decided: { by: 'shadow' } });
    clock.now = Date.parse(until);
    expect((await tryColour(gate, token, place))[1]).toMatchObject({ did: 'deny', decided: { by: 'policy' } });
  });

  it('leaves the namespaces of the grant in force', async () => {
    const { token } = await gate.agent({ level: 4, scope: { namespaces: ['shop-dev'] } });
    expect((await tryColour(gate, token, 'prod'))[0]).toBe('deny by gate/scope');
  });

  it.each<[string, Record<string, string[]>]>([
    ['environments', { environments: ['dev'] }],
    ['services', { services: ['billing'] }],
    ['teams', { teams: ['payments'] }],
  ])('leaves the %s of the grant in force', async (_what, scope) => {
    const { token } = await gate.agent({ level: 4, scope });
    expect((await tryColour(gate, token, 'prod'))[1].did).toBe('deny');
  });

  it('leaves level 0 to reads of what there is', async () => {
    const { token } = await gate.agent({ level: 0 });
    const [, judged] = await tryColour(gate, token, 'dev');
    expect(judged.decided).toMatchObject({ did: 'deny', by: 'gate', reasons: [{ rule: 'gate/level-zero' }] });
  });

  it('leaves freezes in force', async () => {
    const { id, token } = await gate.agent({ level: 4 });
    await gate.admin.post('/v1/freezes', { scope: { kind: 'agent', agent: id }, why: 'a test' });
    expect((await tryColour(gate, token, 'dev'))[0]).toBe('deny by gate/freeze');
  });

  it('leaves the labels that decisions are made on out of reach', async () => {
    const { token } = await gate.agent({ level: 5 });
    const path = `/api/v1/namespaces/${NAMESPACES.prod}`;
    const before = await server.read(path);
    const body = { metadata: { labels: { 'sallyport.dev/environment': 'dev' } } };
    const judged = await send(gate, token, { method: 'PATCH', path, body, type: PATCHES.merge });
    expect([judged.answer.status, inShort(judged)]).toEqual([403, 'deny by gate/authority']);
    expect(await server.read(path)).toEqual(before);
  });
});

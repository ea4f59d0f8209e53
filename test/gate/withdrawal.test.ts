import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import type { JsonObject } from '../../src/json.ts';
import { startGate } from '../../src/serve.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import {
  type Changed,
  ELSEWHERE,
  ENDED,
  FREEZES,
  type Ground,
  MERGE,
  NS,
  openGround,
  openIdentified,
  scoped,
  WHY,
  type Why,
  type Withdraw,
} from './withdrawals.ts';

let on: Ground;
beforeAll(async () => {
  on = await openGround();
}, 60_000);
afterAll(() => on.close());
beforeEach(() => on.upstream.forget());
afterEach(async () => {
  await on.thawAll();
  await on.load('shipped');
});

/** As it was when something happened meanwhile: allowed, and nothing came of it yet. */
async function changeDuring(withdraw: Withdraw, route?: string, namespace?: string): Promise<Changed> {
  const changed = await on.changeDuring(withdraw, route, namespace);
  expect(changed.recorded).toMatchObject({ decided: { did: 'allow' }, outcome: null });
  return changed;
}

describe('a call that is allowed, on the record, and has not left', () => {
  it.each<[string, Withdraw, Why]>([
    ...FREEZES.map(([what, scope, named]): [string, Withdraw, Why] => [
      `${what} is frozen`,
      (on, { agent }) => on.freeze(scope(agent)),
      (agent) => `gate/freeze: ${named(agent)} is frozen until it is lifted: ${WHY} (`,
    ]),
    ...ENDED,
    ['its level is lowered to one that is held', (on, { agent }) => on.change(agent, { level: 2 }), () => 'level'],
    ['its level is lowered to one that reads', (on, { agent }) => on.change(agent, { level: 1 }), () => 'level'],
    [
      'its level is narrowed there',
      (on, { agent }) => on.change(agent, { narrowed: [{ environment: 'dev', level: 1 }] }),
      () => 'level',
    ],
    [
      'its level is lowered to 0 under a bundle that allows all',
      async (on, { agent }) => {
        await on.load('allows all');
        await on.change(agent, { level: 0 });
      },
      (agent) => `gate/level-zero: agent ${agent} is at level 0 here`,
    ],
  ])('does not leave when %s', async (_what, withdraw, why) => {
    const { agent, id, answer } = await changeDuring(withdraw);
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining(why(agent, 'root'))]);
    expect(answer.json).toMatchObject({ kind: 'Status', reason: 'Forbidden' });
    expect(on.changing()).toEqual([]);
    await expectRefused(id, 'identity/revoked', why(agent, on.root));
  });

  it.each([
    ['does not leave when the identity it came by is taken from its agent', { issuer: 'works', subject: 'robot' }, 403],
    ['leaves when its agent is given another identity', undefined, 200],
  ])('%s', async (_what, removeIdentity, status) => {
    const another = { addIdentity: { issuer: 'works', subject: 'twin' }, why: 'a test' };
    const taken = removeIdentity === undefined ? another : { removeIdentity, why: 'a test' };
    const own = await openIdentified(on.upstream, async (file) => {
      await own.lab.admin.patch(`/v1/agents/${file.principal?.agent.id}`, taken);
    });
    try {
      await own.lab.agent({ identities: [{ issuer: 'works', subject: 'robot' }] });
      on.upstream.forget();
      const path = `/kube/demo${NS}/configmaps/features`;
      const asked = { token: own.token, headers: MERGE, body: { data: { a: '1' } } };
      const answer = await own.lab.call('PATCH', path, asked);
      expect([answer.status, answer.body]).toEqual([
        status,
        expect.stringContaining(status === 200 ? '"ConfigMap"' : 'gate/revoked: '),
      ]);
      expect(on.changing()).toEqual(status === 200 ? [`PATCH ${NS}/configmaps/features`] : []);
    } finally {
      await own.close();
    }
  });

  it('names who froze it, and the freeze', async () => {
    let frozen: JsonObject = {};
    const { id, answer } = await changeDuring(async () => {
      frozen = await on.freeze({ kind: 'everything' });
    });
    expect(frozen.by).toBe(on.root);
    expect(answer.json.message).toBe(
      `configmaps "features" is forbidden: gate/freeze: everything is frozen until it is lifted: ${WHY} ` +
        `(${frozen.id}, by root). Reads still pass; wait, or ask root. [${id}]`,
    );
  });

  it.each<[string, 'wants a dry run' | 'wants a copy', string]>([
    ['leaves it no more than a dry run', 'wants a dry run', 'as-dry-run'],
    ['wants the object kept before', 'wants a copy', 'capture'],
  ])('is to be sent again when a bundle is loaded that %s', async (_what, bundle, duty) => {
    // As the first bundle asks for nothing, what was promised of it is not enough for the second.
    await on.load('allows all');
    const { id, answer } = await changeDuring((on) => on.load(bundle));
    expect([answer.status, answer.headers['retry-after'], answer.body]).toEqual([
      429,
      '1',
      expect.stringContaining('gate/new-bundle: '),
    ]);
    expect(answer.body).toContain(duty);
    expect(on.changing()).toEqual([]);
    await expectRefused(id, 'measure/busy', 'gate/new-bundle: ');
  });

  it.each<[string, Withdraw, string]>([
    ['its route is frozen', (on) => on.freeze({ kind: 'route', route: 'shadow' }), 'gate/freeze'],
    ['its level is lowered to 0', (on, { agent }) => on.change(agent, { level: 0 }), 'gate/level-zero'],
    ['its agent is revoked', (on, { agent }) => on.revoke(`agents/${agent}`), 'gate/revoked'],
  ])('does not leave on a route in shadow either when %s', async (_what, withdraw, rule) => {
    const { id, answer } = await changeDuring(withdraw, 'shadow', 'shop-prod');
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining(`${rule}: `)]);
    expect(on.changing()).toEqual([]);
    expect(await on.lab.admin.get(`/v1/decisions/${id}`)).toMatchObject({ decided: { by: 'shadow' } });
    await expectRefused(id, 'identity/revoked', rule);
  });

  it('never was one of an agent at level 0, on a route in shadow either', async () => {
    const { token } = await on.lab.agent({ level: 0 }, 'shadow');
    const body = { data: { a: '1' } };
    const answer = await on.lab.call('PATCH', `/kube/shadow${NS}/configmaps/features`, { token, headers: MERGE, body });
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('gate/level-zero: ')]);
    expect(on.changing()).toEqual([]);
  });

  it.each<[string, Withdraw]>([
    ['another agent is revoked', async (on) => on.revoke(`agents/${(await on.lab.agent()).id}`)],
    [
      'another agent is frozen',
      async (on) => on.freeze({ kind: 'agent', agent: (await on.lab.agent()).id }, { reads: true }),
    ],
    ...ELSEWHERE.map(([what, scope]): [string, Withdraw] => [
      `${what} is frozen`,
      (on) => on.freeze(scope, { reads: true }),
    ]),
    ['its scope is narrowed around it', (on, { agent }) => on.change(agent, scoped({ namespaces: ['shop-dev'] }))],
    ['its level is raised', (on, { agent }) => on.change(agent, { level: 4 })],
    ['the same bundle is loaded again', (on) => on.load('shipped')],
    [
      'a freeze of it was lifted again',
      async (on, { agent }) => {
        await on.freeze({ kind: 'agent', agent });
        await on.thawAll();
      },
    ],
    [
      'a bundle that denies it is gone again',
      async () => {
        await on.load('denies without a reason');
        await on.load('shipped');
      },
    ],
  ])('leaves when %s', async (_what, withdraw) => {
    const { id, answer } = await changeDuring(withdraw);
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('"ConfigMap"')]);
    expect(on.changing()).toEqual([`PATCH ${NS}/configmaps/features`]);
    expect((await on.lab.admin.get(`/v1/decisions/${id}`)).outcome).toMatchObject({ state: 'answered', status: 200 });
  });
});

async function expectRefused(id: string, code: string, why: string): Promise<void> {
  expect(await on.lab.admin.get(`/v1/decisions/${id}`)).toMatchObject({
    decided: { did: 'allow' },
    outcome: {
      ...{ state: 'not-sent', end: 'refused', sent: false, status: null, bytes: 0 },
      error: { code, message: expect.stringContaining(why) },
    },
  });
}

const outcomeOf = (id: string) => expect.poll(async () => (await on.lab.admin.get(`/v1/decisions/${id}`)).outcome);

describe('a watch that is open', () => {
  it.each<[string, Withdraw, Why]>([
    ...FREEZES.map(([what, scope, named]): [string, Withdraw, Why] => [
      `reads of ${what} are frozen`,
      (on, { agent }) => on.freeze(scope(agent), { reads: true }),
      (agent) => `${named(agent)} is frozen until it is lifted: ${WHY} (`,
    ]),
    ...ENDED.map(([what, withdraw, why]): [string, Withdraw, Why] => [
      what,
      withdraw,
      // The rule is told to callers alone; this one hears no more.
      (agent) =>
        why(agent, on.root)
          .replace(/^gate\/[a-z-]+: /, '')
          .replace(/\. .*$/, ''),
    ]),
  ])('is cut when %s, and recorded as cut', async (_what, withdraw, why) => {
    const open = await on.watch();
    await withdraw(on, open);
    expect(await open.over).toBe(false);
    await outcomeOf(open.id).toMatchObject({
      ...{ state: 'cut', end: 'cut', sent: true, status: 200 },
      error: { code: 'identity/revoked', message: expect.stringContaining(why(open.agent, on.root)) },
    });
  });

  it.each<[string, Withdraw]>([
    ...FREEZES.map(([what, scope]): [string, Withdraw] => [
      `changes of ${what} are frozen`,
      (on, { agent }) => on.freeze(scope(agent)),
    ]),
    ...ELSEWHERE.map(([what, scope]): [string, Withdraw] => [
      `reads of ${what} are frozen`,
      (on) => on.freeze(scope, { reads: true }),
    ]),
    ['another agent is revoked', async (on) => on.revoke(`agents/${(await on.lab.agent()).id}`)],
    ['its level is lowered to one that reads', (on, { agent }) => on.change(agent, { level: 1 })],
    ['the same bundle is loaded again', (on) => on.load('shipped')],
  ])('goes on when %s', async (_what, withdraw) => {
    const open = await on.watch();
    await withdraw(on, open);
    const name = `seen-by-${open.agent}`;
    await fetch(`${on.upstream.url}${NS}/configmaps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { name } }),
    });
    await expect.poll(open.shown).toContain(name);
    open.leave();
    await outcomeOf(open.id).toMatchObject({ state: 'broken', end: 'caller-left', sent: true, status: 200 });
  });
});

describe('a freeze', () => {
  const read = (token: string) => on.lab.call('GET', `/kube/demo${NS}/configmaps/features`, { token });
  const write = (token: string, through: Pick<GateLab, 'call'> = on.lab) =>
    through.call('PATCH', `/kube/demo${NS}/configmaps/features`, { token, headers: MERGE, body: { data: { a: '1' } } });

  it.each(FREEZES)('of %s stops changes, lets reads pass, and thawing restores them', async (_what, scope, named) => {
    const agent = await on.lab.agent();
    const { id } = await on.freeze(scope(agent.id));
    const refused = await write(agent.token);
    expect([refused.status, refused.json.message]).toEqual([
      403,
      expect.stringContaining(`gate/freeze: ${named(agent.id)} is frozen until it is lifted: ${WHY} (${id}, by root).`),
    ]);
    expect((await read(agent.token)).status).toBe(200);
    expect(on.changing()).toEqual([]);
    await on.lab.admin.post(`/v1/freezes/${id}/lift`, { why: 'the fire is out' });
    expect((await write(agent.token)).status).toBe(200);
    expect(on.changing()).toHaveLength(1);
  });

  it.each(FREEZES)('of %s with reads stops reads too', async (_what, scope) => {
    const agent = await on.lab.agent();
    await on.freeze(scope(agent.id), { reads: true });
    expect((await read(agent.token)).status).toBe(403);
    expect(on.upstream.calls()).toEqual([]);
    expect((await write(agent.token)).status).toBe(403);
    expect(on.changing()).toEqual([]);
  });

  it('is over by itself at its end, and not before', async () => {
    const clock = { ahead: 0 };
    const own = await startGateLab({
      upstream: { url: on.upstream.url },
      now: () => new Date(Date.now() + clock.ahead),
    });
    try {
      const { token } = await own.agent();
      const until = new Date(Date.now() + 600_000).toISOString();
      await own.admin.post('/v1/freezes', { scope: { kind: 'everything' }, why: 'a test', until });
      const refused = await write(token, own);
      expect([refused.status, refused.json.message]).toEqual([
        403,
        expect.stringContaining(`gate/freeze: everything is frozen until ${until}: a test (`),
      ]);
      clock.ahead = 540_000;
      expect((await write(token, own)).status).toBe(403);
      clock.ahead = 600_000;
      expect((await write(token, own)).status).toBe(200);
    } finally {
      await own.close();
    }
  });

  it('outlives the gate, and its end does', async () => {
    const own = await startGateLab({ upstream: { url: on.upstream.url } });
    // The ports that it was given, to be found again on them.
    const { listen, operate } = own.gate;
    const written = await readFile(own.configFile, 'utf8');
    await writeFile(
      own.configFile,
      written
        .replace('listen: 127.0.0.1:0', `listen: 127.0.0.1:${listen.port}`)
        .replace('operate: 127.0.0.1:0', `operate: 127.0.0.1:${operate.port}`),
    );
    let { gate } = own;
    const restart = async (): Promise<void> => {
      await gate.close();
      gate = await startGate(readConfig(own.configFile));
    };
    try {
      const { token } = await own.agent();
      const { id } = await own.admin.post('/v1/freezes', { scope: { kind: 'everything' }, why: 'a test' });
      await restart();
      const refused = await write(token, own);
      expect([refused.status, refused.json.message]).toEqual([403, expect.stringContaining(`(${id}, by root)`)]);
      expect(on.changing()).toEqual([]);
      await own.admin.post(`/v1/freezes/${id}/lift`, { why: 'a test' });
      await restart();
      expect((await write(token, own)).status).toBe(200);
    } finally {
      await gate.close();
      await own.close();
    }
  });
});

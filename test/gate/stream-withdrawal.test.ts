import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { type Caller, callGate, EXEC, hangUp, nextUpgrade, type Side, type TRIES, upgradeHead } from './stream-lab.ts';
import { ENDED, FREEZES, type Ground, type Held, openGround, WHY, type Why, type Withdraw } from './withdrawals.ts';

let on: Ground;
beforeAll(async () => {
  on = await openGround();
}, 60_000);
afterAll(() => on.close());
beforeEach(async () => {
  await on.load('allows all');
  on.upstream.forget();
});
afterEach(async () => {
  hangUp();
  await on.thawAll();
});

const upgrades = (upstream: RecordingUpstream) =>
  upstream.reached.filter(({ headers }) => headers.upgrade !== undefined).map(({ method, url }) => `${method} ${url}`);

interface Open extends Held {
  readonly id: string;
  readonly caller: Caller;
  readonly there: Side;
}

/** A stream through which something has gone each way, of an agent of its own. */
async function openStream(route: 'demo' | 'shadow', by: keyof typeof TRIES = 'websocket'): Promise<Open> {
  const agent = await on.lab.agent({}, route);
  const said = upgradeHead(agent.token, by, EXEC, route);
  const [there, caller] = await Promise.all([nextUpgrade(on.upstream), callGate(on.lab, said)]);
  caller.socket.write('ping');
  await expect.poll(there.said).toBe('ping');
  there.socket.write('pong');
  await expect.poll(caller.said).toBe('pong');
  const id = String(caller.headers.get('sallyport-decision'));
  const decision = await on.lab.admin.get(`/v1/decisions/${id}`);
  expect(decision).toMatchObject({ decided: { did: 'allow' }, outcome: null });
  const { agent: who } = decision.decided as { agent: { credential_id: string } };
  return { id, caller, there, agent: agent.id, credential: who.credential_id };
}

function outcomeOf(lab: GateLab, id: string) {
  return expect.poll(async () => (await lab.admin.get(`/v1/decisions/${id}`)).outcome, { timeout: 10_000 });
}

/** Without the rule and what to do, which callers alone are told. */
const recorded =
  (why: Why): Why =>
  (agent, root) =>
    why(agent, root)
      .replace(/^gate\/[a-z-]+: /, '')
      .replace(/\. .*$/, '');

describe('a stream that is open', () => {
  it.each<[string, 'demo' | 'shadow', Withdraw, Why]>([
    ...FREEZES.map(([what, scope, named]): [string, 'demo', Withdraw, Why] => [
      `${what} is frozen`,
      'demo',
      (on, { agent }) => on.freeze(scope(agent)),
      (agent) => `${named(agent)} is frozen until it is lifted: ${WHY} (`,
    ]),
    ...ENDED.map(([what, withdraw, why]): [string, 'demo' | 'shadow', Withdraw, Why] => [
      what,
      // A policy that allows all asks for no environment; the shipped one does, in shadow too.
      what.includes('environment') ? 'shadow' : 'demo',
      withdraw,
      recorded(why),
    ]),
  ])('is cut on both sides when %s (route %s), and recorded as cut', async (_what, route, withdraw, why) => {
    if (route === 'shadow') await on.load('shipped');
    const open = await openStream(route);
    await withdraw(on, open);
    await Promise.all([open.caller.ended, open.there.ended]);
    await outcomeOf(on.lab, open.id).toMatchObject({
      ...{ state: 'cut', end: 'cut', sent: true, status: 101 },
      stream: { bytes_in: 4, bytes_out: 4 },
      error: { code: 'identity/revoked', message: expect.stringContaining(why(open.agent, on.root)) },
    });
  });

  it('is cut over SPDY as well, in the middle of what it says', async () => {
    const open = await openStream('demo', 'spdy');
    // More than the buffers on the way hold, to somebody who does not read.
    open.there.socket.pause();
    open.caller.socket.write(Buffer.alloc(32 << 20));
    await on.freeze({ kind: 'everything' });
    await open.caller.ended;
    open.there.socket.resume();
    await open.there.ended;
    expect(open.there.said().length).toBeLessThan(32 << 20);
    await outcomeOf(on.lab, open.id).toMatchObject({ state: 'cut', status: 101 });
  });

  it.each<[string, Withdraw]>([
    ['another agent is revoked', async (on) => on.revoke(`agents/${(await on.lab.agent()).id}`)],
    ['another route is frozen', (on) => on.freeze({ kind: 'route', route: 'other' })],
    ['the same bundle is loaded again', (on) => on.load('allows all')],
  ])('goes on when %s', async (_what, withdraw) => {
    const { id, caller, there, ...held } = await openStream('demo');
    await withdraw(on, held);
    caller.socket.write(' again');
    await expect.poll(there.said).toBe('ping again');
    there.socket.end();
    caller.socket.end();
    await outcomeOf(on.lab, id).toMatchObject({ state: 'answered', end: 'complete', stream: { bytes_in: 10 } });
  });
});

it.each(['websocket', 'spdy'] as const)(
  'a stream over %s that the policy leaves no more than a dry run is not sent: it has none',
  async (by) => {
    await on.load('wants a dry run');
    const { token } = await on.lab.agent();
    const caller = await callGate(on.lab, upgradeHead(token, by));
    caller.socket.end();
    expect([caller.status, await caller.body()]).toEqual([
      403,
      expect.stringContaining('the policy wants a dry run of what has none'),
    ]);
    expect(upgrades(on.upstream)).toEqual([]);
    await outcomeOf(on.lab, String(caller.headers.get('sallyport-decision'))).toMatchObject({
      ...{ state: 'not-sent', end: 'failed', sent: false, error: { code: 'policy/nonsense' } },
    });
  },
);

describe('a stream that is asked for', () => {
  const clock = { ahead: 0 };
  const meanwhile: { act: (() => Promise<unknown>) | undefined } = { act: undefined };
  let lab: GateLab;
  let upstream: RecordingUpstream;
  beforeAll(async () => {
    upstream = await startRecordingUpstream();
    lab = await startGateLab({
      upstream: { url: upstream.url },
      route: { mode: { shadow: { until: new Date(Date.now() + 86_400_000).toISOString() } } },
      now: () => new Date(Date.now() + clock.ahead),
      stall: async () => {
        await meanwhile.act?.();
      },
    });
  });
  afterAll(async () => {
    await lab.close();
    await upstream.close();
  });
  beforeEach(() => upstream.forget());
  afterEach(() => {
    meanwhile.act = undefined;
    clock.ahead = 0;
  });

  it.each(['websocket', 'spdy'] as const)(
    'over %s does not leave when it is frozen after its record and before its first byte',
    async (by) => {
      const { id: agent, token } = await lab.agent();
      let freeze: JsonObject = {};
      meanwhile.act = async () => {
        freeze = await lab.admin.post('/v1/freezes', { scope: { kind: 'agent', agent }, why: WHY });
      };
      const caller = await callGate(lab, `${upgradeHead(token, by)}smuggled`);
      caller.socket.end();
      expect(caller.status).toBe(403);
      expect(JSON.parse(await caller.body())).toMatchObject({
        kind: 'Status',
        reason: 'Forbidden',
        message: expect.stringContaining(
          `gate/freeze: agent ${agent} is frozen until it is lifted: ${WHY} (${freeze.id}`,
        ),
      });
      expect(upgrades(upstream)).toEqual([]);
      await outcomeOf(lab, String(caller.headers.get('sallyport-decision'))).toMatchObject({
        ...{ state: 'not-sent', end: 'refused', sent: false, status: null },
      });
    },
  );

  it('is cut by the clock when the grant has run out', async () => {
    const { token } = await lab.agent({ expires: new Date(Date.now() + 600_000).toISOString() });
    const [there, caller] = await Promise.all([nextUpgrade(upstream), callGate(lab, upgradeHead(token, 'websocket'))]);
    expect(caller.status).toBe(101);
    clock.ahead = 601_000;
    await Promise.all([caller.ended, there.ended]);
    clock.ahead = 0;
    await outcomeOf(lab, String(caller.headers.get('sallyport-decision'))).toMatchObject({
      ...{ state: 'cut', end: 'cut', error: { message: expect.stringContaining('has ended') } },
    });
  });

  it('is cut while the upstream has not answered yet, and nothing is answered', async () => {
    const { id: agent, token } = await lab.agent();
    const coming = nextUpgrade(upstream, () => '');
    const answered = callGate(lab, upgradeHead(token, 'websocket')).then(
      () => 'answered',
      (error: unknown) => String(error),
    );
    const there = await coming;
    await lab.admin.post(`/v1/agents/${agent}/revoke`, { why: 'a test' });
    await there.ended;
    expect(await answered).toContain('the gate closed the connection');
    const [decision] = await lab.decisions('?limit=1');
    await outcomeOf(lab, String(decision?.id)).toMatchObject({ state: 'cut', sent: true, status: null });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callGate, EXEC, hangUp, nextUpgrade, TRIES, upgradeHead } from '../gate/stream-lab.ts';
import { type AttackLab, expectNothingLeaked, startAttackLab } from './attack-lab.ts';

/** What this policy would deny is let through here, so that what is refused is refused for its form. */
let open: AttackLab;
let guarded: AttackLab;
beforeAll(async () => {
  const until = new Date(Date.now() + 86_400_000).toISOString();
  open = await startAttackLab({}, { mode: { shadow: { until } } });
  guarded = await startAttackLab();
});
afterAll(async () => {
  hangUp();
  await Promise.all([open.close(), guarded.close()]);
});
afterEach(() => {
  open.upstream.upgrade = undefined;
  hangUp();
});

const BOTH = ['websocket', 'spdy'] as const;
const MAP = '/api/v1/namespaces/shop-dev/configmaps/features';
/** A request behind the head of an upgrade, as if the connection were still one of HTTP. */
const BEHIND = `DELETE ${MAP} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer the-gates-own-upstream-credential\r\n\r\n`;

/** Says it, whatever comes; the answer, and whether an upgrade or a change got through. */
async function attack(lab: AttackLab, said: string) {
  lab.upstream.forget();
  const { answers, text } = await lab.say(said);
  expectNothingLeaked(lab, text);
  const through = lab.upstream.reached.filter(
    ({ method, headers }) => method !== 'GET' || headers.upgrade !== undefined,
  );
  return { statuses: answers.map(({ status }) => status), through };
}

describe('headers that a Connection header names (CVE-2022-23652), on an upgrade', () => {
  const named = [
    'Authorization',
    'Impersonate-User',
    'Sec-WebSocket-Key',
    'X-Stream-Protocol-Version',
    'Content-Length',
  ];
  it.each(BOTH.flatMap((by) => named.map((name) => [by, name] as const)))('%s: %s', async (by, name) => {
    const said = upgradeHead(open.token, by).replace('Connection: Upgrade', `Connection: Upgrade, ${name}`);
    expect(await attack(open, said)).toEqual({ statuses: [400], through: [] });
  });
});

describe('who somebody says to be, on an upgrade', () => {
  const claims = ['Impersonate-User: admin', 'Impersonate_Group: system:masters', 'X-Remote-User: admin'];
  it.each(BOTH.flatMap((by) => claims.map((claim) => [by, claim] as const)))('%s: %s', async (by, claim) => {
    const said = upgradeHead(open.token, by, EXEC, 'demo', [claim]);
    expect(await attack(open, said)).toEqual({ statuses: [400], through: [] });
  });
});

describe('a bearer token hidden in Sec-WebSocket-Protocol', () => {
  const hidden = 'base64url.bearer.authorization.k8s.io.c3lzdGVt';
  const list = 'Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io';
  it.each([
    ['last', `${list}, ${hidden}`],
    ['first', `Sec-WebSocket-Protocol: ${hidden}, v4.channel.k8s.io`],
    ['alone', `Sec-WebSocket-Protocol: ${hidden}`],
    ['in other letters', `${list}, ${hidden.toUpperCase()}`],
    ['in a header of its own', `${list}\r\nsec-websocket-protocol: ${hidden}`],
  ])('is refused, %s', async (_where, header) => {
    const said = upgradeHead(open.token, 'websocket').replace(list, header);
    expect(await attack(open, said)).toEqual({ statuses: [401], through: [] });
  });

  it('is refused over SPDY as well, where nobody would look for it', async () => {
    const said = upgradeHead(open.token, 'spdy', EXEC, 'demo', [`Sec-WebSocket-Protocol: ${hidden}`]);
    expect(await attack(open, said)).toEqual({ statuses: [401], through: [] });
  });
});

describe('exec by GET (kubernetes#78741)', () => {
  it.each(BOTH)('is no read: an agent that may read is denied it, over %s', async (by) => {
    const { token } = await guarded.lab.agent({ level: 1 });
    const { statuses, through } = await attack(guarded, `${upgradeHead(token, by)}${BEHIND}`);
    expect({ statuses, through }).toEqual({ statuses: [403], through: [] });
    const [newest] = await guarded.lab.decisions('?limit=1');
    expect(newest).toMatchObject({
      decided: {
        ...{ did: 'deny', by: 'policy', reasons: [{ rule: 'level/table' }] },
        call: { action: 'kubernetes:pods/exec:connect', name: 'web', method: TRIES[by][0] },
        input: { action: { class: 'connect', verb: 'connect' }, call: { body: 'streamed' } },
      },
    });
  });

  it.each(BOTH)('is no read: a freeze that lets reads pass stops it, over %s', async (by) => {
    const { id, token } = await open.lab.agent();
    await open.lab.admin.post('/v1/freezes', { scope: { kind: 'agent', agent: id }, why: 'a test' });
    expect((await open.lab.call('GET', `/kube/demo${MAP}`, { token })).status).toBe(200);
    expect(await attack(open, upgradeHead(token, by))).toEqual({ statuses: [403], through: [] });
  });

  it.each(['exec?command=sh', 'attach?stdin=true', 'portforward?ports=80', 'proxy/run'])(
    'and no more is %s without an upgrade or by any other method',
    async (what) => {
      const path = `/kube/demo/api/v1/namespaces/shop-dev/pods/web/${what}`;
      for (const method of ['PUT', 'PATCH', 'DELETE', 'HEAD']) {
        const line = `${method} ${path} HTTP/1.1`;
        const said = `${open.head(line, 'Connection: Upgrade', 'Upgrade: websocket')}\r\n`;
        const { statuses, through } = await attack(open, said);
        expect([method, statuses, through]).toEqual([method, [403], []]);
      }
    },
  );
});

describe('an upgrade that the upstream refuses (CVE-2018-1002105)', () => {
  const refusal = 'HTTP/1.1 403 Forbidden\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nno';
  it.each(BOTH)('leaves no pipe: what is sent behind it reaches nobody, over %s', async (by) => {
    open.upstream.forget();
    const [there, caller] = await Promise.all([
      nextUpgrade(open.upstream, () => refusal),
      callGate(open.lab, `${upgradeHead(open.token, by)}${BEHIND}`),
    ]);
    expect(caller.status).toBe(403);
    for (let i = 0; i < 100; i += 1) caller.socket.write(BEHIND);
    await there.ended;
    caller.socket.end();
    expect(await caller.body()).toBe('no');
    expect(there.said()).toBe('');
    expect(open.upstream.reached.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });
});

describe('an upgrade behind other requests on one connection', () => {
  it.each(BOTH)('closes it, and the gate goes on, over %s', async (by) => {
    const read = `${open.head(`GET /kube/demo${MAP} HTTP/1.1`)}\r\n`;
    const { through } = await attack(open, `${read}${upgradeHead(open.token, by)}${BEHIND}`);
    expect(through).toEqual([]);
    expect((await open.lab.call('GET', `/kube/demo${MAP}`, { token: open.token })).status).toBe(200);
  });
});

describe('a freeze', () => {
  it.each(BOTH)('cuts an exec that is open, on both sides, over %s', async (by) => {
    const { id, token } = await open.lab.agent();
    const [there, caller] = await Promise.all([nextUpgrade(open.upstream), callGate(open.lab, upgradeHead(token, by))]);
    caller.socket.write('rm -rf');
    await expect.poll(there.said).toBe('rm -rf');
    const { id: freeze } = await open.lab.admin.post('/v1/freezes', {
      scope: { kind: 'agent', agent: id },
      why: 'a test',
    });
    await Promise.all([caller.ended, there.ended]);
    caller.socket.write(' /');
    const decision = caller.headers.get('sallyport-decision');
    await expect
      .poll(async () => (await open.lab.admin.get(`/v1/decisions/${decision}`)).outcome)
      .toMatchObject({
        state: 'cut',
        stream: { bytes_in: 6, bytes_out: 0 },
        error: { message: expect.stringContaining(String(freeze)) },
      });
    expect(there.said()).toBe('rm -rf');
    expect(await attack(open, upgradeHead(token, by))).toEqual({ statuses: [403], through: [] });
  });
});

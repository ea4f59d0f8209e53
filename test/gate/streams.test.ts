import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dial } from '../attacks/raw-client.ts';
import { dataSite } from '../lab/data-site.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { acceptOf, type Caller, callGate, EXEC, hangUp, nextUpgrade, switching, upgradeHead } from './stream-lab.ts';

let upstream: RecordingUpstream;
let lab: GateLab;
let folder: string;
let agent: { readonly id: string; readonly token: string };
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  folder = await mkdtemp(join(tmpdir(), 'sallyport-streams-'));
  // The shipped policy lets nobody exec; in shadow mode what it says stops nothing.
  const until = new Date(Date.now() + 86_400_000).toISOString();
  lab = await startGateLab({
    upstream: { url: upstream.url, token: 'the-gates-own' },
    route: { mode: { shadow: { until } } },
    // As shipped, who fails so often is frozen.
    config: { limits: { upstreamTimeout: '2s' }, bundle: await dataSite(folder, { stops: {} }) },
  });
  agent = await lab.agent();
});
afterAll(async () => {
  await lab.close();
  await rm(folder, { recursive: true, force: true });
  await upstream.close();
});
beforeEach(() => upstream.forget());
afterEach(() => {
  upstream.upgrade = undefined;
  hangUp();
});

const call = (said: string): Promise<Caller> => callGate(lab, said);

/** A stream through the gate, both its ends. */
async function open(by: 'websocket' | 'spdy' = 'websocket') {
  const [there, caller] = await Promise.all([nextUpgrade(upstream), call(upgradeHead(agent.token, by))]);
  expect(caller.status).toBe(101);
  return { caller, there };
}

/** How a call ended, once that is on the record. */
function outcomeOf(caller: Caller) {
  const id = caller.headers.get('sallyport-decision');
  return expect.poll(async () => (await lab.admin.get(`/v1/decisions/${id}`)).outcome, { timeout: 10_000 });
}

const upgrades = () => upstream.reached.filter(({ headers }) => headers.upgrade !== undefined);

describe('an upgrade', () => {
  it('by WebSocket leaves with the headers that were judged, and the handshake’s', async () => {
    const more = ['X-Other: 1', 'Cookie: a=b', 'Sec-WebSocket-Extensions: permessage-deflate', 'User-Agent: kubectl'];
    const [there, caller] = await Promise.all([
      nextUpgrade(upstream),
      call(upgradeHead(agent.token, 'websocket', EXEC, 'demo', more)),
    ]);
    expect(there.request).toMatchObject({ method: 'GET', url: EXEC });
    expect(there.request.headers).toEqual({
      host: new URL(upstream.url).host,
      'user-agent': 'kubectl',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-extensions': 'permessage-deflate',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': 'v5.channel.k8s.io, v4.channel.k8s.io',
      'sec-websocket-version': '13',
      authorization: 'Bearer the-gates-own',
      'impersonate-user': `sallyport:agent:${agent.id}`,
      'impersonate-group': 'sallyport:agents',
    });
    expect([caller.status, Object.fromEntries(caller.headers)]).toEqual([
      101,
      {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-accept': acceptOf('dGhlIHNhbXBsZSBub25jZQ=='),
        'sec-websocket-protocol': 'v5.channel.k8s.io',
        'sallyport-decision': expect.any(String),
        'sallyport-outcome': 'allow',
      },
    ]);
  });

  it('by SPDY leaves with its versions a line each', async () => {
    const { caller, there } = await open('spdy');
    expect(there.request).toMatchObject({ method: 'POST', url: EXEC });
    expect(there.request.rawHeaders.filter((_, at, raw) => /^x-stream/i.test(raw[at - 1] ?? ''))).toEqual([
      'v5.channel.k8s.io',
      'v4.channel.k8s.io',
    ]);
    expect(there.request.headers).toMatchObject({ upgrade: 'SPDY/3.1', 'content-length': '0' });
    expect(Object.fromEntries(caller.headers)).toMatchObject({
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'v5.channel.k8s.io',
    });
  });

  it('to a proxied program is a stream as well', async () => {
    const path = '/api/v1/namespaces/shop-dev/services/web/proxy/live';
    const [there, caller] = await Promise.all([
      nextUpgrade(upstream),
      call(upgradeHead(agent.token, 'websocket', path)),
    ]);
    expect([there.request.url, caller.status]).toEqual([path, 101]);
  });

  it('may come on a connection that has carried other calls, once they are answered', async () => {
    const socket = dial({ origin: lab.origin, caPem: lab.gate.caPem });
    socket.write('GET /kube/demo/api HTTP/1.1\r\nHost: gate\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*\}\n$/);
    const coming = nextUpgrade(upstream);
    const caller = await callGate(lab, upgradeHead(agent.token, 'websocket'), socket);
    expect(caller.status).toBe(101);
    (await coming).socket.write('hello');
    await expect.poll(caller.said).toBe('hello');
  });

  it('is recorded before and after, with the bytes each way', async () => {
    const { caller, there } = await open();
    caller.socket.write('12345');
    there.socket.write('123');
    await expect.poll(there.said).toBe('12345');
    await expect.poll(caller.said).toBe('123');
    const id = caller.headers.get('sallyport-decision');
    expect(await lab.admin.get(`/v1/decisions/${id}`)).toMatchObject({
      asked: { call: { action: 'kubernetes:pods/exec:connect' } },
      decided: {
        did: 'allow',
        by: 'shadow',
        input: {
          call: { method: 'GET', body: 'streamed' },
          action: {
            class: 'connect',
            verb: 'connect',
            resource: 'pods/exec',
            args: { command: ['sh'], stdin: true, stdout: true },
          },
          target: { namespace: 'shop-dev', name: 'web' },
        },
      },
      outcome: null,
    });
    there.socket.end();
    caller.socket.end();
    await outcomeOf(caller).toMatchObject({
      ...{ state: 'answered', end: 'complete', sent: true, status: 101, bytes: 3, error: null },
      stream: { bytes_in: 5, bytes_out: 3 },
    });
  });
});

describe('what is known of the object that a stream goes to', () => {
  const pod = (name: string) => ({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name, namespace: 'shop-dev', uid: 'u-1', labels: { 'sallyport.dev/service': 'till' } },
  });

  it.each<[string, 'websocket' | 'spdy', string, string]>([
    ['exec', 'websocket', 'pods/web/exec?command=sh', 'pods/web'],
    ['exec', 'spdy', 'pods/web/exec?command=sh', 'pods/web'],
    ['port-forward', 'spdy', 'pods/web/portforward', 'pods/web'],
    ['a proxy', 'websocket', 'pods/web/proxy/a/b', 'pods/web'],
    ['a proxy to a port', 'websocket', 'pods/web:8080/proxy', 'pods/web'],
    ['a proxy by a scheme', 'websocket', 'services/https:web:8443/proxy/x', 'services/web'],
    ['a proxy by a scheme to no port', 'spdy', 'services/https:web:/proxy/x', 'services/web'],
  ])('%s over %s: %s', async (_what, by, path, read) => {
    const place = '/api/v1/namespaces/shop-dev';
    upstream.fault = (request, response) => {
      if (request.url !== `${place}/${read}`) return false;
      response.end(JSON.stringify(pod('web')));
      return true;
    };
    try {
      const said = upgradeHead(agent.token, by, `${place}/${path}`);
      const [, caller] = await Promise.all([nextUpgrade(upstream), call(said)]);
      expect(caller.status).toBe(101);
      const id = caller.headers.get('sallyport-decision');
      expect((await lab.admin.get(`/v1/decisions/${id}`)).decided).toMatchObject({
        input: {
          target: { exists: true, uid: 'u-1', labels: { object: { service: 'till' } } },
          blast: { known: false },
          action: { change: { paths: 'unknown', escalates: 'unknown' } },
        },
      });
    } finally {
      upstream.fault = undefined;
    }
  });
});

describe('what flows through a stream', () => {
  it.each(['websocket', 'spdy'] as const)(
    'over %s is what came with the heads and after, byte for byte',
    async (by) => {
      const sent = randomBytes(300_000).toString('latin1');
      const reply = randomBytes(300_000).toString('latin1');
      const [there, caller] = await Promise.all([
        nextUpgrade(upstream, (request) => `${switching(request)}${reply.slice(0, 7)}`),
        call(`${upgradeHead(agent.token, by)}${sent.slice(0, 9)}`),
      ]);
      caller.socket.write(Buffer.from(sent.slice(9), 'latin1'));
      there.socket.write(Buffer.from(reply.slice(7), 'latin1'));
      await expect.poll(() => there.said().length, { timeout: 10_000 }).toBe(sent.length);
      await expect.poll(() => caller.said().length, { timeout: 10_000 }).toBe(reply.length);
      expect(there.said() === sent && caller.said() === reply).toBe(true);
    },
  );

  it('goes on from the upstream when the caller has ended its half', async () => {
    const { caller, there } = await open();
    caller.socket.end('question');
    await there.ended;
    expect([there.said(), there.socket.destroyed]).toEqual(['question', false]);
    there.socket.write('half an ');
    await expect.poll(caller.said).toBe('half an ');
    there.socket.end('answer');
    await caller.closed;
    expect(caller.said()).toBe('half an answer');
    await outcomeOf(caller).toMatchObject({ end: 'complete', stream: { bytes_in: 8, bytes_out: 14 } });
  });

  it('goes on from the caller when the upstream has ended its half', async () => {
    const { caller, there } = await open('spdy');
    there.socket.end('that is all');
    await caller.ended;
    expect([caller.said(), caller.socket.destroyed]).toEqual(['that is all', false]);
    caller.socket.end('thanks');
    await there.closed;
    expect(there.said()).toBe('thanks');
    await outcomeOf(caller).toMatchObject({ end: 'complete', stream: { bytes_in: 6, bytes_out: 11 } });
  });

  it.each(['upstream', 'caller'] as const)('waits in its sender while the %s does not read', async (slow) => {
    const { caller, there } = await open();
    const [from, to] = slow === 'upstream' ? [caller, there] : [there, caller];
    const piece = randomBytes(1 << 20);
    const pieces = 64;
    to.socket.pause();
    for (let i = 0; i < pieces; i += 1) from.socket.write(piece);
    // Nothing more is taken once the buffers on the way are full.
    let left = Number.NaN;
    await expect
      .poll(
        () => {
          const before = left;
          left = from.socket.writableLength;
          return left === before;
        },
        { interval: 300, timeout: 15_000 },
      )
      .toBe(true);
    expect(left).toBeGreaterThan(32 << 20);
    const digest = createHash('sha256');
    to.socket.on('data', (chunk: Buffer) => digest.update(chunk));
    from.socket.end();
    to.socket.resume();
    await to.ended;
    const whole = createHash('sha256');
    for (let i = 0; i < pieces; i += 1) whole.update(piece);
    expect(digest.digest('hex')).toBe(whole.digest('hex'));
  });

  it('ends with the upstream’s connection when the caller is gone', async () => {
    const { caller, there } = await open();
    caller.socket.write('going');
    await expect.poll(there.said).toBe('going');
    caller.socket.destroy();
    await there.ended;
    there.socket.end();
    await there.closed;
    await outcomeOf(caller).toMatchObject({ sent: true, status: 101, stream: { bytes_in: 5, bytes_out: 0 } });
  });

  it('is passed on to the last byte when the upstream breaks off, and said to be broken', async () => {
    const { caller, there } = await open();
    there.socket.write('almost');
    await expect.poll(caller.said).toBe('almost');
    if ('resetAndDestroy' in there.socket && typeof there.socket.resetAndDestroy === 'function')
      there.socket.resetAndDestroy();
    await caller.ended;
    caller.socket.end();
    await outcomeOf(caller).toMatchObject({
      ...{ state: 'broken', end: 'upstream-broke', status: 101, error: { code: 'upstream/unreachable' } },
      stream: { bytes_in: 0, bytes_out: 6 },
    });
  });
});

const STATUS = '{"kind":"Status","status":"Failure","message":"container not found","code":404}';
const answerOf = (line: string, body: string, ...headers: readonly string[]) =>
  [`HTTP/1.1 ${line}`, `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n');

describe('an upgrade that the upstream refuses', () => {
  it.each([
    ['an error', answerOf('404 Not Found', STATUS, 'Content-Type: application/json'), 404, STATUS],
    ['an ordinary answer', answerOf('200 OK', 'page', 'Connection: Upgrade', 'Upgrade: websocket'), 200, 'page'],
    ['a redirect', answerOf('302 Found', '', 'Location: http://elsewhere/'), 302, ''],
    [
      'an answer in chunks',
      'HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwell\r\n0\r\n\r\n',
      500,
      '4\r\nwell\r\n0\r\n\r\n',
    ],
  ])('with %s has that answer, and nothing that the caller writes gets there', async (_what, said, status, body) => {
    const [there, caller] = await Promise.all([
      nextUpgrade(upstream, () => said),
      call(`${upgradeHead(agent.token, 'websocket')}smuggled with the head`),
    ]);
    caller.socket.write('smuggled later');
    expect([caller.status, caller.headers.get('connection')]).toEqual([status, 'close']);
    expect(caller.headers.has('upgrade')).toBe(false);
    await there.ended;
    expect(there.said()).toBe('');
    caller.socket.end();
    expect(await caller.body()).toBe(body);
    await outcomeOf(caller).toMatchObject({ state: 'answered', end: 'complete', sent: true, status });
    expect(upgrades()).toHaveLength(1);
  });

  it.each<[string, 'websocket' | 'spdy', string]>([
    ['to nothing', 'websocket', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    [
      'to another protocol',
      'websocket',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
    ],
    [
      'to another protocol',
      'spdy',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    [
      'without the answer to the key',
      'websocket',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n',
    ],
    [
      'to a subprotocol that was not offered',
      'websocket',
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${acceptOf('dGhlIHNhbXBsZSBub25jZQ==')}\r\nSec-WebSocket-Protocol: v1.channel.k8s.io\r\n\r\n`,
    ],
    [
      'with an extension that was not offered',
      'websocket',
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${acceptOf('dGhlIHNhbXBsZSBub25jZQ==')}\r\nSec-WebSocket-Extensions: x-more\r\n\r\n`,
    ],
    [
      'to a version that was not offered',
      'spdy',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v1.channel.k8s.io\r\n\r\n',
    ],
  ])('by switching %s (%s) is answered with 502', async (_what, by, said) => {
    const [there, caller] = await Promise.all([
      nextUpgrade(upstream, () => `${said}early`),
      call(`${upgradeHead(agent.token, by)}smuggled`),
    ]);
    expect(caller.status).toBe(502);
    caller.socket.write('more');
    caller.socket.end();
    const body = await caller.body();
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', code: 502 });
    expect(body).toContain('did not switch to the protocol that was asked for');
    expect(body).not.toContain('early');
    await there.ended;
    expect(there.said()).toBe('');
    await outcomeOf(caller).toMatchObject({
      ...{ state: 'broken', end: 'failed', sent: true, status: null, error: { code: 'upstream/unreachable' } },
    });
  });

  it.each<[string, string, number, string]>([
    ['by closing the connection', 'close', 502, 'upstream/unreachable'],
    ['by saying nothing', '', 504, 'upstream/timeout'],
    ['by half a head', 'HTTP/1.1 101 Switching', 504, 'upstream/timeout'],
    ['by another protocol', '\x15\x03\x01\x00\x02\x02\x0a', 502, 'upstream/unreachable'],
  ])('%s is answered with a Status', async (_what, said, status, code) => {
    upstream.upgrade = (_request, socket) => (said === 'close' ? socket.destroy() : socket.write(said, 'latin1'));
    const caller = await call(`${upgradeHead(agent.token, 'websocket')}smuggled`);
    expect(caller.status).toBe(status);
    caller.socket.end();
    expect(JSON.parse(await caller.body())).toMatchObject({ kind: 'Status', code: status });
    await outcomeOf(caller).toMatchObject({ state: 'broken', end: 'failed', sent: true, error: { code } });
  });

  it('is judged anew when it is asked for again over SPDY', async () => {
    const refuse = () => answerOf('400 Bad Request', STATUS, 'Content-Type: application/json');
    const ids: (string | undefined)[] = [];
    for (const by of ['websocket', 'spdy'] as const) {
      const [, caller] = await Promise.all([nextUpgrade(upstream, refuse), call(upgradeHead(agent.token, by))]);
      expect(caller.status).toBe(400);
      ids.push(caller.headers.get('sallyport-decision'));
    }
    expect(new Set(ids).size).toBe(2);
    expect(upgrades()).toHaveLength(2);
  });
});

it('a caller that leaves before the upstream has answered takes the connection upstream along', async () => {
  const coming = nextUpgrade(upstream, () => '');
  const { listen } = lab.gate;
  const below = connect(listen.port, listen.host);
  const socket = connectTls({ socket: below, ca: lab.gate.caPem });
  socket.on('error', () => undefined);
  socket.write(upgradeHead(agent.token, 'websocket'));
  const there = await coming;
  below.resetAndDestroy();
  await there.ended;
  const [decision] = await lab.decisions('?limit=1');
  await expect
    .poll(async () => (await lab.admin.get(`/v1/decisions/${decision?.id}`)).outcome)
    .toMatchObject({ state: 'broken', end: 'caller-left', sent: true, status: null });
});

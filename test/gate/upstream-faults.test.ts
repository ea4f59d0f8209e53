import { createServer } from 'node:http';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type GateLab, startGateLab } from './gate-lab.ts';
import { type Fault, type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

/** These gates have much to complain of, and are asserted on by what they answer and record. */
const logger = pino({ level: 'silent' });

const NS = '/kube/demo/api/v1/namespaces/shop-dev';

let upstream: RecordingUpstream;
let lab: GateLab;
let token: string;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url }, config: { limits: { upstreamTimeout: '400ms' } } });
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});
beforeEach(async () => {
  // A fix that failed twice is for people: each test has an agent that tries it for the first time.
  token = (await lab.agent()).token;
  upstream.forget();
});
afterEach(() => {
  upstream.fault = undefined;
});

type Misbehaviour = (...[request, response]: Parameters<Fault>) => unknown;

const read = () => lab.call('GET', `${NS}/configmaps`, { token });
const change = () =>
  lab.call('PATCH', `${NS}/configmaps/features`, {
    token,
    body: { data: { checkout: 'new' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });

/** The upstream misbehaves for what is forwarded, not for what the gate asks of it. */
function misbehave(how: Misbehaviour): void {
  upstream.fault = (request, response, reached) => {
    const { method, url = '' } = request;
    const forwarded = method === 'GET' ? url.endsWith('/configmaps') : method === 'PATCH' && !url.includes('dryRun');
    if (forwarded) how(request, response, reached);
    return forwarded;
  };
}

/** What reached the upstream of changes, dry runs left out. */
const changes = () => upstream.calls().filter(({ method, url }) => method !== 'GET' && !url.includes('dryRun'));

/** It is recorded when the answer has ended, so it may come a moment after that. */
const outcomeOf = (id: unknown) => expect.poll(async () => (await lab.admin.get(`/v1/decisions/${id}`)).outcome);

describe('an upstream that does not answer well', () => {
  it.each<[string, Misbehaviour, number, string]>([
    ['resets the connection', ({ socket }) => socket.resetAndDestroy(), 502, 'upstream/unreachable'],
    ['ends the connection', ({ socket }) => socket.end(), 502, 'upstream/unreachable'],
    ['answers garbage', ({ socket }) => socket.end('NONSENSE\r\n\r\n'), 502, 'upstream/unreachable'],
    [
      'answers as another protocol',
      ({ socket }) => socket.end('\x15\x03\x01\x00\x02\x02\x0a'),
      502,
      'upstream/unreachable',
    ],
    ['answers half a head', ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nContent-'), 502, 'upstream/unreachable'],
    [
      'answers two lengths',
      ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'),
      502,
      'upstream/unreachable',
    ],
    [
      'answers a huge head',
      ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`),
      502,
      'upstream/unreachable',
    ],
    [
      'switches protocols unasked',
      ({ socket }) => socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      502,
      'upstream/unreachable',
    ],
    ['says nothing', () => undefined, 504, 'upstream/timeout'],
    ['says nothing but that it goes on', (_request, response) => response.writeContinue(), 504, 'upstream/timeout'],
  ])(
    '%s: the caller gets a Status, the outcome is recorded, nothing is tried again',
    async (_what, how, status, code) => {
      misbehave(how);
      for (const act of [read, change]) {
        const answer = await act();
        expect(answer).toMatchObject({ status, json: { kind: 'Status', status: 'Failure', code: status } });
        expect(answer.headers['sallyport-outcome']).toBe('deny');
        const id = answer.headers['sallyport-decision'];
        await outcomeOf(id).toMatchObject({
          state: 'broken',
          end: 'failed',
          sent: true,
          status: null,
          error: { code },
        });
        expect(answer.json.message).toContain(String(id));
      }
      expect(changes()).toHaveLength(1);
      expect(
        upstream.calls().filter(({ method, url }) => method === 'GET' && url.endsWith('/configmaps')),
      ).toHaveLength(1);
    },
  );

  it.each<[string, Misbehaviour]>([
    [
      'in the middle of a body with a length',
      ({ socket }, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('x'.repeat(10), () => socket.destroy());
      },
    ],
    [
      'in the middle of a body in chunks',
      ({ socket }, response) => {
        response.writeHead(200);
        response.write('x'.repeat(10), () => socket.destroy());
      },
    ],
    [
      'by a reset',
      ({ socket }, response) => {
        response.writeHead(200);
        response.write('x'.repeat(10), () => socket.resetAndDestroy());
      },
    ],
    [
      'with a chunk that is none',
      ({ socket }) =>
        socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nxxxxxxxxxx\r\nNONSENSE\r\n'),
    ],
  ])('breaks off %s: so does the answer, the outcome says so, nothing is tried again', async (_what, how) => {
    misbehave(how);
    for (const act of [read, change]) {
      const size = await lab.gate.store.size();
      await expect(act()).rejects.toThrow(/aborted|hang up|ECONNRESET/);
      await expect
        .poll(async () =>
          (await lab.gate.store.leaves(size, 10))
            .map(({ leaf }) => JSON.parse(leaf))
            .find(({ kind }) => kind === 'outcome'),
        )
        .toMatchObject({
          state: 'broken',
          end: 'upstream-broke',
          sent: true,
          status: 200,
          error: { code: 'upstream/unreachable' },
        });
    }
    expect(changes()).toHaveLength(1);
  });

  it.each([401, 403, 409, 429, 500, 503])(
    'answers %i: the caller gets just that, and the outcome says so',
    async (status) => {
      misbehave((_request, response) => {
        response.writeHead(status, { 'retry-after': '1', 'content-type': 'application/json' });
        response.end('{"kind":"Status"}');
      });
      const answer = await change();
      expect(answer).toMatchObject({ status, json: { kind: 'Status' }, headers: { 'sallyport-outcome': 'allow' } });
      await outcomeOf(answer.headers['sallyport-decision']).toMatchObject({
        state: 'answered',
        end: 'complete',
        status,
      });
      expect(changes()).toHaveLength(1);
    },
  );

  it.each([301, 302, 303, 307, 308])('redirects with %i: nobody follows', async (status) => {
    const visits: string[] = [];
    const elsewhere = createServer(({ url = '' }, response) => {
      visits.push(url);
      response.end('{}');
    });
    await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
    const address = elsewhere.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    misbehave((_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${port}/stolen` });
      response.end();
    });
    for (const act of [read, change]) expect((await act()).status).toBe(status);
    expect(changes()).toHaveLength(1);
    expect(visits).toEqual([]);
    await new Promise((closed) => elsewhere.close(closed));
  });

  it('answers before it has read the body: the caller gets the answer', async () => {
    const early = createServer((request, response) => {
      if (request.method === 'POST') {
        response.writeHead(413, { connection: 'close', 'content-length': 2 });
        response.end('no', () => request.socket.destroySoon());
      } else response.writeHead(307, { location: upstream.url + request.url }).end();
    });
    await new Promise<void>((listening) => early.listen(0, '127.0.0.1', listening));
    const address = early.address();
    const other = await startGateLab({
      upstream: { url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}` },
      logger,
      route: { mode: { shadow: { until: '2099-01-01' } } },
    });
    try {
      const agent = await other.agent({ level: 4 });
      const object = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'x' },
        data: { a: 'x'.repeat(1_000_000) },
      };
      const answer = await other.call('POST', `${NS}/configmaps`, { token: agent.token, body: object });
      expect([answer.status, answer.body]).toEqual([413, 'no']);
      expect(await other.admin.get(`/v1/decisions/${answer.headers['sallyport-decision']}`)).toMatchObject({
        outcome: { state: 'answered', status: 413 },
      });
    } finally {
      await other.close();
      await new Promise((closed) => early.close(closed));
    }
  });
});

describe('an upstream that is down', () => {
  it('is a 502 for reads, with an outcome that says that nothing was sent', async () => {
    const gone = await startRecordingUpstream();
    const other = await startGateLab({ upstream: { url: gone.url }, logger });
    const agent = await other.agent();
    await gone.close();
    try {
      const answer: Answer = await other.call('GET', `${NS}/configmaps`, { token: agent.token });
      expect(answer).toMatchObject({ status: 502, json: { kind: 'Status', reason: 'BadGateway', code: 502 } });
      expect(await other.admin.get(`/v1/decisions/${answer.headers['sallyport-decision']}`)).toMatchObject({
        outcome: {
          state: 'not-sent',
          end: 'failed',
          sent: false,
          status: null,
          error: { code: 'upstream/unreachable' },
        },
      });
    } finally {
      await other.close();
    }
  });
});

describe('a record that cannot be written', () => {
  it('is a 503 for every call, and nothing is forwarded or even asked', async () => {
    const other = await startGateLab({ upstream: { url: upstream.url }, logger });
    const agent = await other.agent();
    await other.gate.store.close();
    upstream.forget();
    const calls = [
      other.call('GET', `${NS}/configmaps`, { token: agent.token }),
      other.call('DELETE', `${NS}/configmaps/features`, { token: agent.token }),
      other.call('PATCH', `${NS}/configmaps/features`, {
        token: agent.token,
        body: { data: {} },
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
      other.call('GET', `${NS}/secrets`, { token: agent.token }),
      other.call('GET', `${NS}/configmaps`),
      other.call('GET', `${NS}/configmaps/..%2f`, { token: agent.token }),
    ];
    for (const answer of await Promise.all(calls)) {
      expect(answer).toMatchObject({ status: 503, json: { kind: 'Status', reason: 'ServiceUnavailable', code: 503 } });
    }
    expect(upstream.calls()).toEqual([]);
    await other.close();
  });
});

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Leaf, Store } from '../../src/record/store.ts';
import { dial } from '../attacks/raw-client.ts';
import { type GateLab, type GateLabOptions, startGateLab } from './gate-lab.ts';
import { type Reached, type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const NS = '/kube/demo/api/v1/namespaces/shop-dev';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const CHANGE = JSON.stringify({ data: { checkout: 'new' } });

/** Something that happens, to be waited for. */
function signal<T = void>(): { readonly happened: Promise<T>; readonly happen: (value: T) => void } {
  let happen: (value: T) => void = () => undefined;
  const happened = new Promise<T>((resolve) => {
    happen = resolve;
  });
  return { happened, happen };
}

let upstream: RecordingUpstream;
let stall: GateLabOptions['stall'];
let lab: GateLab;
let token: string;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url }, stall: async (file) => stall?.(file) });
  token = (await lab.agent()).token;
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});
beforeEach(() => upstream.forget());
afterEach(() => {
  upstream.fault = undefined;
  stall = undefined;
});

/** Keeps the first request that fits from being answered, and tells of it. */
function hold(fits: (reached: Reached) => boolean): Promise<{ readonly response: ServerResponse }> {
  const { happened, happen } = signal<{ readonly response: ServerResponse }>();
  upstream.fault = (_incoming, response, reached) => {
    if (!fits(reached)) return false;
    happen({ response });
    return true;
  };
  return happened;
}

const isRead = ({ method, url }: Reached) => method === 'GET' && url.endsWith('/configmaps');
const isDryRun = ({ url }: Reached) => url.includes('dryRun=All');
const isChange = ({ method, url }: Reached) => method === 'PATCH' && !url.includes('dryRun');

/** A call whose caller can leave: on a connection of its own, without waiting for an answer. */
function start(method: string, path: string, body = ''): { leave(): void; readonly gone: Promise<unknown> } {
  const sending = request(`${lab.origin}${path}`, {
    method,
    agent: new Agent({ ca: lab.gate.caPem }),
    headers: { authorization: `Bearer ${token}`, ...(body === '' ? {} : MERGE), 'content-length': body.length },
  });
  sending.on('error', () => undefined);
  const gone = new Promise((closed) => sending.once('close', closed));
  sending.end(body);
  return { leave: () => sending.destroy(), gone };
}

async function outcomes(store: Store, from: number): Promise<readonly unknown[]> {
  const leaves: readonly Leaf[] = await store.leaves(from, 1000);
  return leaves.filter(({ kind }) => kind === 'outcome').map(({ leaf }) => JSON.parse(leaf));
}

describe('a caller that leaves', () => {
  it('while the upstream thinks: the request there is ended, and the outcome says so', async () => {
    const from = await lab.gate.store.size();
    const held = hold(isRead);
    const call = start('GET', `${NS}/configmaps`);
    const { response } = await held;
    const ended = once(response, 'close');
    call.leave();
    await ended;
    expect(response.writableEnded).toBe(false);
    await expect
      .poll(() => outcomes(lab.gate.store, from))
      .toMatchObject([{ state: 'broken', end: 'caller-left', sent: true, status: null }]);
  });

  it('in the middle of an answer: likewise', async () => {
    const from = await lab.gate.store.size();
    const held = hold(isRead);
    const call = start('GET', `${NS}/configmaps`);
    const { response } = await held;
    const ended = once(response, 'close');
    response.writeHead(200);
    response.write('x'.repeat(10));
    await expect
      .poll(() => lab.admin.get('/v1/decisions?limit=1'))
      .toMatchObject({ decisions: [{ decided: { did: 'allow' } }] });
    call.leave();
    await ended;
    await expect
      .poll(() => outcomes(lab.gate.store, from))
      .toMatchObject([{ state: 'broken', end: 'caller-left', sent: true }]);
  });

  it('while its change is measured: nothing is changed, and the outcome says that nothing was sent', async () => {
    const from = await lab.gate.store.size();
    const held = hold(isDryRun);
    const call = start('PATCH', `${NS}/configmaps/features`, CHANGE);
    const { response } = await held;
    call.leave();
    await call.gone;
    upstream.fault = undefined;
    await seenByGate();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...JSON.parse(await liveObject()), data: { checkout: 'new', suggestions: 'on' } }));
    await expect
      .poll(() => outcomes(lab.gate.store, from))
      .toContainEqual(expect.objectContaining({ state: 'not-sent', end: 'caller-left', sent: false, status: null }));
    expect(upstream.calls().filter(isChange)).toEqual([]);
  });

  it('between the record and the first byte: likewise', async () => {
    const from = await lab.gate.store.size();
    const stalled = signal();
    const released = signal();
    stall = () => {
      stalled.happen();
      return released.happened;
    };
    const call = start('PATCH', `${NS}/configmaps/features`, CHANGE);
    await stalled.happened;
    call.leave();
    await call.gone;
    await seenByGate();
    released.happen();
    await expect
      .poll(() => outcomes(lab.gate.store, from))
      .toContainEqual(expect.objectContaining({ state: 'not-sent', end: 'caller-left', sent: false, status: null }));
    expect(upstream.calls().filter(isChange)).toEqual([]);
  });

  it('while its pipelined call waits for its turn: the outcome of both is recorded', async () => {
    const from = await lab.gate.store.size();
    const both = signal();
    let waiting = 0;
    upstream.fault = (_incoming, _response, reached) => {
      if (!isRead(reached)) return false;
      waiting += 1;
      if (waiting === 2) both.happen();
      return true;
    };
    const socket = dial({ origin: lab.origin, caPem: lab.gate.caPem });
    await once(socket, 'secureConnect');
    const said = `GET ${NS}/configmaps HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    socket.write(said + said);
    await both.happened;
    socket.destroy();
    await expect
      .poll(() => outcomes(lab.gate.store, from))
      .toMatchObject([
        { end: 'caller-left', sent: true },
        { end: 'caller-left', sent: true },
      ]);
  });
});

/** A call on another connection, started after the caller left and answered: by then the gate has seen the end of it. */
async function seenByGate(): Promise<void> {
  const { fault } = upstream;
  const held = stall;
  stall = undefined;
  upstream.fault = undefined;
  await lab.call('GET', '/kube/demo/version', { token });
  upstream.fault = fault;
  stall = held;
}

async function liveObject(): Promise<string> {
  return (await lab.call('GET', `${NS}/configmaps/features`, { token })).body;
}

describe('an agent that is revoked', () => {
  it('while the upstream thinks: the call is cut, and the outcome says so', async () => {
    const { id, token: theirs } = await lab.agent();
    const held = hold(isRead);
    const answer = lab.call('GET', `${NS}/configmaps`, { token: theirs });
    const refused = expect(answer).rejects.toThrow(/hang up|ECONNRESET|aborted/);
    const { response } = await held;
    const from = await lab.gate.store.size();
    const ended = once(response, 'close');
    await lab.admin.post(`/v1/agents/${id}/revoke`, { why: 'a test' });
    await refused;
    await ended;
    await expect
      .poll(() => outcomes(lab.gate.store, from))
      .toMatchObject([{ state: 'cut', end: 'cut', sent: true, status: null, error: { code: 'identity/revoked' } }]);
  });
});

describe('a caller that reads slowly', () => {
  it('makes the upstream wait, not the gate remember; in the end everything arrives', async () => {
    const chunk = Buffer.alloc(1_000_000, 'x');
    const chunks = 100;
    let written = 0;
    upstream.fault = (_incoming, response, reached) => {
      if (!isRead(reached)) return false;
      response.writeHead(200, { 'content-length': chunk.length * chunks });
      void (async () => {
        for (; written < chunks; written++) if (!response.write(chunk)) await once(response, 'drain');
        response.end();
      })();
      return true;
    };
    const socket = dial({ origin: lab.origin, caPem: lab.gate.caPem });
    await once(socket, 'secureConnect');
    socket.write(
      `GET ${NS}/configmaps HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
    // Nothing is read: what moves now moves into buffers alone, until they are full.
    let before = -1;
    await expect
      .poll(
        () => {
          const stands = written > 0 && written === before;
          before = written;
          return stands;
        },
        { interval: 300, timeout: 15_000 },
      )
      .toBe(true);
    expect(written).toBeLessThan(chunks / 2);
    let received = 0;
    socket.on('data', (data: Buffer) => {
      received += data.length;
    });
    await once(socket, 'close');
    expect(written).toBe(chunks);
    expect(received).toBeGreaterThan(chunk.length * chunks);
    const [newest] = await lab.decisions('?limit=1');
    await expect
      .poll(async () => (await lab.admin.get(`/v1/decisions/${newest?.id}`)).outcome)
      .toMatchObject({ state: 'answered', end: 'complete', bytes: chunk.length * chunks });
  });
});

describe('a gate that is stopped', () => {
  it('lets the calls under way end, takes no new ones, and records how they ended', async () => {
    const own = await startGateLab({ upstream: { url: upstream.url } });
    const agent = await own.agent();
    const held = hold(isRead);
    const answer = own.call('GET', `${NS}/configmaps`, { token: agent.token });
    const { response } = await held;
    const closing = own.gate.close();
    await expect.poll(() => refusesConnections(own.gate.listen.port)).toBe(true);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"kind":"ConfigMapList"}');
    expect(await answer).toMatchObject({ status: 200, json: { kind: 'ConfigMapList' } });
    await closing;
    const store = await openSqliteStore({ path: join(own.state, 'sallyport.db') });
    expect(await outcomes(store, 0)).toMatchObject([{ state: 'answered', status: 200 }]);
    await store.close();
    await own.close();
  });

  it('cuts what does not end within limits.drain, and records that', async () => {
    const own = await startGateLab({ upstream: { url: upstream.url }, config: { limits: { drain: '200ms' } } });
    const agent = await own.agent();
    const held = hold(isRead);
    const refused = expect(own.call('GET', `${NS}/configmaps`, { token: agent.token })).rejects.toThrow(
      /hang up|ECONNRESET/,
    );
    await held;
    await own.gate.close();
    await refused;
    const store = await openSqliteStore({ path: join(own.state, 'sallyport.db') });
    expect(await outcomes(store, 0)).toMatchObject([{ state: 'broken', end: 'caller-left', sent: true }]);
    await store.close();
    await own.close();
  });
});

describe('a connection that says nothing', () => {
  it('does not keep a stopped gate from ending', async () => {
    const own = await startGateLab({
      upstream: { url: upstream.url },
      config: { limits: { drain: '200ms', headersTimeout: '120s', requestTimeout: '120s' } },
    });
    const socket = connect({ host: '127.0.0.1', port: own.gate.listen.port });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const closed = new Promise((done) => socket.once('close', done));
    await own.close();
    await closed;
  });
});

function refusesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}

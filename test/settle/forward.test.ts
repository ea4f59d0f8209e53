import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SallyportError } from '../../src/errors.ts';
import { openAuthority } from '../../src/listen/authority.ts';
import { openExchange } from '../../src/listen/exchange.ts';
import type { Delivery, Outbound } from '../../src/settle/delivery.ts';
import { createForwarder, type Forwarder, type ForwarderOptions } from '../../src/settle/forward.ts';
import { temporaryFolder } from '../record/places.ts';

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** A caller's side that forwards every request that comes as `outbound` says, and tells how each was delivered. */
let caller: Server;
let callerPort: number;
let forwarder: Forwarder;
let outbound: Outbound;
let delivered: (delivery: Delivery) => void = () => undefined;
/** Waited for before the forwarder is called. */
let before: () => Promise<unknown> = async () => undefined;

/** What reached the upstream. */
let reached: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[] = [];
let upstream: Server;
let upstreamPort: number;
let answer: RequestListener;

beforeAll(async () => {
  caller = createServer((incoming, response) => {
    const exchange = openExchange(incoming, response);
    void before().then(async () => {
      const delivery = await forwarder.forward(exchange, outbound);
      if (delivery.error !== undefined && delivery.status === undefined)
        exchange.answer({ status: 502, headers: {}, body: delivery.error.message });
      delivered(delivery);
    });
  });
  // Each forwarder of these tests listens for the end of this one server.
  caller.setMaxListeners(0);
  callerPort = await listening(caller);
  upstream = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('latin1').on('data', (chunk: string) => {
      body += chunk;
    });
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      reached.push({ method, url, headers, body });
      answer(incoming, response);
    });
  });
  upstreamPort = await listening(upstream);
});
afterAll(async () => {
  for (const server of [caller, upstream]) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});
afterEach(() => {
  forwarder.close();
  reached = [];
  before = async () => undefined;
});

const OUTBOUND: Outbound = {
  method: 'GET',
  url: '/api/v1/pods?limit=1',
  headers: { host: 'the-upstream', 'impersonate-group': ['a', 'b'] },
  body: new Uint8Array(0),
  flush: false,
  answerHeaders: { 'sallyport-decision': 'd-1', 'sallyport-outcome': 'allow' },
  lastLook: () => undefined,
  onOpen: () => undefined,
};

function prepare(changes: Partial<Outbound>, options: Partial<ForwarderOptions> = {}): Promise<Delivery> {
  forwarder = createForwarder({ origin: `http://127.0.0.1:${upstreamPort}`, tls: {}, timeout: 5000, ...options });
  outbound = { ...OUTBOUND, ...changes };
  answer = (_request, response) => response.end('fine');
  return new Promise((resolve) => {
    delivered = resolve;
  });
}

/** A call of the caller: what it asks for does not matter, the forwarder sends what was judged. */
async function call(method = 'POST', body = 'what came in') {
  const sending = request({
    port: callerPort,
    host: '127.0.0.1',
    method,
    path: '/came/in',
    headers: { 'x-came-in': '1', 'content-length': body.length },
  });
  sending.end(body);
  const [response] = await once(sending, 'response');
  let text = '';
  response.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(response, 'end');
  return { status: response.statusCode, headers: response.headers, body: text };
}

describe('what leaves', () => {
  it('is method, path, headers and bytes as they were judged, and nothing of what came in', async () => {
    const body = Buffer.from([0, 1, 0xfe, 0xff]);
    const delivery = prepare({ method: 'DELETE', body, headers: { ...OUTBOUND.headers, 'content-length': '4' } });
    expect(await call()).toMatchObject({ status: 200, body: 'fine' });
    expect(reached).toEqual([
      {
        method: 'DELETE',
        url: '/api/v1/pods?limit=1',
        headers: { host: 'the-upstream', 'impersonate-group': 'a, b', 'content-length': '4', connection: 'keep-alive' },
        body: '\x00\x01\xfe\xff',
      },
    ]);
    expect(await delivery).toEqual({ sent: true, status: 200, bytes: 4, end: 'complete', error: undefined });
  });

  it.each(['/', '/a%2Fb', '/a?b=%2F..', '/a?', '/%25', '/a//b', '/a?http://other/'])(
    'has the path %s word for word',
    async (url) => {
      prepare({ url });
      await call();
      expect(reached.map((one) => one.url)).toEqual([url]);
    },
  );

  it('goes over one connection, call after call', async () => {
    prepare({});
    const ports: unknown[] = [];
    answer = ({ socket }, response) => {
      ports.push(socket.remotePort);
      response.end();
    };
    for (let i = 0; i < 3; i++) await call();
    expect(new Set(ports).size).toBe(1);
  });
});

describe('the last look', () => {
  it('refuses before the first byte: nothing leaves', async () => {
    const refusal = new SallyportError('identity/revoked', 'frozen');
    const delivery = prepare({ lastLook: () => refusal });
    await call();
    expect(await delivery).toEqual({ sent: false, status: undefined, bytes: 0, end: 'refused', error: refusal });
    expect(reached).toEqual([]);
  });

  it('refuses on a kept connection too, and the next call goes', async () => {
    prepare({});
    await call();
    outbound = { ...OUTBOUND, lastLook: () => new SallyportError('identity/revoked', 'frozen') };
    await call();
    outbound = OUTBOUND;
    expect((await call()).status).toBe(200);
    expect(reached).toHaveLength(2);
  });

  it('is taken once, and the call can be cut from then on', async () => {
    const events: string[] = [];
    prepare({
      lastLook: () => void events.push('look'),
      onOpen: () => void events.push('open'),
    });
    await call();
    expect(events).toEqual(['look', 'open']);
  });
});

describe('what comes back', () => {
  it.each([200, 204, 301, 304, 401, 404, 422, 500])(
    'has the status %i and the headers of the upstream',
    async (status) => {
      const delivery = prepare({});
      answer = (_request, response) =>
        response.writeHead(status, 'As It Likes', { 'x-upstream': 'yes', location: '/x' }).end();
      expect(await call()).toMatchObject({
        status,
        headers: { 'x-upstream': 'yes', location: '/x', 'sallyport-decision': 'd-1' },
      });
      expect(await delivery).toMatchObject({ end: 'complete', status, bytes: 0 });
    },
  );

  it('loses what belongs to the upstream’s connection, and what only the gate may say', async () => {
    prepare({});
    answer = (_request, response) => {
      response.writeHead(200, {
        connection: 'close',
        'keep-alive': 'timeout=1',
        'proxy-authenticate': 'Basic',
        'sallyport-decision': 'forged',
        'sallyport-agent': 'forged',
        upgrade: 'h2c',
        'content-length': '2',
      });
      response.end('ok');
    };
    const { headers } = await call();
    expect(headers).toEqual({
      'content-length': '2',
      connection: 'keep-alive',
      date: expect.any(String),
      'sallyport-decision': 'd-1',
      'sallyport-outcome': 'allow',
    });
  });

  it('to HEAD is a head', async () => {
    const delivery = prepare({ method: 'HEAD' });
    answer = (_request, response) => response.writeHead(200, { 'content-length': '99' }).end();
    expect(await call('HEAD', '')).toMatchObject({ status: 200, headers: { 'content-length': '99' }, body: '' });
    expect(await delivery).toMatchObject({ end: 'complete', bytes: 0 });
  });

  it('of a stream begins at once, before there is a body', async () => {
    const delivery = prepare({ flush: true });
    let end = () => undefined as unknown;
    answer = (_request, response) => {
      response.writeHead(200).flushHeaders();
      end = () => response.end('late');
    };
    const sending = request({ port: callerPort, host: '127.0.0.1' }).end();
    const [response] = await once(sending, 'response');
    expect(response.statusCode).toBe(200);
    end();
    response.resume();
    expect(await delivery).toMatchObject({ end: 'complete', bytes: 4 });
  });
});

describe('an upstream that cannot be had', () => {
  it('is told as that, and nothing was sent', async () => {
    const free = createTcpServer();
    const port = await listening(free);
    await new Promise((closed) => free.close(closed));
    const delivery = prepare({}, { origin: `http://127.0.0.1:${port}` });
    expect((await call()).status).toBe(502);
    expect(await delivery).toMatchObject({
      sent: false,
      status: undefined,
      end: 'failed',
      error: { code: 'upstream/unreachable', message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it('because its certificate is of nobody we trust: nothing was sent', async () => {
    const own = await openAuthority(await temporaryFolder(), { hosts: ['127.0.0.1'], now: () => new Date() });
    const secure = createTlsServer({ cert: own.certPem, key: own.keyPem }, (_request, response) =>
      response.end('fine'),
    );
    const port = await listening(secure);
    const origin = `https://127.0.0.1:${port}`;
    const delivery = prepare({}, { origin });
    expect((await call()).status).toBe(502);
    expect(await delivery).toMatchObject({ sent: false, end: 'failed', error: { code: 'upstream/unreachable' } });
    forwarder.close();

    const trusting = prepare({ headers: { host: `127.0.0.1:${port}` } }, { origin, tls: { ca: own.caPem } });
    expect(await call()).toMatchObject({ status: 200, body: 'fine' });
    expect(await trusting).toMatchObject({ sent: true, end: 'complete' });
    forwarder.close();
    await new Promise((closed) => secure.close(closed));
  });

  it('because it says nothing in time: something was sent, and it is told as that', async () => {
    const delivery = prepare({}, { timeout: 50 });
    answer = () => undefined;
    expect((await call()).status).toBe(502);
    expect(await delivery).toMatchObject({
      sent: true,
      status: undefined,
      end: 'failed',
      error: { code: 'upstream/timeout', message: 'the upstream did not begin to answer within 0.05 s' },
    });
  });

  it('because it takes no connection in time: nothing was sent', async () => {
    // It listens, but never shakes hands.
    const mute = createTcpServer((socket) => socket.resume());
    const port = await listening(mute);
    const delivery = prepare({}, { origin: `https://127.0.0.1:${port}`, timeout: 50 });
    expect((await call()).status).toBe(502);
    expect(await delivery).toMatchObject({ sent: false, end: 'failed', error: { code: 'upstream/timeout' } });
    forwarder.close();
    await new Promise((closed) => mute.close(closed));
  });
});

describe('a call that is cut', () => {
  it.each(['before', 'in the middle of'])('%s its answer ends at both sides, and is told as that', async (when) => {
    let cut: (why: string) => void = () => undefined;
    const delivery = prepare({
      flush: true,
      onOpen: (given) => {
        cut = given;
      },
    });
    const there = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        response.once('close', () => resolve());
        if (when === 'before') cut('frozen');
        else response.writeHead(200).write('some');
      };
    });
    const socket = connect(callerPort, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    socket.on('data', () => cut('frozen'));
    await Promise.all([once(socket, 'close'), there]);
    expect(await delivery).toMatchObject({
      sent: true,
      status: when === 'before' ? undefined : 200,
      end: 'cut',
      error: { code: 'identity/revoked', message: 'frozen' },
    });
  });
});

describe('a caller that has left', () => {
  it('before the call could go: nothing leaves', async () => {
    const delivery = prepare({});
    const arrived = new Promise<void>((resolve) => {
      before = async () => {
        resolve();
        await once(socket, 'close');
        // The end of it reaches the caller's side after this side knows.
        await expect.poll(() => promisify(caller.getConnections.bind(caller))()).toBe(0);
      };
    });
    caller.closeIdleConnections();
    const socket = connect(callerPort, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    await arrived;
    socket.destroy();
    expect(await delivery).toEqual({ sent: false, status: undefined, bytes: 0, end: 'caller-left', error: undefined });
    expect(reached).toEqual([]);
  });
});

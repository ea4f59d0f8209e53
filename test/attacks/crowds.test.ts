import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttackLab, startAttackLab } from './attack-lab.ts';
import { dial } from './raw-client.ts';

let lab: AttackLab;
beforeAll(async () => {
  lab = await startAttackLab({ limits: { headersTimeout: '3s', requestTimeout: '3s', drain: '2s' } });
});
afterAll(() => lab.close());

const NS = '/kube/demo/api/v1/namespaces/shop-dev';

/** Everything a connection gave back until it was closed. */
function ending(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    // However it ends, by FIN or by reset, the gate has let it go.
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(text));
  });
}

/** Opens connections and says something on each; resolves when all are open, with how each will end. */
async function crowd(size: number, said: () => string): Promise<readonly Promise<string>[]> {
  const sockets = Array.from({ length: size }, () => dial({ origin: lab.lab.origin, caPem: lab.lab.gate.caPem }));
  const ends = sockets.map(ending);
  await Promise.all(sockets.map((socket) => once(socket, 'secureConnect')));
  for (const socket of sockets) socket.write(said());
  return ends;
}

describe('connections that cost and bring nothing', () => {
  it('are let go, and others are served meanwhile', async () => {
    const { port } = new URL(lab.lab.origin);
    const silent = Array.from({ length: 20 }, () => ending(connect({ host: '127.0.0.1', port: Number(port) })));
    const idle = await crowd(150, () => '');
    const slowHeaders = await crowd(30, () => `GET ${NS}/configmaps HTTP/1.1\r\nHost: gate\r\nX-Slow`);
    const slowBodies = await crowd(30, () =>
      lab
        .head(`POST ${NS}/configmaps HTTP/1.1`, 'Content-Type: application/json', 'Content-Length: 1000')
        .concat('\r\n{'),
    );
    lab.upstream.forget();
    const served = await Promise.all(
      Array.from({ length: 20 }, () => lab.lab.call('GET', `${NS}/configmaps`, { token: lab.token })),
    );
    expect(served.map(({ status }) => status)).toEqual(served.map(() => 200));

    const firstLines = async (ends: readonly Promise<string>[]) => [
      ...new Set((await Promise.all(ends)).map((text) => text.split('\r\n')[0])),
    ];
    expect(await firstLines(silent)).toEqual(['']);
    expect(await firstLines(idle)).toEqual(['HTTP/1.1 408 Request Timeout']);
    expect(await firstLines(slowHeaders)).toEqual(['HTTP/1.1 408 Request Timeout']);
    expect(await firstLines(slowBodies)).toEqual(['HTTP/1.1 408 Request Timeout']);
    expect(lab.reached().filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe('connections that come along drop by drop', () => {
  it.each<[string, () => string, string]>([
    ['a head', () => `GET ${NS}/configmaps HTTP/1.1\r\nHost: gate\r\nX-Slow: `, 'HTTP/1.1 408 Request Timeout'],
    [
      'a body',
      () =>
        `${lab.head(`POST ${NS}/configmaps HTTP/1.1`, 'Content-Type: application/json', 'Content-Length: 100000')}\r\n`,
      'HTTP/1.1 408 Request Timeout',
    ],
  ])('are let go although %s is never quite silent', async (_what, said, answer) => {
    lab.upstream.forget();
    const sockets = Array.from({ length: 10 }, () => dial({ origin: lab.lab.origin, caPem: lab.lab.gate.caPem }));
    const ends = sockets.map(ending);
    await Promise.all(sockets.map((socket) => once(socket, 'secureConnect')));
    for (const socket of sockets) socket.write(said());
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(' ');
    }, 100);
    const served = await lab.lab.call('GET', `${NS}/configmaps`, { token: lab.token });
    expect(served.status).toBe(200);
    const lines = (await Promise.all(ends)).map((text) => text.split('\r\n')[0]);
    clearInterval(drip);
    expect(lines).toEqual(sockets.map(() => answer));
    expect(lab.reached().filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe('more connections than the gate takes', () => {
  it('are turned away, and those that are open are served', async () => {
    const small = await startAttackLab({ limits: { connections: 40 } });
    try {
      const place = { origin: small.lab.origin, caPem: small.lab.gate.caPem };
      const first = dial(place);
      await once(first, 'secureConnect');
      const sockets = Array.from({ length: 300 }, () =>
        connect({ host: '127.0.0.1', port: Number(new URL(place.origin).port) }),
      );
      const turnedAway = sockets.map(ending);
      // All but those that fit, one of which is ours, are closed at once.
      let closed = 0;
      for (const end of turnedAway) void end.then(() => closed++);
      await expect.poll(() => closed, { timeout: 10_000 }).toBeGreaterThanOrEqual(300 - 40);
      const answer = once(first, 'data');
      first.write(`${small.head(`GET ${NS}/configmaps HTTP/1.1`)}\r\n`);
      expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      first.destroy();
      for (const socket of sockets) socket.destroy();
      await Promise.all(turnedAway);
      // And when they have gone, there is room again.
      await expect
        .poll(async () => (await small.say(`${small.head(`GET ${NS}/configmaps HTTP/1.1`)}\r\n`)).answers[0]?.status)
        .toBe(200);
    } finally {
      await small.close();
    }
  });
});

describe('nonsense behind a request whose answer still streams', () => {
  it('ends the connection, and puts nothing into the answer', async () => {
    const socket = dial({ origin: lab.lab.origin, caPem: lab.lab.gate.caPem });
    const end = ending(socket);
    await once(socket, 'secureConnect');
    socket.write(`${lab.head(`GET ${NS}/configmaps?watch=1 HTTP/1.1`)}\r\n`);
    await once(socket, 'data');
    socket.write('NONSENSE\r\n\r\n');
    const text = await end;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Exchange, openExchange } from '../../src/listen/exchange.ts';
import { endOf } from '../record/events.ts';

const ANSWER = { status: 403, headers: { 'content-type': 'text/plain', 'x-a': 'b' }, body: 'nö' };

let server: Server;
let port: number;
let onExchange: (exchange: Exchange) => void = () => undefined;
beforeAll(async () => {
  server = createServer((incoming, response) => onExchange(openExchange(incoming, response)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  port = address !== null && typeof address === 'object' ? address.port : 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});
beforeEach(() => {
  onExchange = () => undefined;
});

/** Says something and resolves with what reading its body came to; the answer is given whatever that is. */
function reading(said: string, limit: number, leave = false): Promise<unknown> {
  return new Promise((resolve) => {
    onExchange = (exchange) => {
      void endOf(exchange.read(limit)).then((end) => {
        resolve(end instanceof Uint8Array ? Buffer.from(end).toString('utf8') : end);
        exchange.answer(ANSWER);
      });
    };
    const socket = connect(port, '127.0.0.1', () => socket.write(said, () => leave && socket.destroy()));
    socket.on('error', () => undefined);
    socket.on('data', () => socket.destroy());
  });
}

const TOO_LARGE = { code: 'wire/too-large', message: 'the body is larger than 5 bytes' };
const BROKE_OFF = { code: 'wire/malformed', message: 'the body broke off' };

describe('a body', () => {
  it.each<[string, string, unknown]>([
    ['none', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', ''],
    ['of no bytes', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', ''],
    ['of no chunks', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', ''],
    ['with a length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345', '12345'],
    [
      'in chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n',
      '12345',
    ],
    ['of a GET', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', '{}'],
    ['with a length beyond the limit', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n', TOO_LARGE],
    [
      'in chunks beyond the limit',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n',
      TOO_LARGE,
    ],
    ['in chunks that are none', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', BROKE_OFF],
  ])('%s', async (_name, said, expected) => {
    expect(await reading(said, 5)).toEqual(expected);
  });

  it('that breaks off', async () => {
    expect(await reading('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12', 5, true)).toEqual(BROKE_OFF);
  });

  it('that is larger than can be sent in one go is read whole', async () => {
    const body = 'x'.repeat(3_000_000);
    const said = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect(await reading(said, body.length)).toBe(body);
  });
});

describe('an answer', () => {
  async function answered(act: (exchange: Exchange) => unknown, body = '') {
    onExchange = act;
    const sending = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': body.length } });
    // Whoever is still sending when the answer is over may be reset then.
    sending.on('error', () => undefined);
    sending.end(body);
    const [response] = await once(sending, 'response');
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(response, 'end');
    return { status: response.statusCode, headers: response.headers, body: text };
  }

  it('has its status, its headers and a length in bytes', async () => {
    expect(await answered((exchange) => exchange.answer(ANSWER))).toMatchObject({
      status: 403,
      headers: { 'content-type': 'text/plain', 'x-a': 'b', 'content-length': '3', connection: 'close' },
      body: 'nö',
    });
  });

  it('is given once: what comes after it is not sent', async () => {
    const twice = (exchange: Exchange) => {
      exchange.answer(ANSWER);
      exchange.answer({ ...ANSWER, status: 500, body: 'other' });
    };
    expect(await answered(twice)).toMatchObject({ status: 403, body: 'nö' });
  });

  it('is given to a body that nobody read, and ends the connection', async () => {
    const { status, headers } = await answered((exchange) => exchange.answer(ANSWER), 'x'.repeat(5_000_000));
    expect([status, headers.connection]).toEqual([403, 'close']);
  });

  it('keeps the connection of a caller who said everything', async () => {
    const read = async (exchange: Exchange) => {
      await exchange.read(10);
      exchange.answer(ANSWER);
    };
    const { status, headers } = await answered(read, 'all');
    expect(status).toBe(403);
    expect(headers.connection).not.toBe('close');
  });

  it('to somebody who has left is nothing to fail at', async () => {
    const done = new Promise<void>((resolve) => {
      onExchange = (exchange) => {
        exchange.response.once('close', () => resolve(exchange.answer(ANSWER)));
      };
    });
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n', () => socket.destroy()),
    );
    await done;
  });
});

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../../src/json.ts';

export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The parsed body. */
  readonly json: JsonObject;
}

/** Somebody who is told by HTTP, on loopback. */
export interface Receiver {
  readonly url: string;
  readonly got: readonly Received[];
  /** In the place of 200 and nothing; undefined: that again. The body was read. */
  answer: ((request: IncomingMessage, response: ServerResponse, received: Received) => void) | undefined;
  /** Resolves with what came once so much did. */
  until(count: number): Promise<readonly Received[]>;
  /** As if nothing had come so far. */
  forget(): void;
  close(): Promise<void>;
}

export async function startReceiver(tls?: ServerOptions): Promise<Receiver> {
  const got: Received[] = [];
  let came = Promise.withResolvers<void>();
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString('utf8');
    const received = { url: request.url ?? '', headers: request.headers, body, json: JSON.parse(body) };
    got.push(received);
    if (receiver.answer !== undefined) receiver.answer(request, response, received);
    else response.writeHead(200).end();
    came.resolve();
    came = Promise.withResolvers();
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    // Who hangs up in the middle has not told anything.
    listener(request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hook`,
    got,
    answer: undefined,
    async until(count) {
      while (got.length < count) await came.promise;
      return got;
    },
    forget: () => {
      got.length = 0;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

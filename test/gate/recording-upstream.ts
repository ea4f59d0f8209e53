import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type DemoUpstream, startDemoUpstream } from '../../src/demo/upstream.ts';

/** A request as it reached the upstream: what a test asserts when it says that nothing got through. */
export interface Reached {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** What becomes of a connection that is to be upgraded, and what came right behind its head. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What happens to the next requests instead of an answer; the default is to pass them on. */
export type Fault = (request: IncomingMessage, response: ServerResponse, reached: Reached) => boolean;

export interface RecordingUpstream {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Everything that reached it, the gate's own questions (namespaces, measuring) included. */
  readonly reached: readonly Reached[];
  /** What reached it on behalf of agents: not the gate's own look at namespaces. */
  calls(): readonly Reached[];
  forget(): void;
  /** Called for each request; returns true when it took care of the answer. */
  fault: Fault | undefined;
  /** Called for each upgrade; without it the connection is closed. */
  upgrade: Upgrade | undefined;
  close(): Promise<void>;
}

/**
 * A fake, for what cannot be had of a real API server: it keeps every request that reaches it and can be told to fail.
 * What it answers comes from the demonstration upstream behind it.
 */
export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const demo: DemoUpstream = await startDemoUpstream();
  const behind = new URL(demo.url);
  const reached: Reached[] = [];
  const upstream: { fault: Fault | undefined; upgrade: Upgrade | undefined } = { fault: undefined, upgrade: undefined };
  const upgraded = new Set<Duplex>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method = '', url = '', headers } = incoming;
      const seen: Reached = { method, url, headers, body: body.toString('utf8') };
      reached.push(seen);
      if (upstream.fault?.(incoming, response, seen) === true) return;
      const forwarded = request({ host: behind.hostname, port: behind.port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
      });
      forwarded.on('error', () => response.destroy());
      response.on('close', () => forwarded.destroy());
      forwarded.end(body);
    });
  });
  server.on('upgrade', (incoming, socket, head) => {
    const { method = '', url = '', headers } = incoming;
    reached.push({ method, url, headers, body: '' });
    upgraded.add(socket);
    socket.on('error', () => undefined);
    if (upstream.upgrade === undefined) socket.destroy();
    else upstream.upgrade(incoming, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    reached,
    calls: () => reached.filter(({ headers }) => headers['impersonate-user'] !== undefined),
    forget: () => void reached.splice(0),
    get fault() {
      return upstream.fault;
    },
    set fault(fault) {
      upstream.fault = fault;
    },
    get upgrade() {
      return upstream.upgrade;
    },
    set upgrade(upgrade) {
      upstream.upgrade = upgrade;
    },
    close: async () => {
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await demo.close();
    },
  };
}

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { dial } from '../attacks/raw-client.ts';
import type { GateLab } from './gate-lab.ts';
import type { RecordingUpstream } from './recording-upstream.ts';

export const EXEC = '/api/v1/namespaces/shop-dev/pods/web/exec?command=sh&stdin=true&stdout=true';

export const WEBSOCKET = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io',
];
export const SPDY = [
  'Connection: Upgrade',
  'Upgrade: SPDY/3.1',
  'X-Stream-Protocol-Version: v5.channel.k8s.io',
  'X-Stream-Protocol-Version: v4.channel.k8s.io',
  'Content-Length: 0',
];

/** The line and the headers of an upgrade by which kubectl asks for a stream. */
export const TRIES: Readonly<Record<'websocket' | 'spdy', readonly [method: string, headers: readonly string[]]>> = {
  websocket: ['GET', WEBSOCKET],
  spdy: ['POST', SPDY],
};

/** The head of an upgrade, as it goes over the wire. */
export function upgradeHead(
  token: string,
  by: keyof typeof TRIES,
  path = EXEC,
  route = 'demo',
  more: readonly string[] = [],
): string {
  const [method, headers] = TRIES[by];
  const line = `${method} /kube/${route}${path} HTTP/1.1`;
  return [line, 'Host: gate', `Authorization: Bearer ${token}`, ...headers, ...more, '', ''].join('\r\n');
}

/** One side of a stream, and all that came from the other. */
export interface Side {
  readonly socket: Duplex;
  /** What came so far, as latin1; of the caller without the head of the answer. */
  said(): string;
  /** Resolves when the other side has ended what it says; a connection that broke has, too. */
  readonly ended: Promise<void>;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
}

const sides = new Set<Duplex>();

/** Ends what tests have left open on either side. */
export function hangUp(): void {
  for (const socket of sides) socket.destroy();
  sides.clear();
}

function listen(socket: Duplex, first: Buffer, heard: () => number = () => 0): Side {
  const chunks: Buffer[] = [first];
  sides.add(socket);
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const ended = new Promise<void>((resolve) => socket.once('end', resolve));
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return {
    socket,
    said: () => Buffer.concat(chunks).toString('latin1').slice(heard()),
    ended: Promise.race([ended, closed]),
    closed,
  };
}

/** A caller that has been answered. */
export interface Caller extends Side {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body of an ordinary answer, once the connection is closed. */
  body(): Promise<string>;
}

/**
 * Says `said` (a head and what comes right behind it) to the gate, and resolves once the head of the answer has come.
 * @param used a connection that has carried other calls; else a new one
 */
export async function callGate(lab: GateLab, said: string, used?: TLSSocket): Promise<Caller> {
  const socket = used ?? dial({ origin: lab.origin, caPem: lab.gate.caPem });
  socket.allowHalfOpen = true;
  const head = { length: 0 };
  const side = listen(socket, Buffer.alloc(0), () => head.length);
  if (used === undefined) await once(socket, 'secureConnect');
  socket.write(Buffer.from(said, 'latin1'));
  const gone = side.ended.then(() => 'gone');
  while (!side.said().includes('\r\n\r\n')) {
    if ((await Promise.race([once(socket, 'data'), gone])) === 'gone')
      throw new Error('the gate closed the connection');
  }
  const text = side.said().slice(0, side.said().indexOf('\r\n\r\n'));
  head.length = text.length + 4;
  const [first = '', ...lines] = text.split('\r\n');
  return {
    ...side,
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]),
    headers: new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    ),
    async body() {
      await side.closed;
      return side.said();
    },
  };
}

export function acceptOf(key: string | undefined): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** What an API server says to an upgrade. */
export function switching({ headers }: IncomingMessage): string {
  const chosen =
    headers.upgrade === 'websocket'
      ? [
          'Upgrade: websocket',
          `Sec-WebSocket-Accept: ${acceptOf(headers['sec-websocket-key'])}`,
          'Sec-WebSocket-Protocol: v5.channel.k8s.io',
        ]
      : [`Upgrade: ${headers.upgrade}`, 'X-Stream-Protocol-Version: v5.channel.k8s.io'];
  return ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', ...chosen, '', ''].join('\r\n');
}

/** The upstream's side of the next upgrade, once it came; `answer` is what is said at once. */
export function nextUpgrade(
  upstream: RecordingUpstream,
  answer: (request: IncomingMessage) => string = switching,
): Promise<Side & { readonly request: IncomingMessage }> {
  return new Promise((resolve) => {
    upstream.upgrade = (request, socket, head) => {
      upstream.upgrade = undefined;
      socket.allowHalfOpen = true;
      resolve({ ...listen(socket, head), request });
      socket.write(answer(request), 'latin1');
    };
  });
}

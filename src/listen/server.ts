import { type IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Address, Config, Route } from '../config.ts';
import { Passing } from '../passing.ts';
import { bind } from './bind.ts';
import { type Exchange, endGently, openExchange, type Upgradable } from './exchange.ts';
import { findRoute } from './routes.ts';
import type { Peer, WireAnswer, WireHead } from './wire.ts';
import { readHeaders } from './wire-headers.ts';
import { parseTarget } from './wire-path.ts';

/** What the gate does with a call; `listen/` knows nothing more of it. */
export interface CallHandler {
  /** Never rejects. */
  handle(head: WireHead, exchange: Exchange): Promise<void>;
  /** A call whose head could not be read, on a route: refused and recorded. Never rejects. */
  malformed(route: Route, exchange: Exchange, error: unknown): Promise<void>;
}

/** What answers below `/sallyport`, where no route can be: the gate itself. */
export interface OwnHandler {
  /** Never rejects. */
  handle(exchange: Exchange, peer: Peer): Promise<void>;
}

export interface ListenOptions {
  readonly address: Address;
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCas: readonly string[] };
  readonly limits: Config['limits'];
  readonly routes: readonly Route[];
  readonly handler: CallHandler;
  /** When left out, there is nothing there. */
  readonly own?: OwnHandler;
}

export interface Listener {
  readonly address: Address;
  /** Stops accepting, lets calls in flight end for at most `drain` milliseconds, cuts what is left, waits until all is recorded. */
  close(drain: number): Promise<void>;
}

/** Opens the agents' side of the gate: TLS, bounded, HTTP/1.1. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { limits, tls } = options;
  const server = createServer({
    cert: tls.cert,
    key: tls.key,
    ...(tls.clientCas.length > 0 ? { ca: [...tls.clientCas], requestCert: true, rejectUnauthorized: false } : {}),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    maxHeaderSize: limits.headers,
    // A connection that never says who it is for costs as much as one that never says what it wants.
    handshakeTimeout: limits.headersTimeout,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    connectionsCheckingInterval: 2_000,
    keepAliveTimeout: 75_000,
    noDelay: true,
  });
  server.maxConnections = limits.connections;
  const calls = new Passing<Promise<void>>();
  const take = (request: IncomingMessage, response: ServerResponse, upgrade?: Upgradable): void => {
    const call = serve(options, openExchange(request, response, upgrade));
    const ended = calls.add(call);
    call.finally(ended);
  };
  server.on('request', (request, response) => take(request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const before = [...(underway.get(socket) ?? [])];
    // Behind requests whose answers are still to come it would be answered out of turn, and no client does that.
    if (before.some(({ writableEnded }) => !writableEnded)) return void socket.destroy();
    const go = (): void => take(request, answerOn(socket, request), { socket, head });
    const last = before.at(-1);
    if (last === undefined) go();
    // The rest of an answer may still be under way.
    else last.once('close', () => socket.destroyed || go());
  });
  // `Expect: 100-continue` is answered by reading the body; nothing of it is forwarded.
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    take(request, response);
  });
  const sockets = track(server);
  const address = await bind(server, options.address);
  return {
    address,
    close: (drain) => closeServer(server, sockets, calls, drain),
  };
}

/** The answers of a connection that have not ended; more than one when requests are pipelined. */
const underway = new WeakMap<Duplex, ServerResponse[]>();

function follow({ socket }: IncomingMessage, response: ServerResponse): void {
  const answers = underway.get(socket) ?? [];
  underway.set(socket, answers);
  answers.push(response);
  response.once('close', () => answers.splice(answers.indexOf(response), 1));
}

async function serve(options: ListenOptions, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  follow(request, response);
  const target = request.url ?? '/';
  if (options.own !== undefined && isOwn(target)) return options.own.handle(exchange, peerOf(request.socket));
  const found = findRoute(options.routes, target);
  if (found === undefined) return exchange.answer(noRoute(options.routes));
  let head: WireHead;
  try {
    const upgrade = request.headers.upgrade;
    head = {
      method: request.method ?? 'GET',
      route: found.route,
      path: parseTarget(found.rest),
      headers: readHeaders(request.rawHeaders),
      upgrade: upgrade === undefined ? undefined : upgrade.toLowerCase(),
      peer: peerOf(request.socket),
    };
  } catch (error) {
    return options.handler.malformed(found.route, exchange, error);
  }
  await options.handler.handle(head, exchange);
}

function isOwn(target: string): boolean {
  return target === '/sallyport' || target.startsWith('/sallyport/') || target.startsWith('/sallyport?');
}

/** Upgrades take the same way as every call; the answer is written on the bare socket, which is closed after it. */
function answerOn(socket: Duplex, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  socket.on('error', () => socket.destroy());
  response.assignSocket(socket as Socket);
  response.once('finish', () => endGently(socket));
  return response;
}

function peerOf(socket: Socket): Peer {
  const address = socket.remoteAddress ?? 'unknown';
  if (!(socket instanceof TLSSocket) || !socket.authorized) return { address, certificate: undefined };
  const raw = socket.getPeerCertificate().raw;
  return { address, certificate: raw === undefined ? undefined : new Uint8Array(raw) };
}

function noRoute(routes: readonly Route[]): WireAnswer {
  const known = routes.map((route) => route.at).join(', ');
  const message = `sallyport: no route at this path; routes: ${known}`;
  return {
    status: 404,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason: 'NotFound',
      code: 404,
    }),
  };
}

function track(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  const add = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  // Those that have not finished their handshake count too: they hold the server open.
  server.on('connection', add);
  server.on('secureConnection', add);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (error, socket) => {
    // In the middle of an answer a second one would be taken for a part of the first.
    const answering = [...(underway.get(socket) ?? [])].some(({ headersSent }) => headersSent);
    if (!socket.writable || answering) return socket.destroy();
    const status = UNREADABLE[codeOf(error)] ?? '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  return sockets;
}

/** What Node's parser calls a request that is not merely malformed, and the answer to it. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

async function closeServer(
  server: Server,
  sockets: ReadonlySet<Socket>,
  calls: Iterable<Promise<void>>,
  drain: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Clients that keep their connections would hold the gate open after their last answer.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, drain);
  await closed;
  clearTimeout(timer);
  clearInterval(idle);
  // A call ends after its connection: how it went is still to be recorded.
  await Promise.allSettled(calls);
}

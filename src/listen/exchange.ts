import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SallyportError } from '../errors.ts';
import type { WireAnswer } from './wire.ts';

/** The two ends of one HTTP exchange, as Node gives them; only `listen/` and `settle/` touch it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Reads the body once, at most `limit` bytes. @throws SallyportError `wire/too-large`, `wire/malformed` */
  read(limit: number): Promise<Uint8Array>;
  /** Answers unless something was sent already. */
  answer(answer: WireAnswer): void;
  /**
   * Only where the caller's connection can be upgraded: takes the bare connection away from the response, which is of no
   * more use. What the caller sent right behind its head is read from it first. Whoever took it closes it.
   */
  readonly takeOver: (() => Duplex) | undefined;
}

/** The connection of a call that asks for another protocol, as Node hands it over, with what came right behind the head. */
export interface Upgradable {
  readonly socket: Duplex;
  readonly head: Buffer;
}

const NOTHING = new Uint8Array(0);

/** Binds Node's request and response into an exchange. */
export function openExchange(request: IncomingMessage, response: ServerResponse, upgrade?: Upgradable): Exchange {
  return {
    request,
    response,
    read: (limit) => readBody(request, limit),
    answer: (answer) => sendAnswer(request, response, answer),
    takeOver: upgrade === undefined ? undefined : () => takeOver(response, upgrade),
  };
}

function takeOver(response: ServerResponse, { socket, head }: Upgradable): Duplex {
  // Typed as any stream, it is the TLS socket that the request came on.
  const bare = socket as Socket;
  response.detachSocket(bare);
  // An answer before this one may have left it the time that idle connections have.
  bare.setTimeout(0);
  if (head.length > 0) socket.unshift(head);
  return socket;
}

function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const declared = request.headers['content-length'];
  if (request.headers['transfer-encoding'] === undefined && (declared === undefined || declared === '0')) {
    return Promise.resolve(NOTHING);
  }
  if (declared !== undefined && Number(declared) > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      request.off('data', take).pause();
      reject(tooLarge(limit));
    };
    request.on('data', take);
    request.once('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)),
    );
    request.once('error', (cause) => reject(new SallyportError('wire/malformed', 'the body broke off', { cause })));
    request.once('close', () => reject(new SallyportError('wire/malformed', 'the body broke off')));
  });
}

function tooLarge(limit: number): SallyportError {
  return new SallyportError('wire/too-large', `the body is larger than ${limit} bytes`, {
    fix: 'split the change; the limit is limits.body in the configuration',
  });
}

function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: WireAnswer): void {
  if (response.headersSent || response.destroyed) return;
  // A body that nobody read would be taken for the next request on this connection.
  const unread = !request.complete;
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-length': Buffer.byteLength(answer.body),
    ...(unread ? { connection: 'close' } : {}),
  });
  if (!unread) return void response.end(answer.body);
  response.write(answer.body);
  // Closing a connection while the caller still sends resets it, and the answer would be lost with it.
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('close', end).once('end', end).resume();
}

/** How long what a refused caller still sends is taken in and thrown away. */
const LINGER_MS = 2_000;

/** Ends a bare socket in the same way. */
export function endGently(socket: Duplex): void {
  socket.end();
  // Unread bytes would keep it half open for ever.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * The request that leaves: just what http-proxy-middleware reads of a request, built from what was judged alone. The raw
 * request that came in is never handed to the proxy, so nothing that was not judged can travel with it.
 */
export class JudgedRequest extends EventEmitter {
  readonly httpVersion = '1.1';
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor = 1;
  readonly #body: Uint8Array;

  readonly socket: Socket;
  readonly method: string;
  url: string;
  readonly headers: Record<string, string | string[]>;

  constructor(
    socket: Socket,
    method: string,
    url: string,
    headers: Record<string, string | string[]>,
    body: Uint8Array,
  ) {
    super();
    this.socket = socket;
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.#body = body;
  }

  /** The whole body goes in one write with the head: it is here already. */
  pipe<Destination extends Writable>(destination: Destination): Destination {
    if (this.#body.length > 0) destination.end(this.#body);
    else destination.end();
    return destination;
  }

  /** Its type where the proxy wants Node's: of that it reads only what this class has. */
  asIncoming(): IncomingMessage {
    return this as unknown as IncomingMessage;
  }
}

import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SallyportError } from '../../errors.ts';
import type { Exchange } from '../../listen/exchange.ts';
import { dropHopHeaders } from '../answer-headers.ts';
import type { Delivery, Outbound } from '../delivery.ts';
import { brokeOff, tooLate, unreachable } from '../delivery-errors.ts';
import { dial, KEEP_ALIVE_MS, type Place } from './dial.ts';
import { switchHead, wrongSwitch } from './handshake.ts';
import { Join, type JoinEnd } from './join.ts';

/** Where streams go. */
export interface StreamPlace extends Place {
  /** Milliseconds until the upstream's answer begins. */
  readonly timeout: number;
}

/**
 * One upgrade on its way. Until the upstream has switched to just the protocol that was asked for, nothing that the
 * caller writes behind its head reaches it; any other answer is passed on as an ordinary one and both connections are
 * closed (CVE-2018-1002105).
 */
export class StreamFlight {
  readonly #exchange: Exchange;
  readonly #outbound: Outbound;
  readonly #place: StreamPlace;
  readonly #resolve: (delivery: Delivery) => void;
  #upstream: Socket | undefined;
  #join: Join | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sent = false;
  #status: number | undefined;
  /** Of an ordinary answer. */
  #bytes = 0;
  #broke = false;
  #settled = false;

  constructor(exchange: Exchange, outbound: Outbound, place: StreamPlace, resolve: (delivery: Delivery) => void) {
    this.#exchange = exchange;
    this.#outbound = outbound;
    this.#place = place;
    this.#resolve = resolve;
  }

  depart(): void {
    const { response, request: incoming, takeOver } = this.#exchange;
    if (takeOver === undefined) {
      this.#settle('failed', new SallyportError('wire/malformed', 'this connection cannot be upgraded'));
      return;
    }
    if (response.destroyed || incoming.socket.destroyed) {
      this.#settle('caller-left');
      return;
    }
    response.once('close', this.#ended);
    const { timeout } = this.#place;
    this.#timer = setTimeout(() => this.#fail(tooLate(timeout)), timeout);
    this.#upstream = dial(this.#place, (socket) => this.#connected(socket, takeOver));
    this.#upstream.on('error', (error) => this.#fail(unreachable(error)));
  }

  /** There is a connection and nothing was written on it. */
  #connected(socket: Socket, takeOver: () => Duplex): void {
    const refusal = this.#outbound.lastLook();
    if (refusal !== undefined) {
      this.#settle('refused', refusal);
      socket.destroy();
      return;
    }
    this.#outbound.onOpen((why) => this.#cut(why));
    this.#sent = true;
    const { method, url, headers } = this.#outbound;
    const asking = request({ method, path: url, headers, setHost: false, createConnection: () => socket });
    asking.once('upgrade', (answer, _socket, head) => this.#upgraded(answer, head, socket, takeOver));
    asking.once('response', (answer) => this.#answered(answer));
    asking.on('error', (error) => this.#fail(unreachable(error)));
    asking.once('close', () => this.#fail(unreachable('it closed the connection without an answer')));
    asking.end();
  }

  #upgraded(answer: IncomingMessage, head: Buffer, upstream: Socket, takeOver: () => Duplex): void {
    if (this.#settled) return;
    const { headers, answerHeaders } = this.#outbound;
    const wrong = wrongSwitch(headers, answer);
    if (wrong !== undefined) {
      this.#fail(switchedWrongly(wrong));
      return;
    }
    clearTimeout(this.#timer);
    this.#status = 101;
    this.#exchange.response.off('close', this.#ended);
    this.#exchange.request.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const caller = takeOver();
    caller.write(switchHead(headers, answer, answerHeaders), 'latin1');
    if (head.length > 0) upstream.unshift(head);
    this.#join = new Join(caller, upstream, (end) => this.#joinEnded(end));
  }

  #joinEnded(end: JoinEnd): void {
    this.#settle(end, end === 'upstream-broke' ? brokeOff() : undefined);
  }

  /** The upstream did not switch: what it said instead is an answer like any other, and the last thing on both sides. */
  #answered(answer: IncomingMessage): void {
    if (this.#settled) return void answer.destroy();
    // Node takes a switch that does not name a protocol for an ordinary answer.
    if (answer.statusCode === 101) {
      this.#fail(switchedWrongly('it names none'));
      return;
    }
    clearTimeout(this.#timer);
    this.#status = answer.statusCode ?? 0;
    const { response } = this.#exchange;
    dropHopHeaders(answer);
    response.writeHead(this.#status, { ...answer.headers, ...this.#outbound.answerHeaders, connection: 'close' });
    answer.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
    });
    answer.once('close', () => {
      if (answer.complete) return;
      this.#broke = true;
      response.destroy();
    });
    answer.on('error', () => undefined);
    answer.pipe(response);
  }

  readonly #ended = (): void => {
    if (this.#broke) this.#settle('upstream-broke', brokeOff());
    else {
      const whole = this.#exchange.response.writableFinished && this.#status !== undefined;
      this.#settle(whole ? 'complete' : 'caller-left');
    }
  };

  /** Before there was an answer; afterwards how it ended is told by the connections. */
  #fail(error: SallyportError): void {
    if (this.#status === undefined) this.#settle('failed', error);
  }

  #cut(why: string): void {
    this.#join?.cut();
    this.#settle('cut', new SallyportError('identity/revoked', why));
    this.#exchange.response.destroy();
  }

  #settle(end: Delivery['end'], error?: SallyportError): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#exchange.response.off('close', this.#ended);
    // A joined one is closed by the join, once the rest of what was said is out.
    if (this.#join === undefined) this.#upstream?.destroy();
    const carried = this.#join?.carried;
    this.#resolve({
      sent: this.#sent,
      status: this.#status,
      bytes: carried?.bytesOut ?? this.#bytes,
      ...(carried === undefined ? {} : { stream: carried }),
      end,
      error,
    });
  }
}

function switchedWrongly(how: string): SallyportError {
  const message = `the upstream did not switch to the protocol that was asked for: ${how}`;
  return new SallyportError('upstream/unreachable', message);
}

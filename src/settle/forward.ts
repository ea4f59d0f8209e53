import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from 'node:https';
import { createSecureContext, TLSSocket } from 'node:tls';
import { createProxyMiddleware, type RequestHandler } from 'http-proxy-middleware';
import { SallyportError } from '../errors.ts';
import type { Exchange } from '../listen/exchange.ts';
import { dropHopHeaders } from './answer-headers.ts';
import type { Delivery, Outbound } from './delivery.ts';
import { brokeOff, tooLate, unreachable } from './delivery-errors.ts';
import { JudgedRequest } from './judged-request.ts';
import { StreamFlight } from './stream/stream-flight.ts';

export interface ForwarderOptions {
  /** `https://host:port`, no path. */
  readonly origin: string;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
  /** Milliseconds until the upstream's answer begins. */
  readonly timeout: number;
}

/** Sends judged calls to one upstream over kept-alive connections. Never repeats a call. */
export interface Forwarder {
  /** Resolves when the exchange is over; never rejects. When nothing was answered yet, the caller still waits for one. */
  forward(exchange: Exchange, outbound: Outbound): Promise<Delivery>;
  readonly agent: HttpAgent;
  close(): void;
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  const agentOptions = { keepAlive: true, maxFreeSockets: 256, scheduling: 'lifo' } as const;
  // A context made once: the agent would otherwise compare the certificates' texts for every call.
  const tls = secure(options.tls);
  const agent = options.origin.startsWith('https:')
    ? new HttpsAgent({ ...agentOptions, ...tls, ALPNProtocols: ['http/1.1'] })
    : new HttpAgent(agentOptions);
  const place = { origin: options.origin, tls, timeout: options.timeout };
  const proxy: RequestHandler = createProxyMiddleware({
    target: new URL(options.origin),
    agent,
    xfwd: false,
    changeOrigin: false,
    followRedirects: false,
    ejectPlugins: true,
    plugins: [
      (server) => {
        server.on('proxyReq', (request, incoming) => flightOf(incoming)?.started(request));
        server.on('proxyRes', (answer, incoming) => flightOf(incoming)?.answered(answer));
        server.on('error', (error, incoming) => flightOf(incoming)?.failed(error));
        server.on('econnreset', (error, incoming) => flightOf(incoming)?.failed(error));
      },
    ],
  });
  return {
    agent,
    close: () => agent.destroy(),
    forward: (exchange, outbound) =>
      new Promise((resolve) => {
        // The proxy upgrades none but WebSockets by GET.
        if (outbound.upgrade !== undefined) new StreamFlight(exchange, outbound, place, resolve).depart();
        else new Flight(exchange, outbound, options.timeout, resolve).depart(proxy);
      }),
  };
}

function secure({ servername, ...material }: ForwarderOptions['tls']): HttpsAgentOptions {
  const secureContext = createSecureContext(material);
  return servername === undefined ? { secureContext } : { secureContext, servername };
}

/** What leaves, with its flight: a WeakMap would keep both until the next major collection. */
class DepartingRequest extends JudgedRequest {
  readonly flight: Flight;

  constructor(flight: Flight, ...judged: ConstructorParameters<typeof JudgedRequest>) {
    super(...judged);
    this.flight = flight;
  }
}

function flightOf(incoming: unknown): Flight | undefined {
  return incoming instanceof DepartingRequest ? incoming.flight : undefined;
}

/** One call on its way; found again by the request object that the proxy hands to its hooks. */
class Flight {
  readonly #exchange: Exchange;
  readonly #outbound: Outbound;
  /** Milliseconds until the upstream's answer begins. */
  readonly #timeout: number;
  readonly #resolve: (delivery: Delivery) => void;
  #upstream: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sent = false;
  #status: number | undefined;
  #bytes = 0;
  #broke = false;
  #cutWhy: string | undefined;
  #settled = false;

  constructor(exchange: Exchange, outbound: Outbound, timeout: number, resolve: (delivery: Delivery) => void) {
    this.#exchange = exchange;
    this.#outbound = outbound;
    this.#timeout = timeout;
    this.#resolve = resolve;
  }

  depart(proxy: RequestHandler): void {
    const { response, request } = this.#exchange;
    // Whoever left while the call was judged gets nothing done any more; of that nobody would be told again.
    if (response.destroyed || request.socket.destroyed) {
      this.#settle('caller-left');
      return;
    }
    response.once('close', this.#ended);
    // An answer that waits for its turn on a pipelined connection does not hear of the end of it.
    if (response.socket === null) request.socket.once('close', this.#ended);
    const { method, url, headers, body } = this.#outbound;
    const judged = new DepartingRequest(this, request.socket, method, url, headers, body);
    void proxy(judged.asIncoming(), response, () => undefined);
  }

  /** The proxy has a connection, or is making one, and has written nothing. */
  started(sending: ClientRequest): void {
    this.#upstream = sending;
    const refusal = this.#settled ? undefined : this.#outbound.lastLook();
    if (refusal !== undefined) this.#settle('refused', refusal);
    if (this.#settled) {
      sending.destroy();
      return;
    }
    whenConnected(sending, () => {
      this.#sent = true;
    });
    this.#timer = setTimeout(() => {
      this.#settle('failed', tooLate(this.#timeout));
      sending.destroy();
    }, this.#timeout);
    // An upstream that switches protocols unasked ends the request without an error.
    sending.once(
      'close',
      () => this.#status === undefined && this.failed('it closed the connection without an answer'),
    );
    this.#outbound.onOpen((why) => {
      this.#cutWhy = why;
      sending.destroy();
      this.#exchange.response.destroy();
    });
  }

  answered(answer: IncomingMessage): void {
    const { response } = this.#exchange;
    clearTimeout(this.#timer);
    this.#status = answer.statusCode;
    dropHopHeaders(answer);
    // Else the proxy would promise every caller to keep its connection open.
    answer.headers.connection = response.shouldKeepAlive ? 'keep-alive' : 'close';
    for (const [name, value] of Object.entries(this.#outbound.answerHeaders)) response.setHeader(name, value);
    if (this.#outbound.flush) queueMicrotask(() => response.headersSent || response.flushHeaders());
    answer.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
    });
    answer.once('close', () => {
      if (!answer.complete) this.#broke = true;
    });
  }

  failed(error: unknown): void {
    // What was cut ends with the caller's connection, which is told as that.
    if (this.#cutWhy !== undefined) return;
    if (this.#status === undefined) {
      this.#settle('failed', unreachable(error));
    } else {
      this.#broke = true;
      this.#exchange.response.destroy();
    }
  }

  readonly #ended = (): void => {
    const { writableFinished } = this.#exchange.response;
    if (this.#cutWhy !== undefined) this.#settle('cut', new SallyportError('identity/revoked', this.#cutWhy));
    else if (this.#broke) this.#settle('upstream-broke', brokeOff());
    else this.#settle(writableFinished && this.#status !== undefined ? 'complete' : 'caller-left');
    if (!writableFinished) this.#upstream?.destroy();
  };

  #settle(end: Delivery['end'], error?: SallyportError): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#exchange.request.socket.off('close', this.#ended);
    this.#resolve({ sent: this.#sent, status: this.#status, bytes: this.#bytes, end, error });
  }
}

/** Until then what is written waits in the gate; from then on nobody can tell what of it arrived. */
function whenConnected(sending: ClientRequest, then: () => void): void {
  if (sending.reusedSocket) then();
  else sending.socket?.once(sending.socket instanceof TLSSocket ? 'secureConnect' : 'connect', then);
}

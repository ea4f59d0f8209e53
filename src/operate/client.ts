import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type ErrorCode, messageOf, SallyportError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';

/** Where a gate's operations API is and what to show it. */
export interface ClientOptions {
  /** `https://host:port`, or `http://` on loopback when the gate is so configured. */
  readonly origin: string;
  /** PEM of the CAs that the gate's certificate may come from; ignored over plain HTTP. */
  readonly ca: readonly string[];
  /** An operator's token; undefined for `bootstrap` alone. */
  readonly token: string | undefined;
  /** Where the token was looked for, for the error that says there is none. */
  readonly tokenFrom: string;
  /** Milliseconds to wait for an answer. */
  readonly timeout?: number;
}

const MAX_ANSWER = 32 * 1024 * 1024;

/** The command line's client of the operations API (and anybody's who writes TypeScript). */
export class OperationsClient {
  readonly #options: ClientOptions;

  /** @throws SallyportError `config/invalid` when the origin would send a token in the clear. */
  constructor(options: ClientOptions) {
    const { protocol, hostname } = new URL(options.origin);
    if (protocol !== 'https:' && !isLoopback(hostname)) {
      throw new SallyportError('config/invalid', `${options.origin} would carry an operator's token in the clear`, {
        fix: 'plain HTTP is for loopback addresses only',
      });
    }
    this.#options = options;
  }

  get(path: string): Promise<JsonObject> {
    return this.#call('GET', path, undefined);
  }

  post(path: string, body: JsonObject = {}): Promise<JsonObject> {
    return this.#call('POST', path, body);
  }

  patch(path: string, body: JsonObject): Promise<JsonObject> {
    return this.#call('PATCH', path, body);
  }

  /** An answer that is no JSON, as it is. @param timeout milliseconds, for what takes the gate long */
  async text(path: string, timeout?: number): Promise<string> {
    const answer = await this.#open(
      'GET',
      path,
      undefined,
      AbortSignal.timeout(timeout ?? this.#options.timeout ?? 15_000),
    );
    await this.#refuseUnlessOk(answer);
    return readText(answer);
  }

  /**
   * The event stream, one parsed `data` at a time, until the gate ends it or `signal` aborts.
   * @throws SallyportError when it cannot be opened.
   */
  async *stream(path: string, signal: AbortSignal): AsyncGenerator<{ event: string; data: JsonObject }> {
    try {
      const answer = await this.#open('GET', path, undefined, signal);
      await this.#refuseUnlessOk(answer);
      yield* readEvents(answer);
    } catch (thrown) {
      if (signal.aborted) return;
      throw thrown instanceof SallyportError ? thrown : this.#unreachable(thrown);
    }
  }

  async #call(method: string, path: string, body: JsonObject | undefined): Promise<JsonObject> {
    const signal = AbortSignal.timeout(this.#options.timeout ?? 15_000);
    const answer = await this.#open(method, path, body, signal);
    await this.#refuseUnlessOk(answer);
    return parseObject(await readText(answer));
  }

  #open(method: string, path: string, body: JsonObject | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const { origin, ca, token } = this.#options;
    const url = new URL(path, origin);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      signal,
      headers: {
        accept: 'application/json, application/problem+json, text/event-stream, text/markdown, text/html',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    };
    return new Promise((resolve, reject) => {
      const sent =
        url.protocol === 'https:' ? requestHttps(url, { ...options, ca: [...ca] }) : requestHttp(url, options);
      sent.once('response', resolve);
      sent.once('error', (error) => reject(this.#unreachable(error)));
      sent.end(payload);
    });
  }

  async #refuseUnlessOk(answer: IncomingMessage): Promise<void> {
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return;
    const problem = parseProblem(await readText(answer));
    if (status === 401 && this.#options.token === undefined) {
      throw new SallyportError(
        'operator/unauthorized',
        `this needs an operator's token; none is in ${this.#options.tokenFrom}`,
        {
          fix: 'run `sallyport operator bootstrap` where the gate runs, or ask an administrator for a token',
        },
      );
    }
    const detail = problem.detail ?? `the gate answered ${status} without saying why`;
    throw new SallyportError(codeOf(problem.code) ?? CODES[status] ?? 'request/invalid', detail, {
      ...(problem.fix === undefined ? {} : { fix: problem.fix }),
    });
  }

  #unreachable(error: unknown): SallyportError {
    const { origin } = this.#options;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/^(ERR_TLS|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(code)) {
      return new SallyportError(
        'upstream/unreachable',
        `what answers at ${origin} does not prove to be this gate: ${messageOf(error)}`,
        {
          fix: 'use the configuration (and with it the state folder) of the gate that runs there',
          cause: error,
        },
      );
    }
    const late = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
    const why = late ? 'no answer in time' : messageOf(error);
    return new SallyportError('upstream/unreachable', `no gate answers at ${origin}: ${why}`, {
      fix: 'start it with `sallyport serve`, or name the configuration of the running one with --config',
      cause: error,
    });
  }
}

/** The events of a `text/event-stream`, each with the one line of JSON that the gate puts into it. */
async function* readEvents(answer: IncomingMessage): AsyncGenerator<{ event: string; data: JsonObject }> {
  const chunks = answer.setEncoding('utf8');
  let event = 'message';
  let rest = '';
  for await (const chunk of chunks) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('event: ')) event = line.slice('event: '.length);
      if (line.startsWith('data: ')) yield { event, data: parseObject(line.slice('data: '.length)) };
      if (line === '') event = 'message';
    }
  }
}

/**
 * A path with its variable segments encoded: `apiPath('/v1/agents', id, 'tokens')`.
 * @throws SallyportError `usage/invalid` for segments that a URL would swallow.
 */
export function apiPath(prefix: string, ...segments: readonly string[]): string {
  const swallowed = segments.find((segment) => /^\.{0,2}$/.test(segment));
  if (swallowed !== undefined) {
    throw new SallyportError('usage/invalid', `${JSON.stringify(swallowed)} is not an id`);
  }
  return [prefix, ...segments.map(encodeURIComponent)].join('/');
}

/** A query string of what is defined, with its `?`. */
export function apiQuery(values: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? '' : `?${query}`;
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'operator/unauthorized',
  403: 'operator/forbidden',
  404: 'request/not-found',
  409: 'record/conflict',
  422: 'bundle/invalid',
  503: 'record/unavailable',
};

/** What a refused bundle was refused for; all else is told apart by its status. */
function codeOf(code: string | undefined): ErrorCode | undefined {
  return (['bundle/invalid', 'bundle/signature', 'bundle/older'] as const).find((known) => known === code);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_ANSWER) throw new SallyportError('request/invalid', `the gate's answer is over ${MAX_ANSWER} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text: string): JsonObject {
  const value = parseJson(text);
  if (isObject(value)) return value;
  throw new SallyportError('request/invalid', 'the gate answered something that is not a JSON object', {
    fix: 'check that `operate` in the configuration names the operations address, not the one of agents',
  });
}

function parseProblem(text: string): Partial<Record<'code' | 'detail' | 'fix', string | undefined>> {
  const value = parseJson(text);
  if (!isObject(value)) return {};
  const { code, detail, fix } = value;
  return {
    code: typeof code === 'string' ? code : undefined,
    detail: typeof detail === 'string' ? detail : undefined,
    fix: typeof fix === 'string' ? fix : undefined,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

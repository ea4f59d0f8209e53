import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf, SallyportError } from '../../errors.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { type Impersonation, outboundHeaders } from '../../settle/outbound-headers.ts';

/** Where the API server is and how the gate shows itself to it; one per route, shared with the forwarder. */
export interface ApiEndpoint {
  /** `https://host:port`, no path. */
  readonly origin: string;
  /** `''` or `/prefix`. */
  readonly basePath: string;
  readonly agent: Agent;
  readonly authorization: () => Promise<string | undefined> | string | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  /** The parsed body when it was a JSON object, else undefined. */
  readonly object: JsonObject | undefined;
  readonly headers: IncomingMessage['headers'];
}

export interface ApiRequest {
  readonly method: string;
  /** Path and query from the server's root, encoded. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
  readonly impersonate: Impersonation | undefined;
  readonly signal: AbortSignal;
}

/** Answers larger than this are not measured but unknown. */
const MAX_ANSWER = 16 * 1024 * 1024;

/**
 * Asks the API server one thing and reads the whole answer.
 * @throws SallyportError `measure/failed` when there is no answer to be had within the signal's time
 */
export async function askApi(endpoint: ApiEndpoint, ask: ApiRequest): Promise<ApiAnswer> {
  const answer = await openAnswer(endpoint, ask);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer) {
      size += chunk.length;
      if (size > MAX_ANSWER) throw new Error(`the answer is larger than ${MAX_ANSWER} bytes`);
      chunks.push(chunk);
    }
    return {
      status: answer.statusCode ?? 0,
      object: parseObject(Buffer.concat(chunks, size)),
      headers: answer.headers,
    };
  } catch (cause) {
    answer.destroy();
    throw failed(ask, cause);
  }
}

/**
 * Asks and resolves with the answer as a stream, for watches.
 * @throws SallyportError `measure/failed`
 */
export async function openAnswer(endpoint: ApiEndpoint, ask: ApiRequest): Promise<IncomingMessage> {
  const body = ask.body ?? new Uint8Array(0);
  const url = new URL(endpoint.origin);
  const given = new Map([
    ['accept', ask.accept ?? 'application/json'],
    ['user-agent', 'sallyport'],
  ]);
  if (ask.contentType !== undefined) given.set('content-type', ask.contentType);
  try {
    const authorization = await endpoint.authorization();
    const headers = outboundHeaders(given, {
      host: url.host,
      method: ask.method,
      bodyLength: body.length,
      authorization,
      impersonate: ask.impersonate,
    });
    return await new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const sending = send(
        {
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port || (url.protocol === 'https:' ? 443 : 80),
          method: ask.method,
          path: endpoint.basePath + ask.path,
          headers,
          agent: endpoint.agent,
          signal: ask.signal,
        },
        resolve,
      );
      sending.once('error', reject);
      sending.end(body);
    });
  } catch (cause) {
    throw failed(ask, cause);
  }
}

function parseObject(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Without the query, which is the caller's own text. */
function pathOf({ path }: ApiRequest): string {
  return path.split('?', 1)[0] ?? '';
}

function failed(ask: ApiRequest, cause: unknown): SallyportError {
  const why = ask.signal.aborted ? 'no answer in time' : messageOf(cause);
  return new SallyportError('measure/failed', `${ask.method} ${pathOf(ask).slice(0, 200)}: ${why}`, { cause });
}

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';

/** A server of one bundle, as OPA's bundle protocol has it unless told otherwise. */
export interface BundleServerLab {
  readonly url: string;
  readonly origin: string;
  /** What was asked, the newest last. */
  readonly asked: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** What there is; those who wait for news are told. */
  put(content: string | Uint8Array, etag?: string): void;
  /** In the place of the ordinary answer; undefined: the ordinary one again. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Resolves when somebody waits for news. */
  waiting(): Promise<void>;
  close(): Promise<void>;
}

export interface BundleServerOptions {
  readonly tls?: TlsOptions;
  /** Holds requests back that say `Prefer: ...;wait=N` and have what there is; on by default. */
  readonly waits?: boolean;
  /** Sends no ETag. */
  readonly nameless?: boolean;
  /** On by default for those that wait. */
  readonly type?: string;
}

export async function startBundleServer(options: BundleServerOptions = {}): Promise<BundleServerLab> {
  const { waits = true, type = waits ? 'application/vnd.openpolicyagent.bundles' : 'application/gzip' } = options;
  const asked: BundleServerLab['asked'] = [];
  const held = new Set<() => void>();
  let heldOne = Promise.withResolvers<void>();
  let content: Uint8Array = new Uint8Array(0);
  let etag = '';

  const respond = (request: IncomingMessage, response: ServerResponse, again = false) => {
    const names = options.nameless ? {} : { etag };
    if (request.headers['if-none-match'] !== etag || options.nameless)
      return response.writeHead(200, { 'content-type': type, ...names }).end(content);
    const [, wait] = /(?:^|;)\s*wait=(\d+)/.exec(String(request.headers.prefer)) ?? [];
    if (!waits || wait === undefined || again) return response.writeHead(304, names).end();
    const answer = () => {
      clearTimeout(timer);
      held.delete(answer);
      respond(request, response, true);
    };
    const timer = setTimeout(answer, Number(wait) * 1000).unref();
    held.add(answer);
    heldOne.resolve();
    return undefined;
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    if (lab.answer !== undefined) lab.answer(request, response);
    else respond(request, response);
  };
  const server: Server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const lab: BundleServerLab = {
    origin,
    url: `${origin}/bundles/sallyport.tar.gz`,
    asked,
    answer: undefined,
    put(next, name) {
      content = typeof next === 'string' ? Buffer.from(next) : next;
      etag = name ?? `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;
      for (const tell of [...held]) tell();
    },
    async waiting() {
      await heldOne.promise;
      heldOne = Promise.withResolvers<void>();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return lab;
}

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { textAt } from '../cli/json-fields.ts';
import { messageOf } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import {
  createObject,
  deleteObject,
  patchObject,
  readScale,
  replaceObject,
  type Write,
  writeScale,
} from './changes.ts';
import { runControllers } from './controllers.ts';
import { answerDiscovery } from './discovery.ts';
import { Failure } from './failure.ts';
import { apiVersionOf } from './kinds.ts';
import { ObjectStore, type Sources } from './object-store.ts';
import { parseResourcePath, type ResourcePath } from './resource-path.ts';
import { seedShop } from './seed.ts';
import { parseSelectors } from './selectors.ts';
import { toTable, wantsTable } from './table.ts';
import { streamWatch } from './watch.ts';

/** Bytes; an API server's own limit. */
const MAX_BODY = 3 * 1024 * 1024;

export interface DemoUpstream {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a **demonstration upstream**: a small Kubernetes-style API that lives in memory and is forgotten when it stops.
 * It is no cluster and says so: every answer carries `Server: sallyport-demonstration-upstream`, and its version reads
 * `...-sallyport-demonstration`. It serves what kubectl needs for namespaces, deployments with their replica sets and
 * pods, config maps and secrets: JSON and Tables, watches, scale, the JSON patch types, dry run, Status errors.
 *
 * Plain HTTP on loopback. Where `token` is given, every call must carry it as a bearer token.
 */
export async function startDemoUpstream(options: { token?: string } & Partial<Sources> = {}): Promise<DemoUpstream> {
  const store = new ObjectStore({ now: options.now ?? (() => new Date()), newId: options.newId ?? randomUUID });
  runControllers(store);
  seedShop(store);
  const server = createServer((request, response) => {
    response.setHeader('server', 'sallyport-demonstration-upstream');
    answer(store, options.token, request, response).catch((thrown: unknown) => {
      const failure = thrown instanceof Failure ? thrown : new Failure(500, 'InternalError', messageOf(thrown));
      if (response.headersSent) response.destroy();
      else sendJson(response, failure.code, failure.toStatus());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the demonstration upstream has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      // Watches never end by themselves.
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  store: ObjectStore,
  token: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
    throw new Failure(401, 'Unauthorized', 'Unauthorized');
  }
  const url = new URL(request.url ?? '/', 'http://upstream');
  const method = request.method ?? 'GET';
  if (['/healthz', '/livez', '/readyz'].includes(url.pathname)) {
    response.end('ok');
    return;
  }
  const discovered = answerDiscovery(url.pathname.replace(/\/$/, ''));
  if (discovered !== undefined && method === 'GET') {
    sendJson(response, 200, discovered);
    return;
  }
  const path = parseResourcePath(url.pathname);
  if (method === 'GET') {
    read(store, path, url.searchParams, request, response);
    return;
  }
  const object = change(store, path, method, url.searchParams, {
    contentType: (request.headers['content-type'] ?? '').split(';')[0] ?? '',
    body: await readBody(request),
    dryRun: url.searchParams.getAll('dryRun').includes('All'),
  });
  const shown = object.kind === path.kind.kind && wantsTable(request.headers.accept);
  const table = () => toTable(path.kind, [object], textAt(object, 'metadata', 'resourceVersion'), store.sources.now());
  sendJson(response, method === 'POST' ? 201 : 200, shown ? table() : object);
}

function read(
  store: ObjectStore,
  path: ResourcePath,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { kind, namespace, name, subresource } = path;
  const asTable = wantsTable(request.headers.accept);
  const matches = parseSelectors(query);
  const now = store.sources.now();
  if (['true', '1'].includes(query.get('watch') ?? '')) {
    streamWatch(store, response, { path, query, matches, asTable });
  } else if (name === '') {
    const items = store.list(kind, namespace).filter(matches);
    const resourceVersion = String(store.version);
    const list = { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata: { resourceVersion }, items };
    sendJson(response, 200, asTable ? toTable(kind, items, resourceVersion, now) : list);
  } else if (subresource === 'log') {
    store.get(kind, namespace, name);
    response.setHeader('content-type', 'text/plain');
    response.end(`${now.toISOString()} ${name} serves the demonstration\n`);
  } else {
    const object = store.get(kind, namespace, name);
    const shown = subresource === 'scale' ? readScale(object) : object;
    const version = textAt(object, 'metadata', 'resourceVersion');
    sendJson(response, 200, asTable && shown === object ? toTable(kind, [object], version, now) : shown);
  }
}

function change(
  store: ObjectStore,
  path: ResourcePath,
  method: string,
  query: URLSearchParams,
  write: Write,
): JsonObject {
  if (write.contentType === 'application/vnd.kubernetes.protobuf') {
    throw new Failure(415, 'UnsupportedMediaType', 'the demonstration upstream reads JSON, not protobuf');
  }
  if (path.subresource === 'scale' && (method === 'PUT' || method === 'PATCH'))
    return writeScale(store, path, write, method);
  if (path.subresource === 'eviction' && method === 'POST') return deleteObject(store, path, { ...write, body: '' });
  if (path.subresource === '' && path.name === '') {
    if (method === 'POST') return createObject(store, path, write);
    if (method === 'DELETE') return deleteCollection(store, path, query, write);
  } else if (path.subresource === '') {
    if (method === 'PUT') return replaceObject(store, path, write);
    if (method === 'PATCH') return patchObject(store, path, write);
    if (method === 'DELETE') return deleteObject(store, path, write);
  }
  throw new Failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

function deleteCollection(store: ObjectStore, path: ResourcePath, query: URLSearchParams, write: Write): JsonObject {
  const items = store.list(path.kind, path.namespace).filter(parseSelectors(query));
  for (const item of items) {
    const address = { namespace: textAt(item, 'metadata', 'namespace'), name: textAt(item, 'metadata', 'name') };
    // An object that another one of them owned is gone by now.
    if (store.find(path.kind, address.namespace, address.name) !== undefined)
      deleteObject(store, { ...path, ...address }, write);
  }
  const metadata = { resourceVersion: String(store.version) };
  return { kind: `${path.kind.kind}List`, apiVersion: apiVersionOf(path.kind), metadata, items };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Failure(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendJson(response: ServerResponse, code: number, body: JsonObject): void {
  const text = JSON.stringify(body);
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

import { once } from 'node:events';
import { Agent, createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../../src/config/schema.ts';
import { NamespaceCache } from '../../../src/measure/kubernetes/namespace-cache.ts';

/** A fake, for what a real API server does only when it fails: a list, and watches that the test answers itself. */
let server: Server;
let watches: ServerResponse[];
let lists: number;
let environment: string;
let cache: NamespaceCache;
let states: (readonly [boolean, string])[];

const namespace = () => ({
  metadata: { name: 'shop', resourceVersion: '7', labels: { 'sallyport.dev/environment': environment } },
});

beforeEach(async () => {
  watches = [];
  lists = 0;
  environment = 'dev';
  states = [];
  server = createServer((request, response) => {
    if (request.url?.includes('watch=true') === true) {
      watches.push(response);
      server.emit('watched');
      return;
    }
    lists += 1;
    response.end(JSON.stringify({ metadata: { resourceVersion: '7' }, items: [namespace()] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  cache = new NamespaceCache({
    endpoint: {
      origin: `http://127.0.0.1:${port}`,
      basePath: '',
      agent: new Agent({ keepAlive: true }),
      authorization: () => undefined,
    },
    keys: DEFAULTS.labels,
    now: () => 0,
    onState: (fresh, why) => states.push([fresh, why]),
  });
});
afterEach(async () => {
  cache.close();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

/** The watch with this number, once it was asked for. */
async function watch(number: number): Promise<ServerResponse> {
  for (;;) {
    const found = watches[number];
    if (found !== undefined) return found;
    await once(server, 'watched');
  }
}

function open(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
}

async function startAndOpen(): Promise<ServerResponse> {
  const starting = cache.start();
  const first = await watch(0);
  open(first);
  await starting;
  return first;
}

const known = () => cache.labels('shop')?.labels.environment;

describe('the cache of namespaces', () => {
  it('answers once it watches, and follows what the watch tells', async () => {
    const first = await startAndOpen();
    await expect.poll(known).toBe('dev');
    environment = 'prod';
    first.write(`${JSON.stringify({ type: 'MODIFIED', object: namespace() })}\n`);
    await expect.poll(known).toBe('prod');
    expect(cache.everywhere()?.labels.environment).toBe('prod');
    first.write(`${JSON.stringify({ type: 'DELETED', object: namespace() })}\n`);
    await expect.poll(known).toBeUndefined();
    expect(states).toEqual([[true, expect.any(String)]]);
  });

  it('answers nothing between a watch that has ended and the next, and says nothing of that', async () => {
    const first = await startAndOpen();
    await expect.poll(known).toBe('dev');
    first.end();
    const second = await watch(1);
    expect([known(), cache.everywhere()]).toEqual([undefined, undefined]);
    open(second);
    await expect.poll(known).toBe('dev');
    expect([lists, states]).toEqual([1, [[true, expect.any(String)]]]);
  });

  it('answers nothing after a list alone: a watch that never begins is none', async () => {
    void cache.start();
    await watch(0);
    expect([known(), cache.everywhere()]).toEqual([undefined, undefined]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['is refused', (response) => void response.writeHead(403).end('{}')],
    ['breaks', (response) => response.destroy()],
    [
      'wants a new list',
      (response) => void response.end(`${JSON.stringify({ type: 'ERROR', object: { message: 'too old' } })}\n`),
    ],
    ['tells nonsense', (response) => void response.end('{"type":\n')],
  ])('lists again when the watch %s', async (_what, fail) => {
    const first = await startAndOpen();
    await expect.poll(known).toBe('dev');
    first.end();
    environment = 'prod';
    fail(await watch(1));
    await expect.poll(() => states.at(-1)?.[0]).toBe(false);
    expect(known()).toBeUndefined();
    open(await watch(2));
    await expect.poll(known).toBe('prod');
    expect(lists).toBe(2);
  });

  it('starts without an answer when the list fails, so that the gate can start', async () => {
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.writeHead(500).end());
    await cache.start();
    expect([known(), states]).toEqual([undefined, [[false, expect.stringContaining('500')]]]);
  });
});

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeEndpoint } from '../../../src/config.ts';
import { MOST_BYTES } from '../../../src/settle/verify/endpoint.ts';
import { lookByHttp } from '../../../src/settle/verify/http-probe.ts';
import type { ProbeSpec } from '../../../src/settle/verify/plan.ts';
import { lookByPrometheus } from '../../../src/settle/verify/prometheus-probe.ts';

type Http = Extract<ProbeSpec, { probe: 'http' }>;
type Prometheus = Extract<ProbeSpec, { probe: 'prometheus' }>;

const json = (value: unknown): RequestListener => {
  return (_request, response) => response.end(JSON.stringify(value));
};
const vector = (...values: readonly string[]) =>
  json({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
  });

/** What stands behind each path. */
const ANSWERS: Readonly<Record<string, RequestListener>> = {
  '/ok': (_request, response) => response.end('all is well'),
  '/status': json({ status: 'up', 'a/b': [{ depth: 3 }] }),
  '/broken': (_request, response) => response.writeHead(503).end('no'),
  '/moved': (_request, response) => response.writeHead(302, { location: '/ok' }).end(),
  '/huge': (_request, response) => response.end('x'.repeat(MOST_BYTES + 1)),
  '/silent': () => undefined,
  '/slow': (_request, response) => response.write('{'),
  '/cut': (_request, response) =>
    response.writeHead(200, { 'content-length': '10' }).write('a', () => response.destroy()),
  '/low': vector('0.01', '0.02'),
  '/mixed': vector('0.01', '0.5'),
  '/nothing': vector(),
  '/nan': vector('NaN'),
  '/infinite': vector('+Inf'),
  '/scalar': json({ status: 'success', data: { resultType: 'scalar', result: [1, '0'] } }),
  '/matrix': json({ status: 'success', data: { resultType: 'matrix', result: [] } }),
  '/error': json({ status: 'error', errorType: 'bad_data', error: 'parse error' }),
  '/odd': json({ status: 'success', data: { resultType: 'vector', result: [{ value: 'high' }] } }),
};

const NEVER_ANSWERS = new Set(['/silent', '/slow']);

let server: Server;
let asked: IncomingMessage[];
beforeAll(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    ANSWERS[pathname]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function endpoint(path: string, more: Partial<ProbeEndpoint> = {}): ProbeEndpoint {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${path}`;
  // Only who never answers is waited for in vain.
  const timeout = NEVER_ANSWERS.has(path) ? 300 : 10_000;
  return { name: 'shop', kind: 'http', url, token: undefined, ca: undefined, timeout, ...more };
}

const NEVER = new AbortController().signal;

describe('an HTTP probe', () => {
  const OK: Http = { probe: 'http', endpoint: 'shop', status: 200 };
  it.each<[string, string, Partial<Http>, string, string]>([
    ['the status that it should', '/ok', {}, 'good', 'shop answers 200'],
    ['another status', '/broken', {}, 'waiting', 'shop answers 503, not 200'],
    ['the status that it should, of a refusal', '/broken', { status: 503 }, 'good', 'shop answers 503'],
    ['the text that it should', '/ok', { contains: 'well' }, 'good', 'shop answers 200'],
    ['another text', '/ok', { contains: 'ill' }, 'waiting', 'shop answers 200 without "ill"'],
    ['the value that it should', '/status', { pointer: '/status', equals: 'up' }, 'good', 'shop has "up" at /status'],
    ['another value', '/status', { pointer: '/status', equals: 'down' }, 'waiting', 'shop has "up" at /status'],
    [
      'a value of another type',
      '/status',
      { pointer: '/a~1b/0/depth', equals: '3' },
      'waiting',
      'shop has 3 at /a~1b/0/depth',
    ],
    ['any value', '/status', { pointer: '/a~1b/0/depth' }, 'good', 'shop has 3 at /a~1b/0/depth'],
    ['no such value', '/status', { pointer: '/a~1b/1' }, 'waiting', 'shop has nothing at /a~1b/1'],
    ['no value of its own', '/status', { pointer: '/constructor' }, 'waiting', 'shop has nothing at /constructor'],
    ['no JSON', '/ok', { pointer: '/status' }, 'blind', 'shop does not answer with JSON'],
    [
      'a redirect, which is not followed',
      '/moved',
      {},
      'waiting',
      'shop does not answer: it answers 302, and redirects are not followed',
    ],
    ['without end', '/huge', {}, 'waiting', `shop does not answer: its answer is larger than ${MOST_BYTES} bytes`],
    ['not at all', '/silent', {}, 'waiting', 'shop does not answer: no whole answer within 300 ms'],
    ['too slowly', '/slow', {}, 'waiting', 'shop does not answer: no whole answer within 300 ms'],
    ['half', '/cut', {}, 'waiting', 'shop does not answer: aborted'],
  ])('that is answered with %s', async (_what, path, more, state, saw) => {
    expect(await lookByHttp({ ...OK, ...more }, endpoint(path), NEVER)).toEqual({ state, saw });
  });

  it('sends the token of the configuration, and never shows it', async () => {
    asked.length = 0;
    const look = await lookByHttp(OK, endpoint('/broken?key=sesame', { token: 'swordfish' }), NEVER);
    expect(asked[0]?.headers.authorization).toBe('Bearer swordfish');
    expect(look).toEqual({ state: 'waiting', saw: 'shop answers 503, not 200' });
  });

  it('that nobody listens for waits, and says no more of the address than there is to say', async () => {
    const gone = { ...endpoint('/'), url: 'http://127.0.0.1:1/?key=sesame' };
    const look = await lookByHttp(OK, gone, NEVER);
    expect([look.state, look.saw.includes('sesame')]).toEqual(['waiting', false]);
  });
});

describe('a Prometheus query', () => {
  const LOW: Prometheus = { probe: 'prometheus', endpoint: 'shop', query: 'errors', is: '<', than: 0.1 };
  const target = { namespace: 'shop-prod', name: 'web', account: 'none', region: 'none', tool: 'none' };
  const look = (path: string, more: Partial<Prometheus> = {}, of = target) =>
    lookByPrometheus({ ...LOW, ...more }, endpoint(path, { kind: 'prometheus' }), of, NEVER);

  it.each<[string, string, Partial<Prometheus>, string, string]>([
    ['low samples', '/low', {}, 'good', 'the query gives 0.01, 0.02, which is < 0.1'],
    ['one high sample among low ones', '/mixed', {}, 'waiting', 'the query gives 0.5, which is not < 0.1'],
    ['no samples', '/nothing', {}, 'waiting', 'shop has no data for the query'],
    ['no number', '/nan', {}, 'waiting', 'the query gives NaN, which is not < 0.1'],
    ['no number, of which none compares', '/nan', { is: '>=' }, 'waiting', 'the query gives NaN, which is not >= 0.1'],
    ['infinity', '/infinite', { is: '>' }, 'good', 'the query gives Infinity, which is > 0.1'],
    ['a scalar', '/scalar', { is: '==', than: 0 }, 'good', 'the query gives 0, which is == 0'],
    ['a matrix', '/matrix', {}, 'blind', 'shop does not answer as the instant query API does'],
    ['an error', '/error', {}, 'blind', 'shop does not answer as the instant query API does'],
    ['odd JSON', '/odd', {}, 'blind', 'shop does not answer as the instant query API does'],
    ['no JSON', '/ok', {}, 'blind', 'shop does not answer as the instant query API does'],
    ['a refusal', '/broken', {}, 'blind', 'shop answers 503 to the query'],
    [
      'a redirect, which is not followed',
      '/moved',
      {},
      'blind',
      'shop does not answer: it answers 302, and redirects are not followed',
    ],
    ['nothing', '/silent', {}, 'blind', 'shop does not answer: no whole answer within 300 ms'],
    ['without end', '/huge', {}, 'blind', `shop does not answer: its answer is larger than ${MOST_BYTES} bytes`],
  ])('that is answered with %s', async (_what, path, more, state, saw) => {
    expect(await look(path, more)).toEqual({ state, saw });
  });

  it('asks about the target by its own names', async () => {
    asked.length = 0;
    await look('/low', { query: 'up{namespace="$namespace", app="$name"}' });
    const url = new URL(asked[0]?.url ?? '', 'http://localhost');
    expect(url.searchParams.get('query')).toBe('up{namespace="shop-prod", app="web"}');
  });

  it.each(['web"} or vector(0) or up{app="', '*', 'none of this', ''])(
    'is not asked about a name that would be more than a name: %s',
    async (name) => {
      asked.length = 0;
      expect(await look('/low', { query: 'up{app="$name"}' }, { ...target, name })).toEqual({
        state: 'blind',
        saw: 'the target has no name that could stand in a query',
      });
      expect(asked).toEqual([]);
    },
  );
});

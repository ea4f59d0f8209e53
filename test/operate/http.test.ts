import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject } from '../../src/json.ts';
import { Freezes } from '../../src/operate/freezes.ts';
import { createOperationsApp } from '../../src/operate/operations.ts';
import { MemoryStore } from '../identify/memory-store.ts';
import { type AskOptions, type OperationsLab, openOperationsLab } from './operations-lab.ts';

let lab: OperationsLab;

beforeAll(async () => {
  lab = await openOperationsLab();
});

afterAll(() => lab.close());

function asAdministrator(options: AskOptions = {}): AskOptions {
  return { ...options, token: lab.tokens.administrator };
}

const HARDENED = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

it.each([
  ['an answer', 'GET', '/v1/agents', true],
  ['a refusal', 'GET', '/v1/agents', false],
  ['an unknown path', 'GET', '/nope', true],
  ['a health check', 'GET', '/livez', false],
])('%s carries the headers that keep browsers from making anything of it', async (_name, method, path, known) => {
  const { headers } = await lab.ask(method, path, known ? asAdministrator() : {});
  expect(headers).toMatchObject(HARDENED);
  expect(headers).not.toHaveProperty('x-powered-by');
  expect(headers).not.toHaveProperty('access-control-allow-origin');
  expect(headers).not.toHaveProperty('set-cookie');
});

describe('a Host header', () => {
  it.each([
    ['127.0.0.1:7071', 200],
    ['localhost', 200],
    ['LOCALHOST:80', 200],
    ['[::1]:7071', 200],
    ['evil.example', 421],
    ['evil.example:7071', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['127.0.0.1@evil.example', 421],
    ['localhost:7071:80', 421],
  ])('%j on a loopback address: %d', async (host, status) => {
    expect((await lab.ask('GET', '/v1/log', asAdministrator({ headers: { host } }))).status).toBe(status);
  });

  it('of any name will do where the address is not loopback: names in a network are its own affair', async () => {
    const open = await openOperationsLab({ host: '10.0.0.7' });
    const { status } = await open.ask('GET', '/livez', { headers: { host: 'gate.example' } });
    await open.close();
    expect(status).toBe(200);
  });
});

it('a preflight of a foreign page gets no permission', async () => {
  const answer = await lab.ask('OPTIONS', '/v1/freezes', {
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(answer.status).not.toBe(200);
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
});

describe('a body', () => {
  const good = JSON.stringify({ scope: { kind: 'everything' }, why: 'test' });
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  it.each([
    ['as a form', good, { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'request/invalid'],
    ['as text, which needs no preflight', good, { 'content-type': 'text/plain' }, 415, 'request/invalid'],
    ['without a type', good, { 'content-type': '' }, 415, 'request/invalid'],
    ['compressed', good, { 'content-encoding': 'gzip' }, 415, 'request/invalid'],
    ['over 64 KiB', JSON.stringify({ why: 'x'.repeat(70_000) }), {}, 413, 'wire/too-large'],
    ['that is no JSON', '{"why": ', {}, 400, 'json/malformed'],
    [
      'that says the same thing twice',
      '{"why":"a","why":"b","scope":{"kind":"everything"}}',
      {},
      400,
      'json/malformed',
    ],
    ['nested without end', deep, {}, 400, 'json/malformed'],
    ['that is a list', '[]', {}, 400, 'request/invalid'],
    ['with __proto__', '{"__proto__":{"why":"x"},"scope":{"kind":"everything"}}', {}, 400, 'request/invalid'],
    [
      'with a field that nobody knows',
      '{"why":"a","scope":{"kind":"everything"},"admin":true}',
      {},
      400,
      'request/invalid',
    ],
    [
      'with a field of another type',
      '{"why":"a","scope":{"kind":"everything"},"reads":"no"}',
      {},
      400,
      'request/invalid',
    ],
    ['without a reason', '{"scope":{"kind":"everything"}}', {}, 400, 'request/invalid'],
  ])('%s is refused and nothing happens', async (_name, body, headers, status, code) => {
    const before = await lab.store.size();
    const answer = await lab.ask('POST', '/v1/freezes', asAdministrator({ body, headers }));
    expect([answer.status, answer.json]).toEqual([
      status,
      expect.objectContaining({ code, status, type: `tag:sallyport.dev,2026:${code}` }),
    ]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(await lab.store.size()).toBe(before);
  });
});

describe('a path', () => {
  it.each([
    ['that is not there', 'GET', '/v1/nothing', 404],
    ['in other letters', 'GET', '/v1/Agents', 404],
    ['with a slash at its end', 'GET', '/v1/agents/', 404],
    ['of an agent that is not there', 'GET', '/v1/agents/nobody', 404],
    ['of an id with an escape sequence', 'GET', '/v1/agents/%1b%5b2J', 404],
    ['of an id that climbs', 'GET', '/v1/agents/..%2f..%2foperators', 404],
    ['of an id that is a prototype’s', 'GET', '/v1/agents/__proto__', 404],
    ['of an id that is a constructor', 'GET', '/v1/agents/constructor', 404],
    ['of a freeze that is not there', 'POST', '/v1/freezes/nope/lift', 404],
    ['that cannot be decoded', 'GET', '/v1/agents/%E0%A4%A', 400],
    ['with another method', 'DELETE', '/v1/agents', 405],
    ['with HEAD', 'HEAD', '/v1/decisions/stream', 405],
    ['with a query twice', 'GET', '/v1/freezes?all=true&all=false', 400],
    ['with a query as an object', 'GET', '/v1/freezes?all[x]=true', 400],
  ])('%s is answered as a problem', async (_name, method, path, status) => {
    const body = method === 'POST' ? { why: 'test' } : undefined;
    const answer = await lab.ask(method, path, asAdministrator({ body }));
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.text).not.toMatch(/node_modules|at .*\.[jt]s:/);
  });
});

it('names with markup, controls or marks of direction get no further than the refusal', async () => {
  for (const owner of ['<script>alert(1)</script>\u0000', 'ana\u202egnp.exe', '\u001b]0;owned\u0007']) {
    const body = { id: 'x', team: 'sre', owner, why: 'test' };
    const answer = await lab.ask('POST', '/v1/agents', asAdministrator({ body }));
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  }
  expect(lab.parts.registry.list()).toEqual([]);
});

it('what the gate itself got wrong is reported to its log and not told', async () => {
  const broken = await openOperationsLab({
    readiness: () => Promise.reject(new Error('password=hunter2')),
  });
  const answer = await broken.ask('GET', '/readyz');
  await broken.close();
  expect([answer.status, answer.json]).toEqual([500, expect.objectContaining({ code: 'internal' })]);
  expect(answer.text).not.toContain('hunter2');
  expect(broken.reported).toEqual([new Error('password=hunter2')]);
});

it('a freeze that could not be recorded is reported loudly on both sides', async () => {
  const store = new MemoryStore();
  const freezes = await Freezes.open(store, { now: () => new Date(), newId: () => randomUUID() });
  const broken = await openOperationsLab({ freezes });
  store.break();
  const answer = await broken.ask('POST', '/v1/freezes', {
    token: broken.tokens.operator,
    body: { scope: { kind: 'everything' }, why: 'test' },
  });
  await broken.close();
  expect([answer.status, answer.json]).toEqual([
    503,
    expect.objectContaining({ code: 'record/unavailable', detail: expect.stringContaining('NOT in force') }),
  ]);
  expect(broken.reported).toEqual([expect.objectContaining({ code: 'record/unavailable' })]);
});

it('the OpenAPI document has just what is mounted, and every body with its schema', async () => {
  const { json } = await lab.ask('GET', '/v1/openapi.json', asAdministrator());
  if (!isObject(json) || !isObject(json.paths)) throw new Error('no document');
  expect(json.openapi).toBe('3.1.0');
  const described = Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.keys(isObject(methods) ? methods : {}).map((method) => `${method} ${path}`),
  );
  expect(described.sort()).toEqual(mounted().sort());
  expect(json.paths['/v1/freezes']).toMatchObject({
    post: {
      'x-permission': 'freezes.write',
      security: [{ operator: [] }],
      requestBody: { content: { 'application/json': { schema: { type: 'object', required: ['scope', 'why'] } } } },
      responses: { 201: {}, default: {} },
    },
    get: { parameters: [{ name: 'all', in: 'query', required: false }] },
  });
});

/** What the express application itself answers to, asked of its router and not of the table. */
function mounted(): string[] {
  return createOperationsApp(lab.parts).router.stack.flatMap((layer) => {
    const { route } = layer;
    if (route === undefined) return [];
    const methods = new Set(route.stack.map((each) => each.method).filter((method) => method !== undefined));
    return [...methods].map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`);
  });
}

it('a request that is no HTTP ends its own connection only', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(lab.port, '127.0.0.1', () => socket.write('GET /livez HTTP/9.9\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect((await lab.ask('GET', '/livez')).status).toBe(200);
});

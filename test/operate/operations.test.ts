import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/json.ts';
import { CA_PEM, type OperationsLab, openOperationsLab } from './operations-lab.ts';

let lab: OperationsLab;

beforeEach(async () => {
  lab = await openOperationsLab();
});

afterEach(() => lab.close());

const AGENT = { id: 'fixer', team: 'sre', owner: 'ana', why: 'nightly repairs', scope: { routes: ['staging'] } };

async function call(role: keyof OperationsLab['tokens'], method: string, path: string, body?: unknown) {
  const { status, json } = await lab.ask(method, path, { token: lab.tokens[role], body });
  return { status, json: isObject(json) ? json : undefined };
}

async function changes(): Promise<readonly JsonObject[]> {
  const leaves = await lab.store.leaves(0, 1000);
  return leaves.map((leaf) => JSON.parse(leaf.leaf)).filter((each) => each.by !== 'test');
}

describe('agents', () => {
  it('are added at level 1 by whom the token says, shown, listed and recorded', async () => {
    const added = await call('operator', 'POST', '/v1/agents', AGENT);
    expect(added).toEqual({
      status: 201,
      json: {
        id: 'fixer',
        team: 'sre',
        owner: 'ana',
        level: 1,
        narrowed: [],
        scope: {
          routes: ['staging'],
          environments: [],
          services: [],
          teams: [],
          namespaces: [],
          accounts: [],
          tools: [],
        },
        identities: [],
        grantedBy: lab.ids.operator,
        grantedAt: expect.any(String),
        why: 'nightly repairs',
        expires: expect.any(String),
        revokedAt: null,
        tokensNotBefore: null,
      },
    });
    expect(await call('viewer', 'GET', '/v1/agents/fixer')).toEqual({ status: 200, json: added.json });
    expect(await call('viewer', 'GET', '/v1/agents')).toEqual({ status: 200, json: { agents: [added.json] } });
    expect(await changes()).toMatchObject([{ what: 'agent.added', by: lab.ids.operator, why: 'nightly repairs' }]);
  });

  it.each([
    ['add one above level 3', 'POST', '/v1/agents', { ...AGENT, id: 'high', level: 4 }],
    ['raise one above level 3', 'PATCH', '/v1/agents/low', { level: 4, why: 'test' }],
    ['widen the scope of one above level 3', 'PATCH', '/v1/agents/five', { scope: { routes: ['*'] }, why: 'test' }],
    ['renew one above level 3', 'PATCH', '/v1/agents/five', { expires: '2099-01-01T00:00:00Z', why: 'test' }],
    ['lift the narrowing of one above level 3', 'PATCH', '/v1/agents/five', { narrowed: [], why: 'test' }],
    [
      'give one above level 3 an identity',
      'PATCH',
      '/v1/agents/five',
      { addIdentity: { issuer: 'i', subject: 's' }, why: 'test' },
    ],
    ['take a token of one above level 3', 'POST', '/v1/agents/five/tokens', { route: 'staging', why: 'test' }],
    ['raise one that is above level 3', 'PATCH', '/v1/agents/four', { level: 5, why: 'test' }],
  ])('an operator may not %s', async (_name, method, path, body) => {
    await call('administrator', 'POST', '/v1/agents', { ...AGENT, id: 'low' });
    await call('administrator', 'POST', '/v1/agents', { ...AGENT, id: 'four', level: 4 });
    await call('administrator', 'POST', '/v1/agents', { ...AGENT, id: 'five', level: 5 });
    const before = await lab.store.size();
    expect(await call('operator', method, path, body)).toMatchObject({
      status: 403,
      json: { code: 'operator/forbidden', fix: 'ask an administrator' },
    });
    expect(await lab.store.size()).toBe(before);
  });

  it('an operator may always take trust away: demote and revoke an agent of level 5', async () => {
    await call('administrator', 'POST', '/v1/agents', { ...AGENT, level: 5 });
    expect(await call('operator', 'PATCH', '/v1/agents/fixer', { level: 4, why: 'too bold' })).toMatchObject({
      status: 200,
      json: { level: 4 },
    });
    expect(await call('operator', 'POST', '/v1/agents/fixer/revoke', { why: 'gone' })).toMatchObject({
      status: 200,
      json: { revokedAt: expect.any(String) },
    });
  });

  it.each([
    ['level', { level: 2 }, { level: 2 }],
    ['narrowed', { narrowed: [{ environment: 'prod', level: 0 }] }, { narrowed: [{ environment: 'prod', level: 0 }] }],
    ['scope', { scope: { namespaces: ['web'] } }, { scope: { namespaces: ['web'], routes: [] } }],
    ['addIdentity', { addIdentity: { issuer: 'i', subject: 's' } }, { identities: [{ issuer: 'i', subject: 's' }] }],
  ])('a change of %s is one event with its reason', async (_name, change, expected) => {
    await call('operator', 'POST', '/v1/agents', AGENT);
    expect(await call('operator', 'PATCH', '/v1/agents/fixer', { ...change, why: 'test' })).toMatchObject({
      status: 200,
      json: expected,
    });
    expect((await changes()).slice(1)).toMatchObject([{ by: lab.ids.operator, why: 'test', agent: 'fixer' }]);
  });

  it('a token is shown once, opens what it says, and is neither stored nor recorded', async () => {
    await call('operator', 'POST', '/v1/agents', AGENT);
    const opened = await call('operator', 'POST', '/v1/intents', { agent: 'fixer', reason: 'test' });
    const intent = String(opened.json?.id);
    const { status, json } = await call('operator', 'POST', '/v1/agents/fixer/tokens', {
      route: 'staging',
      intent,
      ttlSeconds: 600,
      why: 'test',
    });
    expect(status).toBe(201);
    const token = String(json?.token);
    expect(await lab.parts.tokens.verify(token)).toMatchObject({ id: json?.id, route: 'staging', intent });
    expect(JSON.stringify(await lab.store.leaves(0, 1000))).not.toContain(token);
  });

  it('one token is revoked by its id', async () => {
    expect(await call('operator', 'POST', '/v1/tokens/abc-1/revoke', { why: 'leaked' })).toEqual({
      status: 200,
      json: { credential: 'abc-1', revoked: true },
    });
    expect(lab.parts.registry.isTokenRevoked('abc-1')).toBe(true);
  });
});

describe('freezes', () => {
  it('are set by an approver, listed, and lifted by an operator', async () => {
    const order = { scope: { kind: 'route', route: 'staging' }, why: 'incident 7', until: '2099-01-01T00:00:00Z' };
    const set = await call('approver', 'POST', '/v1/freezes', order);
    const freeze = {
      ...order,
      id: expect.any(String),
      reads: false,
      by: lab.ids.approver,
      since: expect.any(String),
      until: '2099-01-01T00:00:00.000Z',
      lifted: null,
    };
    expect(set).toEqual({ status: 201, json: freeze });
    expect(await call('viewer', 'GET', '/v1/freezes')).toEqual({ status: 200, json: { freezes: [freeze] } });
    const lifted = await call('operator', 'POST', `/v1/freezes/${set.json?.id}/lift`, { why: 'over' });
    expect(lifted).toMatchObject({ status: 200, json: { lifted: { by: lab.ids.operator, why: 'over' } } });
    expect(await call('viewer', 'GET', '/v1/freezes')).toEqual({ status: 200, json: { freezes: [] } });
    expect(await call('viewer', 'GET', '/v1/freezes?all=true')).toEqual({
      status: 200,
      json: { freezes: [lifted.json] },
    });
  });

  it.each([
    ['a service', { kind: 'service', service: 'web' }],
    ['a team', { kind: 'team', team: 'shop' }],
    ['a runbook', { kind: 'runbook', runbook: 'restart-stateless' }],
    ['an agent', { kind: 'agent', agent: 'fixer' }],
  ])(
    '%s is frozen by one request of an approver, and by none of a viewer; thawed by an operator, not by an approver',
    async (_what, scope) => {
      const order = { scope, why: 'incident 7' };
      if (scope.kind === 'agent')
        await lab.parts.registry.add({ id: 'fixer', team: 'shop', owner: 'ana' }, 'ana', 'test');
      expect(await call('viewer', 'POST', '/v1/freezes', order)).toMatchObject({ status: 403 });
      const { status, json } = await call('approver', 'POST', '/v1/freezes', order);
      expect([status, json?.scope]).toEqual([201, scope]);
      const path = `/v1/freezes/${json?.id}/lift`;
      expect(await call('approver', 'POST', path, { why: 'over' })).toMatchObject({ status: 403 });
      expect(await call('operator', 'POST', path, {})).toMatchObject({ status: 400 });
      expect(lab.parts.freezes.active(lab.parts.now())).toHaveLength(1);
      expect(await call('operator', 'POST', path, { why: 'over' })).toMatchObject({ status: 200 });
      expect(lab.parts.freezes.active(lab.parts.now())).toEqual([]);
    },
  );

  it('two operators who freeze the same at once have a freeze each, and it is over when both are lifted', async () => {
    const order = { scope: { kind: 'service', service: 'web' }, why: 'incident 7' };
    const both = await Promise.all([
      call('approver', 'POST', '/v1/freezes', order),
      call('operator', 'POST', '/v1/freezes', order),
    ]);
    expect(both.map(({ status, json }) => [status, json?.by])).toEqual([
      [201, lab.ids.approver],
      [201, lab.ids.operator],
    ]);
    const lift = (index: number) =>
      call('operator', 'POST', `/v1/freezes/${both[index]?.json?.id}/lift`, { why: 'over' });
    const twice = await Promise.all([lift(0), lift(0)]);
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(lab.parts.freezes.active(lab.parts.now()).map(({ id }) => id)).toEqual([both[1]?.json?.id]);
    expect(await lift(1)).toMatchObject({ status: 200 });
    expect(lab.parts.freezes.active(lab.parts.now())).toEqual([]);
  });

  it('a reason is kept as it was written, markup too, and one too long is refused', async () => {
    const why = '<img src=x onerror=alert(1)> [thaw](javascript:0) **now** & "then"';
    const order = { scope: { kind: 'team', team: 'shop' }, why };
    const { status, json } = await call('approver', 'POST', '/v1/freezes', order);
    expect([status, json?.why]).toEqual([201, why]);
    for (const wrong of ['x'.repeat(1001), 'a\u0000b', 7])
      expect(await call('operator', 'POST', `/v1/freezes/${json?.id}/lift`, { why: wrong })).toMatchObject({
        status: 400,
      });
    expect(lab.parts.freezes.active(lab.parts.now())).toHaveLength(1);
  });

  it('a freeze of everything is lifted by an administrator only', async () => {
    const { json } = await call('operator', 'POST', '/v1/freezes', {
      scope: { kind: 'everything' },
      why: 'incident 7',
    });
    const path = `/v1/freezes/${json?.id}/lift`;
    expect(await call('operator', 'POST', path, { why: 'over' })).toMatchObject({ status: 403 });
    expect(lab.parts.freezes.active(lab.parts.now())).toHaveLength(1);
    expect(await call('administrator', 'POST', path, { why: 'over' })).toMatchObject({ status: 200 });
    expect(lab.parts.freezes.active(lab.parts.now())).toEqual([]);
  });

  it.each([
    ['a route that is not there', { kind: 'route', route: 'stagin' }],
    ['an agent that is not there', { kind: 'agent', agent: 'fixr' }],
    ['a runbook that is not there', { kind: 'runbook', runbook: 'restart-stateles' }],
    ['a service that is none', { kind: 'service', service: 'none' }],
    ['a team that nobody knows', { kind: 'team', team: 'unknown' }],
    ['a name of more than a line', { kind: 'service', service: 'web\nfixed' }],
    ['a name too long for one', { kind: 'service', service: 'x'.repeat(254) }],
    ['a scope of another kind', { kind: 'galaxy' }],
    ['a scope with something besides', { kind: 'everything', route: 'staging' }],
  ])('%s is refused: it would stop nothing', async (_name, scope) => {
    expect(await call('operator', 'POST', '/v1/freezes', { scope, why: 'test' })).toMatchObject({ status: 400 });
    expect(lab.parts.freezes.active(lab.parts.now())).toEqual([]);
  });
});

describe('operators', () => {
  it('are added with a token that works, listed without it, and revoked', async () => {
    const added = await call('administrator', 'POST', '/v1/operators', {
      name: 'Ana',
      role: 'approver',
      groups: ['sre'],
    });
    expect(added).toMatchObject({
      status: 201,
      json: { operator: { name: 'Ana', role: 'approver', groups: ['sre'], addedBy: lab.ids.administrator } },
    });
    const token = String(added.json?.token);
    expect((await lab.ask('GET', '/v1/log', { token })).status).toBe(200);
    expect((await lab.ask('GET', '/v1/operators', { token: lab.tokens.viewer })).text).not.toContain(token.slice(-43));
    const { operator } = added.json ?? {};
    const id = isObject(operator) ? operator.id : '';
    expect(await call('administrator', 'POST', `/v1/operators/${id}/revoke`)).toMatchObject({ status: 200 });
    expect((await lab.ask('GET', '/v1/log', { token })).status).toBe(401);
  });

  it('nobody is bootstrapped while there is an operator, and guessing is slowed down', async () => {
    const attempt = () => lab.ask('POST', '/v1/operators/bootstrap', { body: { secret: 'guess', name: 'Eve' } });
    const statuses: number[] = [];
    for (let i = 0; i < 7; i += 1) statuses.push((await attempt()).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    lab.advance(60);
    expect((await attempt()).status).toBe(401);
  });
});

it('the bundle is shown, and reloaded by an administrator', async () => {
  expect(await call('viewer', 'GET', '/v1/bundle')).toMatchObject({ status: 200, json: { revision: 'test-1' } });
  expect(await call('administrator', 'POST', '/v1/bundle/reload', { why: 'new rules' })).toMatchObject({
    status: 200,
    json: { revision: 'test-2' },
  });
});

it('the log tells its size and its last leaf', async () => {
  const size = await lab.store.size();
  const [last] = await lab.store.leaves(size - 1, 1);
  expect(await call('viewer', 'GET', '/v1/log')).toEqual({
    status: 200,
    json: {
      size,
      last: {
        seq: size - 1,
        kind: 'changed',
        id: last?.id,
        time: last?.time,
        hash: `sha256:${Buffer.from(last?.hash ?? []).toString('hex')}`,
      },
    },
  });
});

it('routes are shown with what a client needs, and nothing of the upstream', async () => {
  expect(await call('viewer', 'GET', '/v1/routes')).toEqual({
    status: 200,
    json: {
      caPem: CA_PEM,
      routes: [
        {
          name: 'staging',
          surface: 'kubernetes',
          at: '/kube/staging',
          url: 'https://127.0.0.1:7070/kube/staging',
          environment: 'staging',
          mode: { kind: 'enforce' },
          impersonate: true,
        },
      ],
    },
  });
});

it('metrics are in the text format', async () => {
  const { status, headers, text } = await lab.ask('GET', '/metrics', { token: lab.tokens.viewer });
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(text).toContain('sallyport_active_freezes 0\n');
});

it('a gate that is not ready says so with 503 and, to strangers, no more', async () => {
  const other = await openOperationsLab({ readiness: async () => ({ ready: false, why: 'the disk is full' }) });
  const { status, text } = await other.ask('GET', '/readyz');
  await other.close();
  expect([status, text]).toEqual([503, 'not ready\n']);
});

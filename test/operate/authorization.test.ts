import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { may, ROLES, type Role } from '../../src/identify/permissions.ts';
import { operationsEndpoints } from '../../src/operate/operations.ts';
import { type OperationsLab, openOperationsLab } from './operations-lab.ts';

let lab: OperationsLab;
let agentToken: string;

beforeAll(async () => {
  lab = await openOperationsLab();
  await lab.parts.registry.add(
    { id: 'fixer', team: 'sre', owner: 'ana', level: 5, scope: { routes: ['*'] } },
    'test',
    'for the test',
  );
  const issued = await lab.parts.tokens.issue({ agent: 'fixer', route: 'staging', by: 'test', why: 'for the test' });
  agentToken = issued.token;
});

afterAll(() => lab.close());

/** The public contract, written out: the table in the code must give the same. */
const NEEDS = {
  'get /v1/decisions': 'viewer',
  'get /v1/decisions/stream': 'viewer',
  'get /v1/decisions/:id': 'viewer',
  'get /v1/decisions/:id/way-back': 'viewer',
  'post /v1/reverts': 'operator',
  'get /v1/agents': 'viewer',
  'get /v1/ladders': 'viewer',
  'get /v1/trust': 'viewer',
  'get /v1/trust/:id': 'viewer',
  'get /v1/reports/weekly': 'viewer',
  'get /v1/reports/handoff/:id': 'viewer',
  'get /v1/reports/handoff': 'viewer',
  'get /v1/agents/:id/account': 'viewer',
  'get /v1/decisions/:id/account': 'viewer',
  'post /v1/agents': 'operator',
  'get /v1/agents/:id': 'viewer',
  'patch /v1/agents/:id': 'operator',
  'post /v1/agents/:id/tokens': 'operator',
  'post /v1/agents/:id/revoke': 'operator',
  'post /v1/tokens/:id/revoke': 'operator',
  'get /v1/approvals': 'viewer',
  'get /v1/approvals/:id': 'viewer',
  'post /v1/approvals/:id/approve': 'approver',
  'post /v1/approvals/:id/deny': 'approver',
  'post /v1/approvals/:id/cancel': 'operator',
  'get /v1/freezes': 'viewer',
  'post /v1/freezes': 'approver',
  'post /v1/freezes/:id/lift': 'operator',
  'get /v1/intents': 'viewer',
  'get /v1/intents/:id': 'viewer',
  'post /v1/intents': 'operator',
  'post /v1/intents/:id/evidence': 'operator',
  'post /v1/intents/:id/close': 'operator',
  'get /v1/operators': 'viewer',
  'post /v1/operators': 'administrator',
  'post /v1/operators/bootstrap': 'open',
  'post /v1/operators/:id/revoke': 'administrator',
  'get /v1/bundle': 'viewer',
  'get /v1/bundle/archive/:id': 'viewer',
  'post /v1/bundle/reload': 'administrator',
  'get /v1/log': 'viewer',
  'get /v1/notices': 'viewer',
  'post /v1/notices/test': 'operator',
  'post /v1/notices/:id/retry': 'operator',
  'post /v1/notices/:id/drop': 'operator',
  'get /v1/routes': 'viewer',
  'get /livez': 'open',
  'get /readyz': 'open',
  'get /metrics': 'viewer',
  'get /v1/openapi.json': 'viewer',
} as const satisfies Record<string, Role | 'open'>;

it('every endpoint needs the role that the contract says, and there are no others', () => {
  const found = operationsEndpoints(lab.parts).map(({ method, path, permission }) => {
    const least = ROLES.find((role) => permission !== 'open' && may({ role }, permission));
    return [`${method} ${path}`, permission === 'open' ? 'open' : least];
  });
  expect(Object.fromEntries(found)).toEqual(NEEDS);
});

const closed = Object.entries(NEEDS)
  .filter(([, least]) => least !== 'open')
  .map(([name, least]) => {
    const [method = '', path = ''] = name.split(' ');
    return { method: method.toUpperCase(), path: path.replace(':id', 'nobody'), least };
  });

/** Deciding goes by groups, which an operator has only when given some; the one of this lab has none. */
const BY_GROUPS: ReadonlySet<string> = new Set(['/v1/approvals/nobody/approve', '/v1/approvals/nobody/deny']);

/** Every role from the least one on; the list of roles is ordered. */
function allowed(role: Role, least: string, path: string): boolean {
  if (role === 'operator' && BY_GROUPS.has(path)) return false;
  return ROLES.indexOf(role) >= ROLES.map(String).indexOf(least);
}

describe.each(closed)('$method $path', ({ method, path, least }) => {
  it.each(ROLES)(`as %s (least: ${least})`, async (role) => {
    // A query that no endpoint has: whoever is let in is told so with 400, and nothing happens.
    const { status, json } = await lab.ask(method, `${path}?no-such=1`, { token: lab.tokens[role] });
    if (allowed(role, least, path))
      expect([status, json]).toEqual([400, expect.objectContaining({ code: 'request/invalid' })]);
    else expect([status, json]).toEqual([403, expect.objectContaining({ code: 'operator/forbidden' })]);
  });

  it.each([
    ['no token', () => ({})],
    ['an agent’s token', () => ({ token: agentToken })],
    ['a token of nobody', () => ({ token: `sp_op_${'a'.repeat(16)}_${'b'.repeat(43)}` })],
    ['a good id with another secret', () => ({ token: lab.tokens.administrator.slice(0, -43) + 'c'.repeat(43) })],
    ['the token as a query', () => ({ headers: { cookie: `token=${lab.tokens.administrator}` } })],
    ['Basic instead of Bearer', () => ({ headers: { authorization: `Basic ${lab.tokens.administrator}` } })],
    [
      'two Authorization headers',
      () => ({ headers: { authorization: [`Bearer ${lab.tokens.administrator}`, `Bearer ${lab.tokens.viewer}`] } }),
    ],
  ])('with %s is 401 before anything else is looked at', async (_name, options) => {
    const answer = await lab.ask(method, path, { ...options(), body: '{' });
    expect([answer.status, answer.json]).toEqual([
      401,
      expect.objectContaining({ code: 'operator/unauthorized', status: 401, fix: expect.any(String) }),
    ]);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });
});

it('a revoked operator is out at once', async () => {
  const { operator, token } = await lab.parts.operators.add('Short', 'viewer', [], undefined, 'test');
  expect((await lab.ask('GET', '/v1/agents', { token })).status).toBe(200);
  await lab.parts.operators.revoke(operator.id, 'test');
  expect((await lab.ask('GET', '/v1/agents', { token })).status).toBe(401);
});

it.each([
  ['/livez', 200],
  ['/readyz', 200],
])('%s needs no token', async (path, status) => {
  expect((await lab.ask('GET', path)).status).toBe(status);
});

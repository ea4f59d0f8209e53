import { expect, it } from 'vitest';
import type { Refusal } from '../../../src/describe/action.ts';
import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import { wireCall } from '../wire-calls.ts';

const surface = createKubernetesSurface({ redactor: createRedactor(Buffer.alloc(32, 1)) });
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';

function refuse(refusal: Partial<Refusal>, method?: string, target = WEB) {
  const described = method === undefined ? undefined : surface.describe(wireCall(method, target));
  return surface.refuse(
    { kind: 'denied', decision: 'd-1', message: 'level 1 only looks', warnings: [], ...refusal },
    described,
  );
}

it('answers a denial as the API server words it', () => {
  const answer = refuse({}, 'DELETE');
  expect({ ...answer, body: JSON.parse(answer.body) }).toEqual({
    status: 403,
    headers: { 'Content-Type': 'application/json', 'Sallyport-Decision': 'd-1', 'Sallyport-Outcome': 'deny' },
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'deployments.apps "web" is forbidden: level 1 only looks',
      reason: 'Forbidden',
      details: { name: 'web', group: 'apps', kind: 'deployments' },
      code: 403,
    },
  });
});

it.each([
  [
    'DELETE',
    '/api/v1/namespaces/shop/pods/web',
    'pods "web" is forbidden: level 1 only looks',
    { name: 'web', kind: 'pods' },
  ],
  ['GET', '/api/v1/pods', 'pods is forbidden: level 1 only looks', { kind: 'pods' }],
  [
    'PATCH',
    `${WEB}/scale`,
    'deployments.apps "web" is forbidden: level 1 only looks',
    { name: 'web', group: 'apps', kind: 'deployments' },
  ],
  ['GET', '/version', 'forbidden: level 1 only looks', {}],
  [
    'GET',
    '/api/v1/namespaces/shop/pods/a%22b',
    'pods "a\\"b" is forbidden: level 1 only looks',
    { name: 'a"b', kind: 'pods' },
  ],
])('%s %s', (method, target, message, details) => {
  expect(JSON.parse(refuse({}, method, target).body)).toMatchObject({ message, details });
});

it.each([
  ['unauthenticated', 401, 'Unauthorized', 'deny'],
  ['malformed', 400, 'BadRequest', 'deny'],
  ['too-large', 413, 'RequestEntityTooLarge', 'deny'],
  ['denied', 403, 'Forbidden', 'deny'],
  ['held', 403, 'Forbidden', 'hold'],
  ['unavailable', 503, 'ServiceUnavailable', 'deny'],
  ['upstream', 502, 'BadGateway', 'deny'],
  ['upstream-timeout', 504, 'Timeout', 'deny'],
  ['retry', 429, 'TooManyRequests', 'deny'],
] as const)('answers %s with %i %s', (kind, status, reason, outcome) => {
  const answer = refuse({ kind, decision: undefined });
  expect(answer.headers).toEqual({
    'Content-Type': 'application/json',
    'Sallyport-Outcome': outcome,
    ...(kind === 'retry' ? { 'Retry-After': '1' } : {}),
  });
  expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { reason, code: status }]);
});

it('shows warnings as quoted strings of plain ASCII, eight at most', () => {
  const warnings = ['ask "ops" at C:\\', 'grün\r\nX: y'];
  expect(refuse({ warnings }).headers.Warning).toBe('299 - "ask \\"ops\\" at C:\\\\", 299 - "gr?n X: y"');
  expect(refuse({ warnings: Array.from({ length: 20 }, () => 'w') }).headers.Warning?.match(/299/g)).toHaveLength(8);
});

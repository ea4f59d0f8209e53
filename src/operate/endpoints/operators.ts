import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { OperatorAccess } from '../../identify/operator-access.ts';
import type { Operators } from '../../identify/operators.ts';
import { ROLES } from '../../identify/permissions.ts';
import { type Endpoint, endpoint, nothing, openEndpoint } from '../endpoint.ts';
import type { RateLimit } from '../rate-limit.ts';

const name = z.string().min(1).max(100);
const addBody = z.strictObject({
  name,
  role: z.enum(ROLES),
  groups: z.array(z.string().min(1).max(63)).max(100).default([]),
  ttlSeconds: z.int().min(60).optional(),
});
const bootstrapBody = z.strictObject({ secret: z.string().min(1).max(256), name });

/** The people and programs who run the gate. Tokens are shown once, when they are made. */
export function operatorEndpoints(
  operators: Operators,
  access: OperatorAccess,
  bootstraps: RateLimit,
): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      {
        method: 'get',
        path: '/v1/operators',
        summary: 'All operators, of issuers too, revoked ones too',
        body: nothing,
        query: nothing,
      },
      async () => ({ kind: 'json', value: { operators: access.list() } }),
    ),
    endpoint(
      'operators.write',
      {
        method: 'post',
        path: '/v1/operators',
        summary: 'Add an operator; the token is shown this once',
        status: 201,
        body: addBody,
        query: nothing,
      },
      async ({ body }, caller) => {
        const { name, role, groups, ttlSeconds } = body;
        return { kind: 'json', value: await operators.add(name, role, groups, ttlSeconds, caller.id) };
      },
    ),
    openEndpoint(
      {
        method: 'post',
        path: '/v1/operators/bootstrap',
        summary: 'Make the first administrator, proven by the one-time secret of the state folder',
        status: 201,
        body: bootstrapBody,
        query: nothing,
      },
      async ({ body, now }) => {
        if (!bootstraps.take(now)) {
          throw new SallyportError('request/too-many', 'too many attempts at the bootstrap secret', {
            fix: 'wait a minute; the secret is in the state folder of the gate',
          });
        }
        return { kind: 'json', value: await operators.bootstrap(body.secret, body.name) };
      },
    ),
    endpoint(
      'operators.write',
      {
        method: 'post',
        path: '/v1/operators/:id/revoke',
        summary: 'End an operator’s access at once, whatever tokens they have',
        body: nothing,
        query: nothing,
      },
      async ({ id }, caller) => ({ kind: 'json', value: await access.revoke(id, caller.id) }),
    ),
  ];
}

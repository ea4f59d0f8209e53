import { z } from 'zod';
import type { Reverts } from '../../settle/revert/reverts.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';

const why = z.string().trim().min(1).max(1000);
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,252}$/);

/** Taking decisions back. */
export function revertEndpoints(reverts: Reverts): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      {
        method: 'get',
        path: '/v1/decisions/:id/way-back',
        summary: 'Whether and how a decision could be taken back now; `force=true`: over what others changed since',
        body: nothing,
        query: z.strictObject({ force: z.enum(['true', 'false']).default('false') }),
      },
      async ({ id: decision, query }, caller) => ({
        kind: 'json',
        value: await reverts.wayBack(decision, { kind: 'operator', id: caller.id }, query.force === 'true'),
      }),
    ),
    endpoint(
      'reverts.write',
      {
        method: 'post',
        path: '/v1/reverts',
        summary:
          'Take a decision back: judged, recorded, at most once; `state` says what became of it, `force` overrides what others changed since',
        body: z.strictObject({ decision: id, why, force: z.boolean().default(false) }),
        query: nothing,
      },
      async ({ body }, caller) => ({
        kind: 'json',
        value: await reverts.revert({ ...body, by: { kind: 'operator', id: caller.id } }),
      }),
    ),
  ];
}

import { SallyportError } from '../../errors.ts';
import type { Registry } from '../../identify/registry.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';
import type { Trust } from '../trust/trust.ts';
import { trustJson } from '../trust/trust-json.ts';

/** What each agent's level rests on, what is proposed and what is demanded. */
export function trustEndpoints(trust: Trust, registry: Registry): readonly Endpoint[] {
  return [
    endpoint(
      'trust.read',
      {
        method: 'get',
        path: '/v1/trust',
        summary: 'The record of every agent, promotions that policy proposes and demotions that it demands',
        body: nothing,
        query: nothing,
      },
      async () => {
        const reports = await trust.reports();
        return {
          kind: 'json',
          value: { trust: reports.map(trustJson) },
        };
      },
    ),
    endpoint(
      'trust.read',
      {
        method: 'get',
        path: '/v1/trust/:id',
        summary: 'The record of one agent, and what policy makes of it',
        body: nothing,
        query: nothing,
      },
      async ({ id }) => {
        const agent = registry.agent(id);
        if (agent === undefined)
          throw new SallyportError('request/not-found', `there is no agent ${JSON.stringify(id)}`);
        return { kind: 'json', value: trustJson(await trust.report(agent)) };
      },
    ),
  ];
}

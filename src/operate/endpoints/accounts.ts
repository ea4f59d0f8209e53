import { SallyportError } from '../../errors.ts';
import type { Registry } from '../../identify/registry.ts';
import type { Store } from '../../record/store.ts';
import { accountOfAgent } from '../account/agent-account.ts';
import { accountOfDecision } from '../account/decision-account.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';
import type { Freezes } from '../freezes.ts';
import type { Trust } from '../trust/trust.ts';
import { trustJson } from '../trust/trust-json.ts';

export interface AccountParts {
  readonly store: Store;
  readonly registry: Registry;
  readonly freezes: Freezes;
  readonly trust: Trust;
}

/** Who granted the authority, what limited it, how is it reconstructed: of any agent, and of any decision (T4). */
export function accountEndpoints({ store, registry, freezes, trust }: AccountParts): readonly Endpoint[] {
  return [
    endpoint(
      'trust.read',
      {
        method: 'get',
        path: '/v1/agents/:id/account',
        summary: 'Who granted an agent its authority, what limits it, and from which leaves of the log that is known',
        body: nothing,
        query: nothing,
      },
      async ({ id, now }) => {
        const agent = registry.agent(id);
        if (agent === undefined)
          throw new SallyportError('request/not-found', `there is no agent ${JSON.stringify(id)}`);
        const report = trustJson(await trust.report(agent));
        const value = await accountOfAgent(agent, { store, freezes: freezes.active(now), trust: report });
        return { kind: 'json', value };
      },
    ),
    endpoint(
      'decisions.read',
      {
        method: 'get',
        path: '/v1/decisions/:id/account',
        summary: 'Who granted the authority for a decision, what limited it, and how it is reconstructed',
        body: nothing,
        query: nothing,
      },
      async ({ id }) => {
        const found = await store.decision(id);
        if (found === undefined) throw new SallyportError('request/not-found', `there is no decision ${id}`);
        return { kind: 'json', value: await accountOfDecision(store, found) };
      },
    ),
  ];
}

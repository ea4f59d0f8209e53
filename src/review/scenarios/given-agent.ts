import type { Route } from '../../config.ts';
import { createAgent } from '../../identify/agent.ts';
import type { Principal } from '../../identify/principal.ts';
import { type RevertedBy, principalOf as revertingPrincipal } from '../../settle/revert/actor.ts';
import type { Given } from './schema/given.ts';

/** The agent of a case, with a grant that was made when the call came; or who takes a decision back. */
export function principalOf({ agent, time, reverts }: Given): Principal {
  if (reverts !== undefined) return revertingPrincipal(actorOf(reverts), 'a scenario', undefined);
  const { id, team, owner, level, narrowed, scope, credential, intent } = agent;
  const granted = createAgent({ id, team, owner, level, narrowed, scope }, 'operator', 'a scenario', new Date(time));
  return {
    agent: granted,
    credential,
    credentialId: 'scenario',
    intent,
    credentialExpires: granted.expires,
  };
}

/** Who takes a decision back; a case has one operator. */
export function actorOf({ by }: NonNullable<Given['reverts']>): RevertedBy {
  return by === 'gate' ? { kind: 'gate' } : { kind: 'operator', id: 'operator' };
}

/** The route of a case; nothing is ever sent along it. */
export function routeOf({ route }: Given): Route {
  const { name, surface, shadow, environment, service, tier, team, regulated } = route;
  return {
    name,
    surface,
    at: `/kube/${name}`,
    labels: { environment, service, tier, team, regulated },
    mode: shadow === undefined ? { kind: 'enforce' } : { kind: 'shadow', until: shadow },
    impersonate: true,
    upstream: { kind: 'in-cluster' },
  };
}

import type { Route } from '../../config.ts';
import { createAgent } from '../../identify/agent.ts';
import type { Principal } from '../../identify/principal.ts';
import type { Given } from './schema/given.ts';

/** The agent of a case, with a grant that was made when the call came. */
export function principalOf({ agent, time }: Given): Principal {
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

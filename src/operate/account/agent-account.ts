import type { Agent } from '../../identify/principal.ts';
import type { JsonObject } from '../../json.ts';
import type { Store } from '../../record/store.ts';
import { type Freeze, freezeToJson } from '../freeze.ts';
import { levelHistory } from './level-history.ts';
import { stepJson, stepsOf } from './recorded-change.ts';

export interface AgentAccountParts {
  readonly store: Pick<Store, 'related'>;
  /** The freezes in force. */
  readonly freezes: readonly Freeze[];
  /** What policy makes of its record. */
  readonly trust: JsonObject;
}

/** The three questions of T4 about an agent: who granted its authority, what limits it, how is that reconstructed. */
export async function accountOfAgent(agent: Agent, { store, freezes, trust }: AgentAccountParts): Promise<JsonObject> {
  const steps = await stepsOf(store, `agent:${agent.id}`, isOwn);
  return {
    granted: {
      by: agent.grantedBy,
      at: agent.grantedAt,
      why: agent.why,
      levels: levelHistory(steps),
    },
    limited: {
      level: agent.level,
      narrowed: agent.narrowed.map((one) => ({ ...one })),
      scope: { ...agent.scope },
      expires: agent.expires,
      revoked: agent.revokedAt,
      freezes: freezes.filter((freeze) => concerns(freeze, agent.id)).map(freezeToJson),
      trust,
    },
    reconstructed: {
      // Whoever reads these leaves in their order has the agent as it is now.
      record: steps.map(stepJson),
      verify: `sallyport decisions list --agent ${agent.id}`,
    },
  };
}

/** What was done to the agent itself; what it did is told by its decisions. */
function isOwn(what: string): boolean {
  return what.startsWith('agent.') || what.startsWith('token.');
}

function concerns({ scope }: Freeze, agent: string): boolean {
  return scope.kind === 'everything' || (scope.kind === 'agent' && scope.agent === agent);
}

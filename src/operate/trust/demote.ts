import { SallyportError } from '../../errors.ts';
import type { Agent, Level } from '../../identify/principal.ts';
import type { Registry } from '../../identify/registry.ts';
import type { JsonObject } from '../../json.ts';

/** A demotion that nobody has to ask for. */
export interface Demotion {
  readonly agent: string;
  /** The level that the evidence is about: an agent that was moved meanwhile is left where it is. */
  readonly from: Level;
  readonly to: Level;
  /** One sentence. */
  readonly why: string;
  /** Numbers and the ids of decisions; kept in the `agent.demoted` event. */
  readonly evidence: JsonObject;
}

/**
 * Takes trust away from an agent at once, in the gate's own name (T3). The registry tells the safety epoch, so that what the
 * agent has under way is judged again. Two who demote for the same thing demote once: the second finds another level.
 * @returns the agent as it is now; undefined when there was nothing to take away
 * @throws SallyportError `record/unavailable`: then nothing changed, and it has to be tried again
 */
export async function demote(registry: Registry, demotion: Demotion): Promise<Agent | undefined> {
  const { agent: id, from, to, why, evidence } = demotion;
  const agent = registry.agent(id);
  if (agent === undefined || agent.revokedAt !== null || agent.level !== from || to >= from) return undefined;
  try {
    return await registry.setLevel(id, to, 'gate', why, { from, evidence });
  } catch (thrown) {
    if (thrown instanceof SallyportError && thrown.code === 'record/conflict') return undefined;
    throw thrown;
  }
}

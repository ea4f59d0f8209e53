import type { Document, Put } from '../../record/store.ts';
import { AgentTrust } from './agent-trust.ts';
import type { Counter } from './counter.ts';
import { Tally } from './tally.ts';

const POSITION = 'position';

/** What the store holds of the ledger: up to where the log is counted, and the numbers there. */
export interface StoredTrust {
  /** The first place of the log that is not counted. */
  readonly next: number;
  readonly versions: Map<string, number>;
}

/**
 * Reads the numbers into the counter.
 * @returns undefined when something cannot be read: the record has it all, and is counted again
 */
export function readTrust(documents: readonly Document[], counter: Counter): StoredTrust | undefined {
  const versions = new Map(documents.map(({ id, version }) => [id, version]));
  let next = 0;
  // Agents come before their days: `agent:` sorts before `day:`.
  for (const { id, body } of documents) {
    const [kind, agentId = '', day = ''] = id.split(':');
    if (id === POSITION) {
      if (typeof body.next !== 'number') return undefined;
      next = body.next;
    } else if (kind === 'agent') {
      const agent = AgentTrust.fromJson(agentId, body);
      if (agent === undefined) return undefined;
      counter.agents.set(agentId, agent);
    } else {
      const tally = Tally.fromJson(body);
      const agent = counter.agents.get(agentId);
      if (tally === undefined || agent === undefined) return undefined;
      agent.keepDay(day, tally);
    }
  }
  return { next, versions };
}

/** What an agent's numbers are stored under: itself, and each of its days. */
export function agentDocument(agent: string): string {
  return `agent:${agent}`;
}

export function dayDocument(agent: string, time: string): string {
  return `day:${agent}:${time.slice(0, 10)}`;
}

/** The puts that store what changed, and with it up to where it is counted. */
export function trustPuts(
  counter: Counter,
  changed: ReadonlySet<string>,
  next: number,
  versions: ReadonlyMap<string, number>,
): readonly Put[] {
  const put = (id: string, body: Put['body']): Put => ({
    collection: 'trust',
    id,
    expect: versions.get(id) ?? 0,
    body,
  });
  const puts: Put[] = [put(POSITION, { next })];
  for (const id of changed) {
    const [kind, agentId = '', day = ''] = id.split(':');
    const agent = counter.agents.get(agentId);
    const tally = agent?.days().find(([each]) => each === day)?.[1];
    const body = kind === 'agent' ? agent?.toJson() : tally?.toJson();
    if (body !== undefined) puts.push(put(id, body));
    else if (versions.has(id)) puts.push(put(id, null));
  }
  return puts;
}

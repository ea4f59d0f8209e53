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

/** The document of one agent's day. */
export function dayDocument(agent: string, time: string): string {
  return `day:${agent}:${time.slice(0, 10)}`;
}

/** What is not stored as it is. */
export interface Touched {
  readonly id: string;
  readonly of: AgentTrust | Tally;
}

/** Everything that changed since the last time, which counts as stored from now on. */
export function takeTouched(counter: Counter): readonly Touched[] {
  const found: Touched[] = [];
  for (const agent of counter.agents.values()) {
    if (agent.touched) found.push({ id: `agent:${agent.id}`, of: agent });
    for (const [day, tally] of agent.days())
      if (tally.touched) found.push({ id: dayDocument(agent.id, day), of: tally });
  }
  for (const { of } of found) of.touched = false;
  return found;
}

/** The puts that store what changed, and with it up to where it is counted. */
export function trustPuts(
  touched: readonly Touched[],
  gone: readonly string[],
  next: number,
  versions: ReadonlyMap<string, number>,
): readonly Put[] {
  const put = (id: string, body: Put['body']): Put => ({
    collection: 'trust',
    id,
    expect: versions.get(id) ?? 0,
    body,
  });
  return [
    put(POSITION, { next }),
    ...touched.map(({ id, of }) => put(id, of.toJson())),
    ...gone.map((id) => put(id, null)),
  ];
}

import type { JsonObject } from '../../json.ts';
import type { EventKind } from '../../record/store.ts';
import { AgentTrust } from './agent-trust.ts';
import { type DecidedCall, decidedCall, type Effect, effectOf, endOf, NO_CELL } from './read-leaf.ts';
import type { MarkedAs } from './tally.ts';

/** An event of the log, as it is told or read. */
export interface Counted {
  readonly kind: EventKind;
  readonly id: string;
  readonly time: string;
  readonly body: JsonObject;
}

/** A decision that later events are about. */
export interface KnownCall extends DecidedCall {
  readonly seq: number;
}

/** Not counted before a decision is known; or counted, and notable of an agent; or, nearly always, just counted. */
export type CountResult = { readonly needs: string } | { readonly notable: string } | undefined;

/**
 * Counts the events of the log, one after the other: the same events give the same numbers, whether they are told as they
 * happen or read again.
 */
export class Counter {
  readonly agents = new Map<string, AgentTrust>();
  /** Calls that were let through and have not ended. */
  readonly #open = new Map<string, KnownCall>();
  /** What was looked up for the event that is next; undefined where there is no such decision. */
  readonly #found = new Map<string, KnownCall | undefined>();

  /** Tells of a decision that `count` asked for. */
  know(id: string, call: KnownCall | undefined): void {
    this.#found.set(id, call);
  }

  /** Counts the event at `seq`. What needs a decision that is not known is not counted yet. */
  count(event: Counted, seq: number): CountResult {
    const result = this.#count(event, seq);
    if (this.#found.size > 0 && (result === undefined || 'notable' in result)) this.#found.clear();
    return result;
  }

  #count(event: Counted, seq: number): CountResult {
    switch (event.kind) {
      case 'decided':
        return this.#decided(event, seq);
      case 'outcome':
        return this.#ended(event);
      case 'changed':
        return this.#changed(event, seq);
      case 'asked':
      case 'gate':
        return undefined;
    }
  }

  #decided({ id, time, body }: Counted, seq: number): CountResult {
    const call = decidedCall(body);
    if (call === undefined) return undefined;
    const agent = this.#agent(call.agent);
    const did = call.did === 'allow' ? 'allowed' : call.did === 'hold' ? 'held' : 'denied';
    const alone = did === 'allowed' && !call.approved ? (['alone'] as const) : [];
    agent.day(time).add(agent.stintAt(seq), call.cell, 'calls', did, ...alone);
    if (did === 'allowed') this.#open.set(id, { ...call, seq });
    return undefined;
  }

  #ended({ id, time, body }: Counted): CountResult {
    if (!this.#knows(id)) return { needs: id };
    const call = this.#call(id);
    this.#open.delete(id);
    const end = endOf(body);
    if (call === undefined || end === undefined) return undefined;
    const agent = this.#agent(call.agent);
    const stint = agent.stintAt(call.seq);
    const tally = agent.day(time);
    tally.add(stint, call.cell, end);
    if (end === 'done' || call.cell.kind === 'read') return undefined;
    tally.mark({ what: 'failed', stint, about: id });
    return { notable: call.agent };
  }

  #changed(event: Counted, seq: number): CountResult {
    const effect = effectOf(event.body);
    if (effect === undefined) return undefined;
    if (effect.kind === 'level') return this.#moved(effect, event.time, seq);
    const { decision } = effect;
    if (decision !== undefined && !this.#knows(decision)) return { needs: decision };
    const call = decision === undefined ? undefined : this.#call(decision);
    const id = effect.agent ?? call?.agent;
    if (id === undefined) return undefined;
    const agent = this.#agent(id);
    const tally = agent.day(event.time);
    const [stint, cell] = [agent.stintAt(seq), call?.cell ?? NO_CELL];
    if (effect.kind === 'verified') {
      tally.add(stint, cell, 'verified');
      return undefined;
    }
    for (const what of effect.marks) {
      const spoils = decision !== undefined && SPOILING.has(what) && !this.#isSpoiled(agent, decision);
      tally.add(stint, cell, what, ...(spoils ? (['spoiled'] as const) : []));
      const rests = effect.evidence.length > 0 ? effect.evidence.slice(-MOST_EVIDENCE) : [decision ?? event.id];
      for (const about of rests) tally.mark({ what, stint, about });
    }
    return { notable: id };
  }

  #moved({ agent: id, level }: Extract<Effect, { kind: 'level' }>, time: string, seq: number): CountResult {
    const agent = this.#agent(id);
    agent.starts.push(seq);
    agent.level = level;
    agent.since = time;
    agent.touched = true;
    return { notable: id };
  }

  #isSpoiled(agent: AgentTrust, decision: string): boolean {
    return agent
      .days()
      .some(([, tally]) => tally.marks.some(({ what, about }) => about === decision && SPOILING.has(what)));
  }

  #knows(id: string): boolean {
    return this.#open.has(id) || this.#found.has(id);
  }

  #call(id: string): KnownCall | undefined {
    return this.#open.get(id) ?? this.#found.get(id);
  }

  #agent(id: string): AgentTrust {
    let agent = this.agents.get(id);
    if (agent === undefined) {
      agent = new AgentTrust(id);
      this.agents.set(id, agent);
    }
    return agent;
  }
}

/** Decisions that are kept of what rests on many. */
const MOST_EVIDENCE = 20;

/** What a call that was done does not stay a success after. */
const SPOILING: ReadonlySet<MarkedAs> = new Set(['unverified', 'reverted']);

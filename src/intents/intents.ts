import { SallyportError } from '../errors.ts';
import { changedEvent } from '../identify/changed-event.ts';
import type { Sources } from '../identify/sources.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Put, Store } from '../record/store.ts';
import { type Closing, type Intent, intentToJson, isOpen } from './intent.ts';
import {
  type AttachOrder,
  type Clean,
  type CloseOrder,
  type OpenOrder,
  signalsOf,
  statementOf,
  textOf,
} from './intent-order.ts';
import { endedBecause, isConflict, type Kept, readKept, tooMuch } from './kept-intent.ts';

/** Intents that one agent may have open at once. */
export const MOST_OPEN = 20;
/** Signals that one intent may hold, and sources that they may come from: policy is shown the newest word of each. */
export const MOST_SIGNALS = 64;
export const MOST_SOURCES = 8;
const DAY_S = 24 * 60 * 60;
const LONGEST_S = 7 * DAY_S;
const RETRIES = 5;

/** What a listener is told after a step is durable. */
export interface IntentChange {
  readonly what: 'opened' | 'attached' | 'closed';
  readonly intent: Intent;
}

export interface IntentsParts {
  readonly store: Store;
  readonly sources: Sources;
  readonly clean: Clean;
}

/**
 * What agents are trying to do. Those that are open are kept in memory; every step is a conditional update together with its
 * event, and in force once that is durable. What is over is found by its id alone. Every changing method throws
 * `request/invalid`, `request/not-found`, `request/too-many`, `record/unavailable` and `record/conflict`.
 */
export class Intents {
  readonly #parts: IntentsParts;
  readonly #open = new Map<string, Kept>();
  /** How many of an agent are being written, which count as open: many may come at once. */
  readonly #opening = new Map<string, number>();
  readonly #listeners = new Set<(change: IntentChange) => void>();

  private constructor(parts: IntentsParts) {
    this.#parts = parts;
  }

  /** @throws SallyportError `record/unavailable` when one cannot be read */
  static async open(parts: IntentsParts): Promise<Intents> {
    const intents = new Intents(parts);
    for (const document of await parts.store.list('intents')) intents.#keep(readKept(document));
    return intents;
  }

  /** Opens one for an agent. @param by `agent:ID` or an operator's id */
  async openFor(agent: string, order: OpenOrder, by: string): Promise<Intent> {
    await this.sweep();
    const { sources, clean } = this.#parts;
    const now = sources.now();
    const opening = this.#opening.get(agent) ?? 0;
    if (this.listOpen(agent).length + opening >= MOST_OPEN)
      throw new SallyportError('request/too-many', `agent ${agent} has ${MOST_OPEN} intents open`, {
        fix: 'close those that are over (sallyport intent list)',
      });
    const ttl = order.ttlSeconds ?? DAY_S;
    if (ttl > LONGEST_S)
      throw new SallyportError('request/invalid', 'body.ttlSeconds: an intent lives 7 days at most', {
        fix: `${LONGEST_S} or less; ${DAY_S} when left out`,
      });
    const intent: Intent = {
      ...{ id: sources.newId(), agent, openedBy: by, openedAt: now.toISOString() },
      until: new Date(now.getTime() + ttl * 1000).toISOString(),
      statement: statementOf(order, clean),
      ...{ signals: [], closed: null },
    };
    const body = intentToJson(intent);
    this.#opening.set(agent, opening + 1);
    try {
      await this.#write(intent, [{ collection: 'intents', id: intent.id, expect: 0, body }], {
        ...{ what: 'opened', by, why: intent.statement.reason, after: body },
      });
      this.#keep({ intent, version: 1 });
    } finally {
      const left = (this.#opening.get(agent) ?? 1) - 1;
      if (left === 0) this.#opening.delete(agent);
      else this.#opening.set(agent, left);
    }
    this.#tell({ what: 'opened', intent });
    return intent;
  }

  /** Adds what sources say, and what the agent thinks by now. */
  attach(id: string, order: AttachOrder, by: string): Promise<Intent> {
    return this.#retry(id, async (kept) => {
      const { sources, clean } = this.#parts;
      const now = sources.now();
      const added = signalsOf(order, by, now, clean);
      const signals = [...kept.intent.signals, ...added];
      if (signals.length > MOST_SIGNALS) throw tooMuch(`${MOST_SIGNALS} signals`);
      if (new Set(signals.map(({ source }) => source)).size > MOST_SOURCES) throw tooMuch(`${MOST_SOURCES} sources`);
      const thought = {
        ...(order.confidence === undefined ? {} : { confidence: order.confidence }),
        ...(order.hypothesis === undefined ? {} : { hypothesis: textOf(order.hypothesis, clean) }),
      };
      const intent: Intent = { ...kept.intent, signals, statement: { ...kept.intent.statement, ...thought } };
      await this.#write(intent, [{ collection: 'intents', id, expect: kept.version, body: intentToJson(intent) }], {
        ...{ what: 'attached', by, why: `${added.length} of ${signals.length} signals` },
        after: { signals: added.map((signal) => ({ ...signal })), ...thought },
      });
      this.#keep({ intent, version: kept.version + 1 });
      this.#tell({ what: 'attached', intent });
      return intent;
    });
  }

  /** Ends one: no call belongs to it any more, and tokens that are bound to it open nothing. */
  close(id: string, order: CloseOrder, by: string): Promise<Intent> {
    return this.#retry(id, (kept) => {
      const at = this.#parts.sources.now().toISOString();
      return this.#end(kept, { at, by, outcome: order.outcome, summary: textOf(order.summary, this.#parts.clean) });
    });
  }

  /** Ends on the record those whose time is over; they were not in force any more. */
  async sweep(): Promise<void> {
    const now = this.#parts.sources.now();
    for (const kept of [...this.#open.values()]) {
      if (isOpen(kept.intent, now)) continue;
      const summary = `it was open until ${kept.intent.until}`;
      await this.#end(kept, { at: now.toISOString(), by: 'gate', outcome: 'expired', summary }).catch(
        (error: unknown) => {
          // Somebody else has just ended it.
          if (!isConflict(error)) throw error;
        },
      );
    }
  }

  /** The intent while calls may belong to it. */
  current(id: string): Intent | undefined {
    const intent = this.#open.get(id)?.intent;
    return intent !== undefined && isOpen(intent, this.#parts.sources.now()) ? intent : undefined;
  }

  /** Whether calls of this agent may belong to it. */
  isOpenFor(id: string, agent: string): boolean {
    return this.current(id)?.agent === agent;
  }

  /** One intent, open or over; undefined when there never was one. */
  async find(id: string): Promise<Intent | undefined> {
    const kept = this.#open.get(id);
    if (kept !== undefined) return kept.intent;
    const document = await this.#parts.store.get('closed', `intents:${id}`);
    return document === undefined ? undefined : readKept(document).intent;
  }

  /** Those that are open, of one agent or of all, oldest first. */
  listOpen(agent?: string): readonly Intent[] {
    const now = this.#parts.sources.now();
    return [...this.#open.values()]
      .map(({ intent }) => intent)
      .filter((intent) => (agent === undefined || intent.agent === agent) && isOpen(intent, now))
      .sort((a, b) => (a.openedAt === b.openedAt ? (a.id < b.id ? -1 : 1) : a.openedAt < b.openedAt ? -1 : 1));
  }

  /** Calls `listener` after each step; the result ends that. */
  subscribe(listener: (change: IntentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #end({ intent: before, version }: Kept, closed: Closing): Promise<Intent> {
    const intent: Intent = { ...before, closed };
    const { id } = intent;
    await this.#write(
      intent,
      [
        { collection: 'intents', id, expect: version, body: null },
        { collection: 'closed', id: `intents:${id}`, expect: 0, body: intentToJson(intent) },
      ],
      { what: 'closed', by: closed.by, why: closed.summary, after: { outcome: closed.outcome } },
    );
    this.#open.delete(id);
    this.#tell({ what: 'closed', intent });
    return intent;
  }

  async #write(
    { id, agent }: Intent,
    puts: readonly Put[],
    step: { readonly what: IntentChange['what']; readonly by: string; readonly why: string; readonly after: Json },
  ): Promise<void> {
    const { store, sources } = this.#parts;
    const { what, ...told } = step;
    const about: JsonObject = { intent: id, agent };
    const event = changedEvent({ what: `intent.${what}`, ...told, about, before: null }, sources, sources.now());
    await store.transact(puts, [event]);
  }

  async #retry(id: string, step: (kept: Kept) => Promise<Intent>): Promise<Intent> {
    for (let attempt = 1; ; attempt += 1) {
      const kept = await this.#find(id);
      try {
        return await step(kept);
      } catch (thrown) {
        if (!isConflict(thrown) || attempt === RETRIES) throw thrown;
        await this.#reload(id);
      }
    }
  }

  async #find(id: string): Promise<Kept> {
    const kept = this.#open.get(id);
    if (kept !== undefined && isOpen(kept.intent, this.#parts.sources.now())) return kept;
    const over = await this.find(id);
    if (over === undefined)
      throw new SallyportError('request/not-found', `there is no intent ${JSON.stringify(id.slice(0, 80))}`);
    throw new SallyportError('record/conflict', endedBecause(over), { fix: 'open another one' });
  }

  /** Somebody else was quicker; another gate on the same store, perhaps. */
  async #reload(id: string): Promise<void> {
    const document = await this.#parts.store.get('intents', id);
    if (document === undefined) this.#open.delete(id);
    else this.#keep(readKept(document));
  }

  #keep(kept: Kept): void {
    const known = this.#open.get(kept.intent.id);
    if (known === undefined || known.version < kept.version) this.#open.set(kept.intent.id, kept);
  }

  #tell(change: IntentChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

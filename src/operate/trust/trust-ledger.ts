import { messageOf, SallyportError } from '../../errors.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Leaf, LogEvent, Store } from '../../record/store.ts';
import type { AgentTrust } from './agent-trust.ts';
import { type Counted, Counter } from './counter.ts';
import { decidedCall } from './read-leaf.ts';
import { dayDocument, readTrust, takeTouched, trustPuts } from './trust-documents.ts';

export interface TrustLedgerParts {
  readonly store: Store;
  readonly now: () => Date;
  /** Told of what keeps the ledger from being written; it goes on counting, and tries again. */
  readonly report: (problem: string) => void;
}

/** Leaves that are read at once: little enough that calls are served in between. */
const PAGE = 100;
/** Pages after which what was counted is stored, so that a restart need not count all of it again. */
const PAGES_A_FLUSH = 50;
/** Events that may come before the one that is next. */
const MOST_AHEAD = 64;

/**
 * What the record says of every agent (T3), kept up with the log: events are counted in memory as they become durable,
 * and stored in batches together with how far the log is counted, so that a restart goes on from there. The log is the
 * truth: what was not told is read from there, and without what is stored the same numbers come from counting it again.
 */
export class TrustLedger {
  readonly #parts: TrustLedgerParts;
  #counter = new Counter();
  #versions = new Map<string, number>();
  /** Documents that have to go. */
  readonly #gone = new Set<string>();
  readonly #ahead = new Map<number, LogEvent>();
  readonly #listeners = new Set<(agent: string, urgent: boolean) => void>();
  /** Agents that a listener has yet to be told of, and whether that cannot wait. */
  readonly #notable = new Map<string, boolean>();
  /** The first place of the log that is not counted. */
  #next = 0;
  /** The first place of the log that nothing was told of. */
  #seen = 0;
  #reading: Promise<void> | undefined;
  #writing: Promise<void> | undefined;

  private constructor(parts: TrustLedgerParts) {
    this.#parts = parts;
  }

  /** Reads what is stored; `catchUp` counts the rest. @throws SallyportError `record/unavailable` */
  static async open(parts: TrustLedgerParts): Promise<TrustLedger> {
    const ledger = new TrustLedger(parts);
    await ledger.#load();
    return ledger;
  }

  agent(id: string): AgentTrust | undefined {
    return this.#counter.agents.get(id);
  }

  /** The first place of the log that is not counted yet. */
  get position(): number {
    return this.#next;
  }

  /**
   * Called with an agent of which something happened that trust may hang on; urgent is all that is not just a call of its own that
   * failed. It must be quick and not throw.
   */
  onNotable(listener: (agent: string, urgent: boolean) => void): void {
    this.#listeners.add(listener);
  }

  /** Counts an event that is durable. Never waits, never throws. */
  observe(event: LogEvent, seq: number): void {
    this.#seen = Math.max(this.#seen, seq + 1);
    if (this.#reading !== undefined || seq < this.#next) return;
    this.#ahead.set(seq, event);
    for (let told = this.#ahead.get(this.#next); told !== undefined; told = this.#ahead.get(this.#next)) {
      if (this.#count(told, this.#next) !== undefined) return void this.catchUp();
      this.#ahead.delete(this.#next);
      this.#next += 1;
    }
    if (this.#ahead.size > MOST_AHEAD) void this.catchUp();
    this.#tell();
  }

  /** Reads the log to its end. Never rejects: what cannot be read now is read at the next flush. */
  catchUp(): Promise<void> {
    this.#reading ??= this.#read()
      .catch((thrown: unknown) => this.#parts.report(`the trust ledger cannot read the log: ${messageOf(thrown)}`))
      .finally(() => {
        this.#reading = undefined;
        this.#tell();
      });
    return this.#reading;
  }

  /** Stores what was counted since the last time. Never rejects. */
  async flush(): Promise<void> {
    if (this.#ahead.size > 0 || this.#seen > this.#next) await this.catchUp();
    await this.#writing;
    this.#writing = this.#write().catch((thrown: unknown) => {
      this.#parts.report(`the trust ledger cannot be stored: ${messageOf(thrown)}`);
    });
    await this.#writing;
  }

  async #read(): Promise<void> {
    this.#ahead.clear();
    for (let pages = 1; ; pages += 1) {
      const leaves = await this.#parts.store.leaves(this.#next, PAGE);
      for (const leaf of leaves) await this.#readLeaf(leaf);
      if (leaves.length === 0 || (leaves.length < PAGE && this.#seen <= this.#next)) return;
      if (pages % PAGES_A_FLUSH === 0) await this.#write();
    }
  }

  async #readLeaf(leaf: Leaf): Promise<void> {
    const event: Counted = { kind: leaf.kind, id: leaf.id, time: leaf.time, body: bodyOf(leaf) };
    const needed = this.#count(event, leaf.seq);
    if (needed !== undefined) {
      const found = await this.#parts.store.decision(needed);
      const call = found === undefined ? undefined : decidedCall(found.decided);
      this.#counter.know(needed, call === undefined || found === undefined ? undefined : { ...call, seq: found.seq });
      this.#count(event, leaf.seq);
    }
    this.#next = leaf.seq + 1;
  }

  /** The decision that has to be looked up first, if any. */
  #count(event: Counted, seq: number): string | undefined {
    const result = this.#counter.count(event, seq);
    if (result === undefined) return undefined;
    if ('needs' in result) return result.needs;
    const urgent = this.#notable.get(result.notable) === true || event.kind === 'changed';
    this.#notable.set(result.notable, urgent);
    return undefined;
  }

  #tell(): void {
    if (this.#reading !== undefined || this.#notable.size === 0) return;
    const agents = [...this.#notable];
    this.#notable.clear();
    for (const [agent, urgent] of agents) for (const listener of this.#listeners) listener(agent, urgent);
  }

  async #write(): Promise<void> {
    const now = this.#parts.now().toISOString();
    for (const agent of this.#counter.agents.values())
      for (const day of agent.forget(now)) this.#gone.add(dayDocument(agent.id, day));
    const touched = takeTouched(this.#counter);
    if (touched.length === 0 && this.#gone.size === 0) return;
    const gone = [...this.#gone].filter((id) => this.#versions.has(id) && !touched.some((one) => one.id === id));
    const puts = trustPuts(touched, gone, this.#next, this.#versions);
    this.#gone.clear();
    try {
      await this.#parts.store.transact(puts, []);
    } catch (thrown) {
      for (const { of } of touched) of.touched = true;
      for (const id of gone) this.#gone.add(id);
      if (thrown instanceof SallyportError && thrown.code === 'record/conflict') return this.#load();
      throw thrown;
    }
    for (const { id, expect, body } of puts) {
      if (body === null) this.#versions.delete(id);
      else this.#versions.set(id, expect + 1);
    }
  }

  /** From what is stored: at the start, and when another gate on the same store has counted further. */
  async #load(): Promise<void> {
    const documents = await this.#parts.store.list('trust');
    const counter = new Counter();
    const stored = readTrust(documents, counter);
    this.#counter = stored === undefined ? new Counter() : counter;
    this.#versions = stored?.versions ?? new Map(documents.map(({ id, version }) => [id, version]));
    this.#next = stored?.next ?? 0;
    this.#seen = Math.max(this.#seen, await this.#parts.store.size());
    this.#gone.clear();
    this.#ahead.clear();
    // What is stored and does not come from the log has to go.
    if (stored === undefined) for (const { id } of documents) if (id !== 'position') this.#gone.add(id);
  }
}

function bodyOf({ leaf }: Leaf): JsonObject {
  const body: unknown = JSON.parse(leaf);
  return isObject(body) ? body : {};
}

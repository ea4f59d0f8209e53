import type { LogEvent, Store } from '../../record/store.ts';
import { concernsPeople, type Recorded, readLeaf } from './recorded.ts';

/** Events that wait in memory; what is more is read from the log later. */
const MOST_WAITING = 1_000;
/** Leaves that are read at once: a few MiB at most, so that writes get their turn. */
const AT_ONCE = 200;

/**
 * The log from a place on, without what concerns nobody. While it is told of events in their order nothing is read: to skip a read
 * costs a comparison. What it was not told of, or what came when too much was waiting, it reads.
 */
export class LogFollower {
  readonly #store: Pick<Store, 'leaves' | 'size'>;
  readonly #wake: () => void;
  /** Everything before was looked at. */
  #next: number;
  #fresh: Recorded[] = [];
  /** Told ahead of their turn; undefined: of no concern. */
  readonly #early = new Map<number, Recorded | undefined>();
  #isBehind = true;
  #isEarlyWhole = true;

  /** @param wake called when there is something to take */
  constructor(store: Pick<Store, 'leaves' | 'size'>, from: number, wake: () => void) {
    this.#store = store;
    this.#next = from;
    this.#wake = wake;
  }

  /** Everything before this was taken. */
  get cursor(): number {
    return this.#fresh[0]?.seq ?? this.#next;
  }

  /** Events were told that others should have come before. */
  get hasGap(): boolean {
    return this.#early.size > 0;
  }

  /** There is something to take. */
  get isReady(): boolean {
    return this.#isBehind || this.#fresh.length > 0;
  }

  /** Called with each event that is durable, on the way of calls. */
  told(event: LogEvent, seq: number): void {
    if (seq < this.#next) return;
    const recorded = concernsPeople(event) ? { ...event, seq } : undefined;
    if (seq === this.#next && !this.#isBehind) this.#take(recorded);
    else if (this.#early.size < MOST_WAITING) this.#early.set(seq, recorded);
    else this.#isEarlyWhole = false;
    if (!this.#isBehind) this.#drain();
    if (this.hasGap || this.#fresh.length > 0) this.#wake();
  }

  /** The next events that may concern people, in order; perhaps none. @throws SallyportError `record/unavailable`. */
  async next(): Promise<readonly Recorded[]> {
    if (this.#isBehind) await this.#read();
    return this.#fresh.splice(0);
  }

  /** Reads what it was not told of, if there is any: other gates write into the same log. */
  async catchUp(): Promise<void> {
    if (this.#isBehind) return;
    if (this.hasGap || (await this.#store.size()) > this.#next) this.#isBehind = true;
  }

  async #read(): Promise<void> {
    const leaves = await this.#store.leaves(this.#next, AT_ONCE);
    for (const leaf of leaves) {
      const recorded = readLeaf(leaf);
      if (recorded !== undefined) this.#fresh.push(recorded);
      this.#next = leaf.seq + 1;
    }
    for (const seq of this.#early.keys()) if (seq < this.#next) this.#early.delete(seq);
    if (leaves.length === AT_ONCE) return;
    if (this.#isEarlyWhole) {
      this.#isBehind = false;
      this.#drain();
    }
    // Something was told while it read that was not kept; the next reading finds it.
    this.#isEarlyWhole = true;
  }

  #drain(): void {
    while (this.#early.has(this.#next)) {
      const recorded = this.#early.get(this.#next);
      this.#early.delete(this.#next);
      this.#take(recorded);
    }
  }

  #take(recorded: Recorded | undefined): void {
    if (recorded !== undefined && this.#fresh.length >= MOST_WAITING) {
      // From here on the log is read.
      this.#early.clear();
      this.#isBehind = true;
      return;
    }
    this.#next += 1;
    if (recorded !== undefined) this.#fresh.push(recorded);
  }
}

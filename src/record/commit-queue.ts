import { SallyportError } from '../errors.ts';
import { KINDS, leafOf, listingOf } from './leaf.ts';
import {
  type AlongRows,
  type Batch,
  errorOf,
  type Item,
  type ItemResult,
  type PutRow,
  type Row,
} from './sqlite-messages.ts';
import type { LogEvent } from './store.ts';

/** Bytes of a batch's buffer when it begins; it grows as needed. */
const BUFFER_BYTES = 65_536;
/** A UTF-16 code unit is at most three bytes of UTF-8. */
const BYTES_PER_UNIT = 3;
/**
 * How long outcomes may wait for something urgent to share a batch with. Nobody acts on their being durable, and each
 * batch costs an fsync; an outcome that a crash takes along is marked lost at the next start, as any other.
 */
const LINGER_MS = 10;
const UNLISTED = [null, null, null, null] as const;

interface Waiting {
  readonly resolve: (first: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: at most one batch is on its way, and whatever arrives meanwhile shares the next one and its fsync. Events
 * are turned into bytes when they arrive, so that nobody can change them afterwards.
 */
export class CommitQueue {
  readonly #send: (batch: Batch) => Promise<readonly ItemResult[]>;
  #bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #used = 0;
  #items: (Row | Item)[] = [];
  #waiting: Waiting[] = [];
  #scheduled = false;
  /** Something is queued that somebody waits for before acting. */
  #urgent = false;
  #lingering: NodeJS.Timeout | undefined;
  #accepted = 0;
  #settled = 0;
  #busy: Promise<void> | undefined;

  constructor(send: (batch: Batch) => Promise<readonly ItemResult[]>) {
    this.#send = send;
  }

  /**
   * Queues what is to be written together; resolves, when it is durable, with the first event's sequence number.
   * @throws SallyportError `record/unavailable`, `record/conflict`.
   */
  add(events: readonly LogEvent[], puts: readonly PutRow[], { sealed, entry, erase }: AlongRows = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      const used = this.#used;
      try {
        const rows = events.map((event) => this.#row(event));
        const [row] = rows;
        const links = events.some((event) => event.links !== undefined) ? events.map((event) => event.links ?? []) : [];
        const alone =
          rows.length === 1 && links.length === 0 && puts.length === 0 && (sealed ?? entry ?? erase) === undefined;
        this.#items.push(alone && row !== undefined ? row : { rows, links, puts, sealed, entry, erase });
      } catch (thrown) {
        this.#used = used;
        throw thrown;
      }
      this.#waiting.push({ resolve, reject });
      this.#accepted += 1;
      if (puts.length > 0 || events.some(({ kind }) => kind !== 'outcome')) this.#urgent = true;
      this.#schedule();
    });
  }

  /** Resolves when all that was queued before is durable or has failed, so that who asks afterwards sees it. */
  async caughtUp(): Promise<void> {
    const goal = this.#accepted;
    while (this.#settled < goal) await this.#nextBatch();
  }

  /** Resolves when nothing is queued or on its way. */
  async drain(): Promise<void> {
    while (this.#settled < this.#accepted) await this.#nextBatch();
  }

  #nextBatch(): Promise<unknown> {
    this.#urgent = true;
    this.#schedule();
    return this.#busy ?? new Promise(setImmediate);
  }

  #row(event: LogEvent): Row {
    const leaf = leafOf(event);
    this.#reserve(1 + leaf.length * BYTES_PER_UNIT);
    this.#bytes[this.#used] = 0;
    const start = this.#used + 1;
    this.#used = start + this.#bytes.write(leaf, start, 'utf8');
    const [time, did, agent, route] = event.kind === 'decided' ? listingOf(event) : UNLISTED;
    return [KINDS.indexOf(event.kind), event.id, start, this.#used, time, did, agent, route];
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy !== undefined) return;
    if (!this.#urgent) {
      this.#lingering ??= setTimeout(() => this.#hurry(), LINGER_MS);
      return;
    }
    this.#scheduled = true;
    // After the other sockets that are ready in this turn of the loop, so that their events come along.
    setImmediate(() => {
      this.#scheduled = false;
      this.#busy = this.#flush();
    });
  }

  #hurry(): void {
    this.#lingering = undefined;
    this.#urgent = true;
    if (this.#items.length > 0) this.#schedule();
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    this.#urgent = false;
    const waiting = this.#waiting;
    const batch: Batch = {
      op: 'commit',
      bytes: new Uint8Array(this.#bytes.subarray(0, this.#used)),
      items: this.#items,
    };
    this.#waiting = [];
    this.#items = [];
    this.#used = 0;
    try {
      const results = await this.#send(batch);
      for (const [i, each] of waiting.entries()) settle(each, results[i]);
    } catch (thrown) {
      for (const each of waiting) each.reject(thrown);
    }
    this.#settled += waiting.length;
    this.#busy = undefined;
    if (this.#items.length > 0) this.#schedule();
  }
}

function settle({ resolve, reject }: Waiting, result: ItemResult | undefined): void {
  if (typeof result === 'number') resolve(result);
  else if (result !== undefined) reject(errorOf(result));
  else reject(new SallyportError('record/unavailable', 'the record did not say what became of an event'));
}

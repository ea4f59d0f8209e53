import { messageOf, SallyportError } from '../../errors.ts';
import { changedEvent } from '../../identify/changed-event.ts';
import type { Sources } from '../../identify/sources.ts';
import type { Put, Store } from '../../record/store.ts';
import { backOff } from '../../serve/bundle-source/delays.ts';
import type { Clock } from '../../serve/bundle-source/source.ts';
import { type Entry, entryJson, type StoredEntry } from './entry.ts';
import type { Sent, Target } from './target.ts';

/** How long a target is tried. */
export interface Patience {
  /** Milliseconds between two tries, at most. */
  readonly longest: number;
  /** Tries before a notice is given up that the target refuses, or that it never takes. */
  readonly refusals: number;
  readonly attempts: number;
  /** Milliseconds after which it is given up. */
  readonly giveUp: number;
  /** Notices that wait for one target; what is more is told together when there is room again. */
  readonly queue: number;
}

export const PATIENCE: Patience = { longest: 600_000, refusals: 3, attempts: 200, giveUp: 86_400_000, queue: 500 };

/** Dead notices that are kept for each target; of older ones the record tells. */
const DEAD_KEPT = 200;

export interface LaneParts {
  readonly target: Target;
  readonly store: Store;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly patience: Patience;
}

/** The queue of one target. One notice is sent at a time, the oldest first: a target that is slow or dead keeps only its own waiting. */
export class Lane {
  readonly target: Target;
  readonly #parts: LaneParts;
  readonly #waiting: StoredEntry[] = [];
  #dead: readonly StoredEntry[];
  #wake = Promise.withResolvers<void>();

  /** @param entries of this target, in their order */
  constructor(parts: LaneParts, entries: readonly StoredEntry[]) {
    this.target = parts.target;
    this.#parts = parts;
    this.#waiting.push(...entries.filter(({ entry }) => entry.state === 'waiting'));
    this.#dead = entries.filter(({ entry }) => entry.state === 'dead');
  }

  /** How many more it takes. */
  get room(): number {
    return this.#parts.patience.queue - this.#waiting.length;
  }

  /** Puts a written entry at the end, unless it is there. */
  push(stored: StoredEntry): void {
    if (this.#waiting.some(({ id }) => id === stored.id)) return;
    this.#dead = this.#dead.filter(({ id }) => id !== stored.id);
    this.#waiting.push(stored);
    this.#wake.resolve();
  }

  /**
   * Sends until `stop`; what is being sent then may still end, until `cut`.
   * @throws SallyportError `record/conflict` when another gate does the same
   */
  async run(stop: AbortSignal, cut: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
    while (!stop.aborted) {
      const [head] = this.#waiting;
      if (head === undefined) {
        this.#wake = Promise.withResolvers<void>();
        await Promise.race([this.#wake.promise, stopped]);
      } else {
        const wait = Date.parse(head.entry.next) - this.#parts.clock.now().getTime();
        if (wait > 0) await this.#parts.clock.sleep(wait, stop);
        if (!stop.aborted) await this.#try(head, cut);
      }
    }
  }

  async #try(stored: StoredEntry, cut: AbortSignal): Promise<void> {
    const { target } = this.#parts;
    const sent = await target.send(stored.entry.notice, AbortSignal.any([cut, AbortSignal.timeout(target.timeout)]));
    // What a stop has broken off is no failure of the target; it is sent again after the next start.
    if (cut.aborted && sent.kind === 'failed') return;
    await this.#settle(stored, sent, cut);
  }

  async #settle(stored: StoredEntry, sent: Sent, signal: AbortSignal): Promise<void> {
    const { id, version, entry } = stored;
    const put = (body: Put['body']): Put => ({ collection: 'outbox', id, expect: version, body });
    if (sent.kind === 'delivered') {
      await this.#write([put(null)], undefined, signal);
      this.#waiting.shift();
      return;
    }
    const failed = this.#failed(entry, sent);
    if (failed.state === 'waiting') {
      await this.#write([put(entryJson(failed))], undefined, signal);
      this.#waiting[0] = { id, version: version + 1, entry: failed };
      return;
    }
    const kept = [...this.#dead, { id, version: version + 1, entry: failed }];
    const dropped = kept.slice(0, Math.max(0, kept.length - DEAD_KEPT));
    const drops = dropped.map((old): Put => ({ collection: 'outbox', id: old.id, expect: old.version, body: null }));
    await this.#write([put(entryJson(failed)), ...drops], failed, signal, id);
    this.#dead = kept.slice(dropped.length);
    this.#waiting.shift();
  }

  #failed(entry: Entry, { why, refused, retryAfter }: Extract<Sent, { kind: 'failed' }>): Entry {
    const { clock, patience } = this.#parts;
    const now = clock.now().getTime();
    const attempts = entry.attempts + 1;
    const isOver =
      attempts >= (refused ? patience.refusals : patience.attempts) || now - Date.parse(entry.since) >= patience.giveUp;
    const delay = Math.max(backOff(attempts, patience.longest, clock.random), Math.min(retryAfter, patience.longest));
    return {
      ...entry,
      state: isOver ? 'dead' : 'waiting',
      attempts,
      next: new Date(now + delay).toISOString(),
      error: why,
    };
  }

  /** Until it is written: what was sent must not be sent again only because the store was busy. */
  async #write(puts: readonly Put[], dead: Entry | undefined, signal: AbortSignal, id = ''): Promise<void> {
    const { store, clock, sources, patience } = this.#parts;
    const events = dead === undefined ? [] : [deadEvent(id, dead, sources)];
    for (let failures = 1; ; failures += 1) {
      try {
        await store.transact(puts, events);
        return;
      } catch (thrown) {
        if (signal.aborted || !(thrown instanceof SallyportError) || thrown.code !== 'record/unavailable') throw thrown;
        await clock.sleep(backOff(failures, patience.longest, clock.random), signal);
        if (signal.aborted) throw new SallyportError('record/unavailable', messageOf(thrown));
      }
    }
  }
}

function deadEvent(id: string, { target, notice, attempts, error, since }: Entry, sources: Sources) {
  const change = {
    what: 'notice.dead',
    by: 'gate',
    why: `given up after ${attempts} tries since ${since}: ${error}`,
    about: { ...notice.about, notice: id, target, told: notice.kind },
    before: null,
    after: { kind: notice.kind, title: notice.title, attempts, error },
  };
  return changedEvent(change, sources, sources.now());
}

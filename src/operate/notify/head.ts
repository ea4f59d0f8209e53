import { SallyportError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { Document, Put, Store } from '../../record/store.ts';
import type { Clock } from '../../serve/bundle-source/source.ts';

/** How long a gate that says nothing is taken to be at work, in milliseconds. */
export const LEASE_MS = 15_000;

const HEAD = 'head';

/**
 * How far the log has been told, and which gate tells it: of several gates on one store one does. Every write of that gate
 * changes this document, so that one that was taken for dead cannot write after another has begun.
 */
export class Head {
  readonly #holder: string;
  readonly #clock: Clock;
  #version: number;
  #cursor: number;
  #until: number;

  private constructor(holder: string, clock: Clock, version: number, cursor: number) {
    this.#holder = holder;
    this.#clock = clock;
    this.#version = version;
    this.#cursor = cursor;
    this.#until = 0;
  }

  /**
   * Waits until no other gate is at work, then takes over.
   * @param holder the same after a restart of the same gate
   * @param from where a store begins that has never told anybody
   * @returns undefined when the signal came first
   * @throws SallyportError `record/unavailable`
   */
  static async claim(
    store: Store,
    { holder, from, clock }: { readonly holder: string; readonly from: number; readonly clock: Clock },
    signal: AbortSignal,
  ): Promise<Head | undefined> {
    while (!signal.aborted) {
      const found = await store.get('outbox', HEAD);
      const held = otherUntil(found, holder) - clock.now().getTime();
      if (held > 0) {
        await clock.sleep(Math.min(held, LEASE_MS / 3), signal);
        continue;
      }
      const cursor = found === undefined ? from : Number(found.body.cursor);
      const head = new Head(holder, clock, found?.version ?? 0, cursor);
      try {
        await store.transact([head.put(cursor)], []);
        head.written(cursor);
        return head;
      } catch (thrown) {
        // Another gate was faster.
        if (!(thrown instanceof SallyportError) || thrown.code !== 'record/conflict') throw thrown;
      }
    }
    return undefined;
  }

  /** Everything before was told, durably. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Milliseconds until the lease has to be renewed. */
  get renewIn(): number {
    return this.#until - (LEASE_MS * 2) / 3 - this.#clock.now().getTime();
  }

  put(cursor: number): Put {
    const body: JsonObject = { cursor, holder: this.#holder, until: new Date(this.#next()).toISOString() };
    return { collection: 'outbox', id: HEAD, expect: this.#version, body };
  }

  written(cursor: number): void {
    this.#version += 1;
    this.#cursor = cursor;
    this.#until = this.#next();
  }

  /** Lets another gate begin at once. */
  release(cursor: number): Put {
    return { ...this.put(cursor), body: { cursor, holder: '', until: new Date(0).toISOString() } };
  }

  #next(): number {
    return this.#clock.now().getTime() + LEASE_MS;
  }
}

/** Until when another gate is at work, in milliseconds since the epoch. */
function otherUntil(found: Document | undefined, holder: string): number {
  if (found === undefined || found.body.holder === holder) return 0;
  const until = Date.parse(String(found.body.until));
  return Number.isNaN(until) ? 0 : until;
}

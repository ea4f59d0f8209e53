import type { JsonObject } from '../../json.ts';
import { WINDOW_MS } from './rolling-spend.ts';

/** Different things that are told apart at once. */
const MOST_KEYS = 1_024;
/** How often one of them is counted; beyond that it is often enough. */
const MOST_EACH = 64;
const NAMED = 3;

interface Time {
  readonly decision: string;
  readonly at: number;
}

/**
 * How often each of many things happened within the last hour, and in which decisions. Bounded: what does not fit is not
 * told apart any more, and until the hour is over every count is unknown.
 */
export class Tally {
  /** Oldest first, in the order of what happened last. */
  readonly #times = new Map<string, readonly Time[]>();
  #incompleteUntil = 0;

  add(key: string, decision: string, at: number): void {
    const before = this.#times.get(key) ?? [];
    this.#times.delete(key);
    if (this.#times.size >= MOST_KEYS) this.expire(at);
    if (this.#times.size < MOST_KEYS) this.#times.set(key, [...before, { decision, at }].slice(-MOST_EACH));
    else this.#incompleteUntil = Math.max(this.#incompleteUntil, at + WINDOW_MS);
  }

  remove(key: string, decision: string): void {
    const left = this.#times.get(key)?.filter((each) => each.decision !== decision) ?? [];
    if (left.length === 0) this.#times.delete(key);
    else this.#times.set(key, left);
  }

  /** As policy sees it. */
  view(key: string, now: number): JsonObject | 'unknown' {
    if (now < this.#incompleteUntil) return 'unknown';
    const times = (this.#times.get(key) ?? []).filter(({ at }) => now - at < WINDOW_MS);
    return { count: times.length, calls: times.slice(-NAMED).map(({ decision }) => decision) };
  }

  /** Forgets what counts no longer; true when nothing is left. */
  expire(now: number): boolean {
    for (const [key, times] of this.#times) if ((times.at(-1)?.at ?? 0) <= now - WINDOW_MS) this.#times.delete(key);
    return this.#times.size === 0 && now >= this.#incompleteUntil;
  }
}

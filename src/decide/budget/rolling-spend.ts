import type { JsonObject } from '../../json.ts';
import { type Amounts, MEASURES, type Measure } from './amounts.ts';

/** What is spent counts for an hour. */
export const WINDOW_MS = 3_600_000;
const SLOT_MS = 60_000;
const SLOTS = WINDOW_MS / SLOT_MS;
/** How many of the newest decisions are told of. */
const NAMED = 3;
/** How many are remembered, for some of them are given back. */
const REMEMBERED = 12;
/** Shares are fractions, and sums of them are cut to this many parts of one. */
const PARTS = 1e6;

interface Bucket {
  /** Minutes since the epoch. */
  readonly slot: number;
  changes: number;
  readonly known: Record<Measure, number>;
  /** How many changes took an amount that nobody could measure. */
  readonly unmeasured: Record<Measure, number>;
}

/**
 * What was spent within the last hour, in buckets of a minute: constant memory, however many changes there are. What was
 * spent counts for at least an hour and at most a minute longer.
 */
export class RollingSpend {
  /** Oldest first. */
  #buckets: Bucket[] = [];
  #newest: { readonly decision: string; readonly at: number }[] = [];

  /** @param at milliseconds since the epoch: when it was spent, which is also what gives it back */
  take(decision: string, at: number, amounts: Amounts): void {
    this.#enter(at, amounts, 1);
    this.#newest = [...this.#newest, { decision, at }].slice(-REMEMBERED);
  }

  /** Takes back what did not happen after all. */
  giveBack(decision: string, at: number, amounts: Amounts): void {
    this.#enter(at, amounts, -1);
    this.#buckets = this.#buckets.filter(({ changes }) => changes > 0);
    this.#newest = this.#newest.filter((each) => each.decision !== decision);
  }

  /** Forgets what counts no longer; true when nothing is left. */
  expire(now: number): boolean {
    const slot = Math.floor(now / SLOT_MS);
    const old = this.#buckets.findIndex((bucket) => slot - bucket.slot <= SLOTS);
    if (old !== 0) this.#buckets = old < 0 ? [] : this.#buckets.slice(old);
    return this.#buckets.length === 0;
  }

  /** As policy sees it: sums, the newest decisions, and when the oldest part counts no longer; undefined when nothing is. */
  view(now: number): JsonObject | undefined {
    this.expire(now);
    const [oldest] = this.#buckets;
    if (oldest === undefined) return undefined;
    return {
      changes: this.#buckets.reduce((sum, { changes }) => sum + changes, 0),
      ...Object.fromEntries(MEASURES.map((measure) => [measure, this.#sum(measure)])),
      frees: new Date((oldest.slot + SLOTS + 1) * SLOT_MS).toISOString(),
      calls: this.#newest
        .slice(-NAMED)
        .filter(({ at }) => at >= oldest.slot * SLOT_MS)
        .map(({ decision }) => decision),
    };
  }

  #sum(measure: Measure): number | 'unknown' {
    if (this.#buckets.some(({ unmeasured }) => unmeasured[measure] > 0)) return 'unknown';
    const sum = this.#buckets.reduce((total, { known }) => total + known[measure], 0);
    return Math.round(sum * PARTS) / PARTS;
  }

  #enter(at: number, amounts: Amounts, sign: 1 | -1): void {
    const bucket = this.#bucketAt(Math.floor(at / SLOT_MS), sign === 1);
    if (bucket === undefined) return;
    bucket.changes += sign;
    for (const measure of MEASURES) {
      const amount = amounts[measure];
      if (amount === 'unknown') bucket.unmeasured[measure] += sign;
      else bucket.known[measure] += sign * amount;
    }
  }

  #bucketAt(slot: number, make: boolean): Bucket | undefined {
    const found = this.#buckets.findLast((bucket) => bucket.slot === slot);
    if (found !== undefined || !make) return found;
    const bucket = {
      slot,
      changes: 0,
      known: { objects: 0, pods: 0, share: 0 },
      unmeasured: { objects: 0, pods: 0, share: 0 },
    };
    const after = this.#buckets.findLastIndex((each) => each.slot < slot);
    this.#buckets.splice(after + 1, 0, bucket);
    return bucket;
  }
}

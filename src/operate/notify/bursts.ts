import type { Notice } from './notice.ts';
import type { Target } from './target.ts';

/** Milliseconds for which notices of one kind are counted, and after which those that were too many are told together. */
export const BURST_MS = 10_000;
/** Notices of one kind that people are told one by one within that time. */
const MOST = 20;

/**
 * Keeps a thousand calls that are ended by one freeze from being a thousand messages. Pagers get each, because each ends an alert
 * of its own, and pagers know how to put them together.
 */
export class Bursts {
  readonly #counted = new Map<string, { readonly since: number; count: number }>();

  /** Counts a notice; true when too many of its kind were told that target within the last seconds. */
  isTooFast({ name, kind }: Pick<Target, 'name' | 'kind'>, notice: Notice, now: number): boolean {
    if (kind === 'pagerduty') return false;
    const key = `${name} ${notice.kind}`;
    const known = this.#counted.get(key);
    const counted = known === undefined || now - known.since >= BURST_MS ? { since: now, count: 0 } : known;
    counted.count += 1;
    this.#counted.set(key, counted);
    return counted.count > MOST;
  }
}

import type { JsonObject } from '../../json.ts';
import type { Amounts } from './amounts.ts';
import { RollingSpend } from './rolling-spend.ts';

/** Environments that one account is told of: more than the gate's own policy has, few enough for the size of an input. */
const MOST_PLACES = 5;

/** Whatever has a budget of its own: an agent, a service, an intent. */
export class Account {
  /** The decision that took from it last; null when none did, as far as is known. */
  last: string | null = null;
  /** When that was, milliseconds since the epoch. */
  lastAt = 0;
  /** Changes that were let through and have not ended. */
  underWay = 0;
  readonly #places = new Map<string, RollingSpend>();

  take(decision: string, at: number, environment: string, amounts: Amounts): void {
    let place = this.#places.get(environment);
    if (place === undefined) {
      place = new RollingSpend();
      this.#places.set(environment, place);
    }
    place.take(decision, at, amounts);
    this.last = decision;
    this.lastAt = Math.max(this.lastAt, at);
  }

  /** The reservation that took last was never written: whoever takes next follows the one before it. */
  unwind(decision: string, before: string | null): void {
    if (this.last === decision) this.last = before;
  }

  giveBack(decision: string, at: number, environment: string, amounts: Amounts): void {
    this.#places.get(environment)?.giveBack(decision, at, amounts);
  }

  /** What was spent, by the environment that the policy found; `unknown` where that is too much to tell. */
  spent(now: number): JsonObject | 'unknown' {
    const found: [string, JsonObject][] = [];
    for (const [environment, place] of this.#places) {
      const view = place.view(now);
      if (view === undefined) this.#places.delete(environment);
      else found.push([environment, view]);
    }
    return found.length > MOST_PLACES ? 'unknown' : Object.fromEntries(found);
  }

  /** True when it can be forgotten: nothing counts any more, nothing is under way, and nobody took since `before`. */
  isIdle(now: number, before: number): boolean {
    for (const [environment, place] of this.#places) if (place.expire(now)) this.#places.delete(environment);
    return this.underWay === 0 && this.#places.size === 0 && this.lastAt < before;
  }
}

import { SallyportError } from '../errors.ts';
import { RateLimit } from '../operate/rate-limit.ts';

/** So many requests of one agent at once, and as many again within a minute. */
const MOST = 120;
const PERIOD_MS = 60_000;
/** Agents whose pace is known at once. */
const MOST_AGENTS = 10_000;

/** How fast each agent may speak to the gate itself: every step is written down for good. */
export class AgentRates {
  readonly #now: () => Date;
  readonly #limits = new Map<string, RateLimit>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** @throws SallyportError `request/too-many` */
  take(agent: string, count: number): void {
    let limit = this.#limits.get(agent);
    if (limit === undefined) {
      // The longest known goes, and starts anew with a full bucket when it comes again.
      const [oldest] = this.#limits.keys();
      if (oldest !== undefined && this.#limits.size >= MOST_AGENTS) this.#limits.delete(oldest);
      limit = new RateLimit(MOST, PERIOD_MS);
      this.#limits.set(agent, limit);
    }
    const now = this.#now();
    let taken = 0;
    while (taken < count && limit.take(now)) taken += 1;
    if (taken === count) return;
    throw new SallyportError('request/too-many', `agent ${agent} asks the gate more than ${MOST} things a minute`, {
      fix: 'wait a minute, and attach several signals at once',
    });
  }
}

import type { Timer } from '../../src/operate/schedule/timer.ts';

/** A clock that stands until it is moved, and a timer that goes by it. */
export class HandClock implements Timer {
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  #ms: number;

  constructor(start: string) {
    this.#ms = Date.parse(start);
  }

  readonly now = (): Date => new Date(this.#ms);

  /** `seconds` from now, RFC 3339. */
  in(seconds: number): string {
    return new Date(this.#ms + seconds * 1000).toISOString();
  }

  after(ms: number, run: () => void): () => void {
    const waiting = { at: this.#ms + ms, run };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  /** How long until the next timer, in seconds; undefined when there is none. */
  get next(): number | undefined {
    return this.#first(Number.POSITIVE_INFINITY)?.seconds;
  }

  /**
   * Moves on, and runs the timers on the way one after another, each at its time. What they set off goes on by itself
   * but for `settled`, which is waited for after each.
   */
  async move(seconds: number, settled: () => Promise<unknown>): Promise<void> {
    const end = this.#ms + seconds * 1000;
    for (let first = this.#first(end); first !== undefined; first = this.#first(end)) {
      this.#waiting.delete(first.waiting);
      this.#ms = Math.max(this.#ms, first.waiting.at);
      first.waiting.run();
      await settled();
    }
    this.#ms = end;
  }

  /** Moves on without running anything, as a process does that is stopped meanwhile. */
  sleep(seconds: number): void {
    this.#ms += seconds * 1000;
  }

  #first(until: number) {
    let found: { readonly at: number; readonly run: () => void } | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.at <= until && (found === undefined || waiting.at < found.at)) found = waiting;
    }
    return found === undefined ? undefined : { waiting: found, seconds: (found.at - this.#ms) / 1000 };
  }
}

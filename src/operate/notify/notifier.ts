import { messageOf, SallyportError } from '../../errors.ts';
import type { LogEvent } from '../../record/store.ts';
import { backOff } from '../../serve/bundle-source/delays.ts';
import { Bell } from './bell.ts';
import { Head } from './head.ts';
import { LogFollower } from './log-follower.ts';
import { Pump, type PumpParts } from './pump.ts';

export interface NotifierParts extends PumpParts {
  /** Names this gate among those on the store; the same after a restart. */
  readonly holder: string;
}

const LONGEST_PAUSE = 60_000;
/** Milliseconds for which a stop waits for answers. */
const GRACE_MS = 1_000;

/**
 * Tells people what the log says (P7). What is told is taken from the log and written into the outbox together with how far
 * that went, then sent from there and removed: nothing is lost between an event and its notice, whatever happens to the gate.
 * Sent at least once, in order for each target.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #from: number;
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  #follower: LogFollower | undefined;
  #wake = () => {};
  #running: Promise<void> = Promise.resolve();

  private constructor(parts: NotifierParts, from: number) {
    this.#parts = parts;
    this.#from = from;
  }

  /** Where nobody was ever told anything, it begins with what comes from now on. @throws SallyportError `record/unavailable` */
  static async open(parts: NotifierParts): Promise<Notifier> {
    return new Notifier(parts, await parts.store.size());
  }

  /** Called with each event that is durable; quick, and never throws. */
  told(event: LogEvent, seq: number): void {
    this.#follower?.told(event, seq);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** What is being sent may end, for a moment; else it is sent again after the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    const { clock } = this.#parts;
    void clock.sleep(GRACE_MS, this.#cut.signal).then(() => this.#cut.abort());
    await this.#running;
    this.#cut.abort();
  }

  async #run(): Promise<void> {
    const { clock, report } = this.#parts;
    const { signal } = this.#stop;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await this.#lead();
        failures = 0;
      } catch (thrown) {
        if (signal.aborted) return;
        // Another gate has taken over, which is as it should be.
        if (!(thrown instanceof SallyportError && thrown.code === 'record/conflict')) report(messageOf(thrown));
        await clock.sleep(backOff(failures, LONGEST_PAUSE, clock.random), signal);
      }
    }
  }

  /** From the claim until the stop, or until another gate takes over. Everything is read from the store anew. */
  async #lead(): Promise<void> {
    const { store, clock, holder } = this.#parts;
    const head = await Head.claim(store, { holder, from: this.#from, clock }, this.#stop.signal);
    if (head === undefined) return;
    const reign = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, reign.signal]);
    const cut = AbortSignal.any([this.#cut.signal, reign.signal]);
    const bell = new Bell();
    this.#wake = () => bell.ring();
    const follower = new LogFollower(store, head.cursor, this.#wake);
    this.#follower = follower;
    const pump = new Pump(this.#parts, head, follower, await store.list('outbox'));
    const lanes = pump.lanes.map((lane) => lane.run(signal, cut));
    const pumping = pump.run(signal, bell);
    try {
      await Promise.all([pumping, ...lanes]);
    } finally {
      // One of them has failed, or all have ended.
      this.#follower = undefined;
      reign.abort();
      bell.ring();
      await Promise.allSettled([pumping, ...lanes]);
    }
    await pump.release();
  }
}

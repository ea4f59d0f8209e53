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
  /** Told of what goes wrong with the outbox itself. */
  readonly report: (error: unknown) => void;
}

const LONGEST_PAUSE = 60_000;

/**
 * Tells people what the log says (P7). What is told is taken from the log and written into the outbox together with how far
 * that went, then sent from there and removed: nothing is lost between an event and its notice, whatever happens to the gate.
 * Sent at least once, in order for each target.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #stop = new AbortController();
  #follower: LogFollower | undefined;
  #wake = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** Called with each event that is durable; quick, and never throws. */
  told(event: LogEvent, seq: number): void {
    this.#follower?.told(event, seq);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Breaks off what is being sent; it is sent again after the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
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
    const head = await Head.claim(store, holder, clock, this.#stop.signal);
    if (head === undefined) return;
    const reign = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, reign.signal]);
    const bell = new Bell();
    this.#wake = () => bell.ring();
    const follower = new LogFollower(store, head.cursor, this.#wake);
    this.#follower = follower;
    const pump = new Pump(this.#parts, head, follower, await store.list('outbox'));
    const lanes = pump.lanes.map((lane) => lane.run(signal));
    const pumping = pump.run(signal, bell);
    try {
      await Promise.race([pumping, Promise.all(lanes)]);
    } finally {
      this.#follower = undefined;
      reign.abort();
      bell.ring();
      await Promise.allSettled([pumping, ...lanes]);
    }
    await pump.release();
  }
}

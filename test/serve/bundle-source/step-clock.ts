import type { Clock } from '../../../src/serve/bundle-source/source.ts';

/** Time that goes on when the test says so. Whoever sleeps is woken by `step`, however long it meant to. */
export class StepClock implements Clock {
  /** Milliseconds of every sleep so far. */
  readonly delays: number[] = [];
  /** What `random` gives. */
  chance = 0.5;
  /** Of the calendar; sleeps do not move it. */
  date = new Date('2030-01-15T12:00:00.000Z');
  #ticks = 0;
  #wake: (() => void) | undefined;
  #asleep = Promise.withResolvers<void>();

  readonly now = () => this.date;
  readonly ticks = () => this.#ticks;
  readonly random = () => this.chance;

  readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    this.delays.push(ms);
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#asleep.resolve();
    await woken;
  };

  /** Lets the sleeper go on, and resolves when it sleeps again. */
  async step(times = 1): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      await this.#asleep.promise;
      this.#asleep = Promise.withResolvers<void>();
      this.#ticks += this.delays.at(-1) ?? 0;
      this.#wake?.();
      await this.#asleep.promise;
    }
  }

  /** As if something took that long. */
  pass(ms: number): void {
    this.#ticks += ms;
  }
}

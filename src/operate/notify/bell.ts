import type { Clock } from '../../serve/bundle-source/source.ts';

/** Wakes whoever waits; rung while nobody does, it wakes the next one at once. */
export class Bell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  async heard(within: number, clock: Clock): Promise<void> {
    const waited = new AbortController();
    const sleeping = clock.sleep(within, waited.signal);
    await Promise.race([this.#rung.promise, sleeping]);
    waited.abort();
    this.#rung = Promise.withResolvers<void>();
  }
}

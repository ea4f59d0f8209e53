/**
 * The safety epoch: moved by every freeze, revocation, demotion, scope change and new bundle, and compared right before
 * the first byte of a call leaves. A call judged in an older epoch is checked again, in no time, before it goes.
 */
export class Epoch {
  #value = 0;
  readonly #listeners = new Set<(why: string) => void>();

  get value(): number {
    return this.#value;
  }

  /** Moves the epoch and tells who must act at once (open streams). */
  move(why: string): void {
    this.#value += 1;
    for (const listener of this.#listeners) listener(why);
  }

  onMove(listener: (why: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

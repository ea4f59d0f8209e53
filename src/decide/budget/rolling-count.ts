/**
 * How often something happened within a rolling window, in slots of equal width. What happened counts for at least the
 * whole window and at most a slot longer. Constant memory; a clock that goes backwards adds to the newest slot.
 */
export class RollingCount {
  readonly #width: number;
  readonly #slots: Uint32Array;
  #newest = 0;
  #total = 0;

  /** @param width of a slot, in milliseconds; @param slots that make the window */
  constructor(width: number, slots: number) {
    this.#width = width;
    this.#slots = new Uint32Array(slots + 1);
  }

  /** @param now milliseconds since the epoch */
  add(now: number): void {
    this.#advance(now);
    const at = this.#newest % this.#slots.length;
    this.#slots[at] = (this.#slots[at] ?? 0) + 1;
    this.#total += 1;
  }

  /** Takes back what was added at a time, where that still counts. */
  remove(at: number): void {
    const slot = Math.min(Math.floor(at / this.#width), this.#newest);
    const index = slot % this.#slots.length;
    const count = this.#slots[index] ?? 0;
    if (this.#newest - slot >= this.#slots.length || count === 0) return;
    this.#slots[index] = count - 1;
    this.#total -= 1;
  }

  total(now: number): number {
    this.#advance(now);
    return this.#total;
  }

  #advance(now: number): void {
    const slot = Math.floor(now / this.#width);
    const steps = Math.min(slot - this.#newest, this.#slots.length);
    if (steps <= 0) return;
    for (let step = 0; step < steps; step += 1) {
      const at = (slot - step) % this.#slots.length;
      this.#total -= this.#slots[at] ?? 0;
      this.#slots[at] = 0;
    }
    this.#newest = slot;
  }
}

/**
 * What comes and goes with every call. A Set or Map would do, but for the garbage collector: each table that V8 outgrows
 * keeps a pointer to the next, so that one old table, once it is promoted, keeps every call since then until the next
 * major collection, and the short-lived are all copied out of the young generation (measured: a third of the processor
 * time of a read). Slots of one array are used again instead.
 */
export class Passing<T> implements Iterable<T> {
  readonly #slots: (T | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#slots.length - this.#free.length;
  }

  /** Returns what takes it out again; asked a second time, that does nothing. */
  add(member: T & {}): () => void {
    const slot = this.#free.pop() ?? this.#slots.length;
    this.#slots[slot] = member;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#slots[slot] = undefined;
      this.#free.push(slot);
    };
  }

  /** Those that are in it now, in no order. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (const member of this.#slots) if (member !== undefined) yield member;
  }
}

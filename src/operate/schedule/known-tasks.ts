import type { Document, Put } from '../../record/store.ts';
import { opensAt, readTask, type StoredTask } from './task.ts';

/** A task that is known of. */
export interface Known {
  readonly task: StoredTask;
  /** When it may be begun, milliseconds since the epoch. */
  readonly opens: number;
  /** When this was learnt, counted in things learnt. */
  readonly learnt: number;
}

/** What is in the store, as far as this gate knows. Another gate may have gone on since: a claim finds that out. */
export class KnownTasks implements Iterable<Known> {
  readonly #tasks = new Map<string, Known>();
  #learnt = 0;

  get(id: string): Known | undefined {
    return this.#tasks.get(id);
  }

  [Symbol.iterator](): Iterator<Known> {
    return this.#tasks.values();
  }

  /** `notBefore`: this gate leaves it alone until then, milliseconds since the epoch. */
  set(task: StoredTask, notBefore = 0): void {
    this.#learnt += 1;
    this.#tasks.set(task.id, { task, opens: Math.max(opensAt(task), notBefore), learnt: this.#learnt });
  }

  delete(id: string): void {
    this.#learnt += 1;
    this.#tasks.delete(id);
  }

  /** Takes over what a durable put says, unless more is known by now; answers what is new. */
  apply({ collection, id, expect, body }: Put): Known | undefined {
    if (collection !== 'schedule' || (this.get(id)?.task.version ?? 0) > expect) return undefined;
    if (body === null) this.delete(id);
    else this.set(readTask({ collection, id, version: expect + 1, body }));
    return this.get(id);
  }

  /** Takes over what `list` finds in the store, but for what was learnt while it looked. */
  async refresh(list: () => Promise<readonly Document[]>): Promise<void> {
    const asked = this.#learnt;
    const found = new Map((await list()).map((document) => [document.id, readTask(document)]));
    const overtaken = (id: string) => (this.get(id)?.learnt ?? 0) > asked;
    for (const id of [...this.#tasks.keys()]) if (!found.has(id) && !overtaken(id)) this.delete(id);
    for (const task of found.values()) {
      if (!overtaken(task.id) && task.version !== this.get(task.id)?.task.version) this.set(task);
    }
  }
}

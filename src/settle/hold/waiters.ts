import type { ServerResponse } from 'node:http';

/** How a wait ended: something happened to what is waited for, the time was over, or the caller has left. */
export type WaitEnd = 'changed' | 'time' | 'left';

/** Callers who wait for something with an id. */
export class Waiters {
  readonly #waiting = new Map<string, Set<(end: WaitEnd) => void>>();
  #closed = false;

  get size(): number {
    let size = 0;
    for (const { size: some } of this.#waiting.values()) size += some;
    return size;
  }

  /** Waits until `wake(id)`, for at most `ms`, or until the caller's connection closes. */
  wait(id: string, response: ServerResponse, ms: number): Promise<WaitEnd> {
    if (response.destroyed) return Promise.resolve('left');
    if (this.#closed || ms <= 0) return Promise.resolve('time');
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      const end = (how: WaitEnd): void => {
        clearTimeout(timer);
        response.off('close', left);
        waiting.delete(end);
        if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
        resolve(how);
      };
      const left = (): void => end('left');
      const timer = setTimeout(() => end('time'), ms);
      response.once('close', left);
      waiting.add(end);
    });
  }

  wake(id: string): void {
    for (const end of [...(this.#waiting.get(id) ?? [])]) end('changed');
  }

  /** Nobody waits any longer, now or later: they are told to come again. */
  close(): void {
    this.#closed = true;
    for (const waiting of [...this.#waiting.values()]) for (const end of [...waiting]) end('time');
  }
}

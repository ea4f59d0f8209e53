/** How a wait ended: something happened to what is waited for, the time was over, or the caller has left. */
export type WaitEnd = 'changed' | 'time' | 'left';

/** The end of a caller's connection: an answer of Node's, as far as waiting knows it. */
export interface Caller {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** Tries that wait for one thing at once; a client has one under way, and some were given up without anybody's telling. */
const MOST_FOR_ONE = 8;

/** Callers who wait for something with an id. */
export class Waiters {
  readonly #mostBytes: number;
  #bytes = 0;
  readonly #waiting = new Map<string, Set<(end: WaitEnd) => void>>();
  #closed = false;

  /** @param mostBytes what all that wait may keep in memory together */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get size(): number {
    let size = 0;
    for (const { size: some } of this.#waiting.values()) size += some;
    return size;
  }

  /**
   * Waits until `wake(id)`, for at most `ms`, or until the caller's connection closes. Where too many wait already, for this
   * or with too much in their hands, it waits no time at all.
   * @param bytes what is kept in memory for as long
   */
  wait(id: string, caller: Caller, ms: number, bytes: number): Promise<WaitEnd> {
    if (caller.destroyed) return Promise.resolve('left');
    if (this.#closed || ms <= 0 || !this.#hasRoom(id, bytes)) return Promise.resolve('time');
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      this.#bytes += bytes;
      const end = (how: WaitEnd): void => {
        clearTimeout(timer);
        caller.off('close', left);
        if (!waiting.delete(end)) return;
        this.#bytes -= bytes;
        if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
        resolve(how);
      };
      const left = (): void => end('left');
      const timer = setTimeout(() => end('time'), ms);
      caller.once('close', left);
      waiting.add(end);
    });
  }

  #hasRoom(id: string, bytes: number): boolean {
    return (this.#waiting.get(id)?.size ?? 0) < MOST_FOR_ONE && this.#bytes + bytes <= this.#mostBytes;
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

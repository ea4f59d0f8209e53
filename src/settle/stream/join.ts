import type { Duplex } from 'node:stream';

/** Bytes that a stream carried. */
export interface Carried {
  /** From the caller to the upstream. */
  readonly bytesIn: number;
  /** From the upstream to the caller. */
  readonly bytesOut: number;
}

/** How a joined stream ended: the upstream ended it or followed the caller's end; or one of the two was gone. */
export type JoinEnd = 'complete' | 'caller-left' | 'upstream-broke';

/** How long a stream that one side has ended may stay silent: nobody may be left there to end the other half. */
const HALF_CLOSED_MS = 300_000;
/** How long the one is given to take what the other sent before it was gone. */
const LAST_WORDS_MS = 60_000;

/**
 * Joins two connections, byte for byte, both ways, until both are at their end. Neither is read faster than the other
 * takes it; the end of one half is passed on and the other half goes on. Whoever joins has to listen for errors: here
 * what went wrong with a connection is told by its end.
 */
export class Join {
  readonly #caller: Duplex;
  readonly #upstream: Duplex;
  readonly #done: (end: JoinEnd) => void;
  #bytesIn = 0;
  #bytesOut = 0;
  #upstreamEnded = false;
  #upstreamBroke = false;
  #silence: NodeJS.Timeout | undefined;
  #over = false;

  /** @param done told once, when nothing flows any more */
  constructor(caller: Duplex, upstream: Duplex, done: (end: JoinEnd) => void) {
    this.#caller = caller;
    this.#upstream = upstream;
    this.#done = done;
    // Node would close both directions when one is ended.
    caller.allowHalfOpen = true;
    upstream.allowHalfOpen = true;
    caller.on('data', (chunk: Buffer) => {
      if (upstream.destroyed) return;
      this.#bytesIn += chunk.length;
      this.#silence?.refresh();
    });
    upstream.on('data', (chunk: Buffer) => {
      this.#bytesOut += chunk.length;
      this.#silence?.refresh();
    });
    caller.once('end', () => this.#waitAtMost(HALF_CLOSED_MS));
    upstream.once('end', () => {
      this.#upstreamEnded = true;
      this.#waitAtMost(HALF_CLOSED_MS);
    });
    caller.once('close', this.#closed);
    upstream.once('close', this.#closed);
    caller.pipe(upstream);
    upstream.pipe(caller);
    // One of them may be gone already, and would not say so again.
    if (caller.closed || upstream.closed) this.#closed();
  }

  get carried(): Carried {
    return { bytesIn: this.#bytesIn, bytesOut: this.#bytesOut };
  }

  /** Ends it at once, in both directions; `done` is not told. */
  cut(): void {
    this.#over = true;
    this.#destroy();
  }

  readonly #closed = (): void => {
    if (this.#over) return;
    const [caller, upstream] = [this.#caller, this.#upstream];
    if (upstream.closed && !this.#upstreamEnded) this.#upstreamBroke = true;
    const callerLeft = caller.closed && !this.#upstreamEnded && !this.#upstreamBroke;
    if (callerLeft || (caller.closed && upstream.closed)) {
      this.#finish();
      return;
    }
    if (upstream.closed) {
      // What came before is still the caller's; what the caller goes on to say is nobody's.
      caller.end();
      caller.resume();
    } else if (!caller.readableEnded) upstream.destroy();
    this.#waitAtMost(LAST_WORDS_MS);
  };

  #waitAtMost(ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#finish(), ms).unref();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#destroy();
    if (this.#upstreamBroke) this.#done('upstream-broke');
    else this.#done(this.#upstreamEnded ? 'complete' : 'caller-left');
  }

  #destroy(): void {
    clearTimeout(this.#silence);
    this.#caller.destroy();
    this.#upstream.destroy();
  }
}

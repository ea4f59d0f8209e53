import { Passing } from '../passing.ts';

/** A call that is on its way or streaming, and how to cut it. */
export interface OpenCall {
  readonly id: string;
  /** Why this call may not go on, or undefined: asked again each time the safety epoch moves. */
  readonly standing: () => string | undefined;
  /** Why it has run out by itself, or undefined: asked again all the time. */
  readonly lapsed: () => string | undefined;
  readonly cut: (why: string) => void;
}

/** Every call between its first byte upstream and its end, so that a freeze or a revocation cuts what is running. */
export class OpenCalls {
  readonly #calls = new Passing<{ readonly call: OpenCall; leave: () => void }>();

  get size(): number {
    return this.#calls.size;
  }

  /** Returns what takes it out again when it has ended. */
  add(call: OpenCall): () => void {
    const open = { call, leave: (): void => undefined };
    open.leave = this.#calls.add(open);
    return open.leave;
  }

  /** Asks every open call whether it still stands, and cuts those that do not. Returns how many were cut. */
  review(): number {
    return this.#cutWhere((call) => call.standing());
  }

  /** The same for those that time has ended. */
  sweep(): number {
    return this.#cutWhere((call) => call.lapsed());
  }

  #cutWhere(reason: (call: OpenCall) => string | undefined): number {
    let cut = 0;
    for (const open of [...this.#calls]) {
      const why = reason(open.call);
      if (why === undefined) continue;
      open.leave();
      open.call.cut(why);
      cut += 1;
    }
    return cut;
  }
}

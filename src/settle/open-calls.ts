import { Passing } from '../passing.ts';

/** Calls that are judged again in one turn of the loop. */
const SLICE = 20;

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
  readonly #calls = new Passing<Open>();
  #review: Promise<number> = Promise.resolve(0);
  #isReviewing = false;
  #moved = false;

  get size(): number {
    return this.#calls.size;
  }

  /** Returns what takes it out again when it has ended. */
  add(call: OpenCall): () => void {
    const open: Open = { call, leave: () => undefined, over: false };
    const leave = this.#calls.add(open);
    open.leave = () => {
      open.over = true;
      leave();
    };
    return open.leave;
  }

  /**
   * Asks every open call whether it still stands, and cuts those that do not; the first ones at once, and between slices of many
   * the loop serves others. Asked again meanwhile, it begins anew when it is through. Resolves with how many were cut.
   */
  review(): Promise<number> {
    this.#moved = true;
    // What is asked may move things itself, before there is a promise to give back.
    if (!this.#isReviewing) this.#review = this.#reviewAll();
    return this.#review;
  }

  /** Cuts those that time has ended. Returns how many. */
  sweep(): number {
    let cut = 0;
    for (const open of [...this.#calls]) cut += cutIf(open, open.call.lapsed());
    return cut;
  }

  async #reviewAll(): Promise<number> {
    this.#isReviewing = true;
    let cut = 0;
    try {
      while (this.#moved) {
        this.#moved = false;
        for (const [index, open] of [...this.#calls].entries()) {
          if (index % SLICE === SLICE - 1) await new Promise(setImmediate);
          if (!open.over) cut += cutIf(open, open.call.standing());
        }
      }
      return cut;
    } finally {
      this.#isReviewing = false;
    }
  }
}

interface Open {
  readonly call: OpenCall;
  leave: () => void;
  over: boolean;
}

function cutIf(open: Open, why: string | undefined): number {
  if (why === undefined) return 0;
  open.leave();
  open.call.cut(why);
  return 1;
}

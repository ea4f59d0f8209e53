/** How to be woken: passed in beside the clock, so that tests move both by hand. */
export interface Timer {
  /** Calls `run` once, after `ms` milliseconds or earlier than that; the result calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** What setTimeout can count to, in milliseconds: with more it fires at once. */
const LONGEST = 2 ** 31 - 1;

/** The timer of the machine. It keeps no process alive; of more than 24 days, it fires early. */
export const systemTimer: Timer = {
  after(ms, run) {
    const timeout = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST)).unref();
    return () => clearTimeout(timeout);
  },
};

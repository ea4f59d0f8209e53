import { RollingCount } from './rolling-count.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const SLOTS = 60;

/** How fast one agent goes, and how often in vain. Kept in memory alone: a gate that starts knows of no minute before. */
export class Rates {
  /** Within the last minute, reads too. */
  readonly calls = new RollingCount(SECOND_MS, SLOTS);
  /** Changes let through within the last minute. */
  readonly changes = new RollingCount(SECOND_MS, SLOTS);
  /** Calls denied within the last hour. */
  readonly denied = new RollingCount(MINUTE_MS, SLOTS);

  isIdle(now: number): boolean {
    return [this.calls, this.changes, this.denied].every((count) => count.total(now) === 0);
  }
}

import { isArray, type JsonObject } from '../../json.ts';
import { Tally } from './tally.ts';

/** Days that are kept: as long as any policy may look back. */
export const KEEP_DAYS = 90;
const DAY_MS = 86_400_000;

/** What is counted of one agent, by day (UTC). */
export class AgentTrust {
  readonly id: string;
  /** Where each stay at a level begins in the log; the last one goes on. */
  readonly starts: number[] = [];
  level = 0;
  /** Since when it is at its level: RFC 3339. */
  since = '';
  /** It is not stored as it is. */
  touched = true;
  readonly #days = new Map<string, Tally>();

  constructor(id: string) {
    this.id = id;
  }

  /** The stay at a level that a place in the log falls into, from 1; 0 before the agent was added. */
  stintAt(seq: number): number {
    let stint = this.starts.length;
    while (stint > 0 && (this.starts[stint - 1] ?? 0) > seq) stint -= 1;
    return stint;
  }

  get stint(): number {
    return this.starts.length;
  }

  /** The tally of the day of a time (RFC 3339, UTC). */
  day(time: string): Tally {
    const day = time.slice(0, 10);
    let tally = this.#days.get(day);
    if (tally === undefined) {
      tally = new Tally();
      this.#days.set(day, tally);
    }
    return tally;
  }

  /** The days that anything was counted on, newest first. */
  days(): readonly (readonly [day: string, tally: Tally])[] {
    return [...this.#days].sort(([a], [b]) => (a < b ? 1 : -1));
  }

  keepDay(day: string, tally: Tally): void {
    this.#days.set(day, tally);
  }

  /** Drops the days that count no longer; which they were. */
  forget(now: string): readonly string[] {
    const old = [...this.#days.keys()].filter((day) => ageOf(day, now) >= KEEP_DAYS);
    for (const day of old) this.#days.delete(day);
    return old;
  }

  toJson(): JsonObject {
    return { level: this.level, since: this.since, starts: [...this.starts] };
  }

  /** The agent in a stored document, or undefined when it is none. */
  static fromJson(id: string, { level, since, starts }: JsonObject): AgentTrust | undefined {
    if (typeof level !== 'number' || typeof since !== 'string' || !isArray(starts)) return undefined;
    const agent = new AgentTrust(id);
    agent.level = level;
    agent.since = since;
    agent.touched = false;
    for (const start of starts) {
      if (typeof start !== 'number') return undefined;
      agent.starts.push(start);
    }
    return agent;
  }
}

/** Whole days (UTC) from a day or time to another; 0 on the same day, or when it is later. */
export function ageOf(day: string, now: string): number {
  return Math.max(0, Math.round((Date.parse(now.slice(0, 10)) - Date.parse(day.slice(0, 10))) / DAY_MS));
}

import { isObject, type Json, type JsonObject } from '../../json.ts';

/**
 * What is counted.
 *
 * | count        | one for each                                                                                  |
 * |--------------|-----------------------------------------------------------------------------------------------|
 * | `calls`      | decision                                                                                      |
 * | `allowed`    | decision to let it through, `held`, `denied`: to hold it, to refuse it                        |
 * | `alone`      | decision to let it through that nobody had approved                                           |
 * | `done`       | call that the upstream answered with 2xx or 3xx                                               |
 * | `failed`     | call that it refused, or of which nobody knows how it ended                                   |
 * | `verified`   | verification that passed; `unverified`: that failed                                           |
 * | `reverted`   | revert                                                                                        |
 * | `taken_over` | time that a person denied, stopped, reverted or changed by hand what the agent did            |
 * | `spoiled`    | call that was done and whose verification failed or that was reverted, once for each call     |
 * | `stops`      | stop condition                                                                                |
 */
export const COUNTS = [
  'calls',
  'allowed',
  'held',
  'denied',
  'alone',
  'done',
  'failed',
  'verified',
  'unverified',
  'reverted',
  'taken_over',
  'spoiled',
  'stops',
] as const;
export type Count = (typeof COUNTS)[number];
export type Counts = Record<Count, number>;

/** What a call was, as far as trust tells calls apart. */
export interface Cell {
  /** As the verdict says; `unknown` where the policy was not asked. */
  readonly environment: string;
  readonly class: string;
  /** A, B, C, or `none` where the policy was not asked. */
  readonly tier: string;
  /** Reads and dry runs change nothing. */
  readonly kind: 'read' | 'change';
}

/** The counts of one cell. */
export interface Row extends Cell {
  /** Which stay at a level, from 1: what an agent did at another level earns nothing at this one. */
  readonly stint: number;
  readonly counts: Counts;
}

/** Something that happened, as evidence. */
export interface Mark {
  readonly what: MarkedAs;
  readonly stint: number;
  /** The decision that it happened to; where it was none in particular, the event. */
  readonly about: string;
}
export const MARKED_AS = ['failed', 'unverified', 'reverted', 'taken_over', 'stops'] as const;
export type MarkedAs = (typeof MARKED_AS)[number];

/** Marks of one kind that a day keeps; counts go on. */
const MOST_MARKS = 100;

/** One agent's day (UTC). */
export class Tally {
  /** Something was counted that is not stored yet. */
  touched = false;
  readonly #rows = new Map<string, Row>();
  readonly #marks: Mark[] = [];

  add(stint: number, cell: Cell, ...counts: readonly Count[]): void {
    const key = `${stint} ${cell.kind} ${cell.tier} ${cell.class} ${cell.environment}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      const { environment, tier, kind } = cell;
      row = { stint, environment, class: cell.class, tier, kind, counts: noCounts() };
      this.#rows.set(key, row);
    }
    for (const count of counts) row.counts[count] += 1;
    this.touched = true;
  }

  mark(mark: Mark): void {
    if (this.#marks.filter(({ what }) => what === mark.what).length < MOST_MARKS) this.#marks.push(mark);
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  get marks(): readonly Mark[] {
    return this.#marks;
  }

  toJson(): JsonObject {
    return {
      rows: [...this.#rows]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, row]) => ({ ...row, counts: { ...row.counts } })),
      marks: this.#marks.map((mark) => ({ ...mark })),
    };
  }

  /** The tally in a stored document, or undefined when it is none. */
  static fromJson({ rows, marks }: JsonObject): Tally | undefined {
    if (!Array.isArray(rows) || !Array.isArray(marks)) return undefined;
    const tally = new Tally();
    for (const row of rows) if (!tally.#read(row)) return undefined;
    for (const mark of marks) {
      const read = markOf(mark);
      if (read === undefined) return undefined;
      tally.#marks.push(read);
    }
    tally.touched = false;
    return tally;
  }

  #read(json: Json): boolean {
    if (!isObject(json) || !isObject(json.counts) || typeof json.stint !== 'number') return false;
    const cell = cellOf(json);
    if (cell === undefined) return false;
    this.add(json.stint, cell);
    const row = this.#rows.get(`${json.stint} ${cell.kind} ${cell.tier} ${cell.class} ${cell.environment}`);
    for (const count of COUNTS) {
      const value = json.counts[count];
      if (typeof value !== 'number' || row === undefined) return false;
      row.counts[count] = value;
    }
    return true;
  }
}

export function noCounts(): Counts {
  return {
    calls: 0,
    allowed: 0,
    held: 0,
    denied: 0,
    alone: 0,
    done: 0,
    failed: 0,
    verified: 0,
    unverified: 0,
    reverted: 0,
    taken_over: 0,
    spoiled: 0,
    stops: 0,
  };
}

function cellOf({ environment, class: name, tier, kind }: JsonObject): Cell | undefined {
  if (typeof environment !== 'string' || typeof name !== 'string' || typeof tier !== 'string') return undefined;
  return kind === 'read' || kind === 'change' ? { environment, class: name, tier, kind } : undefined;
}

function markOf(json: Json): Mark | undefined {
  if (!isObject(json) || typeof json.stint !== 'number' || typeof json.about !== 'string') return undefined;
  const what = MARKED_AS.find((one) => one === json.what);
  return what === undefined ? undefined : { what, stint: json.stint, about: json.about };
}

import { isObject, type JsonObject } from '../../../json.ts';
import type { Leaf, Store } from '../../../record/store.ts';
import { decidedCall, effectOf } from '../../trust/read-leaf.ts';
import { leavesBetween } from '../leaves-between.ts';
import type { ReadEvent } from './read-event.ts';
import { nothingCarried, WeekFold } from './week-fold.ts';
import type { WeeklyReview } from './week-numbers.ts';

/** Which record is reviewed; times are RFC 3339, UTC. */
export interface WeeklyOrder {
  readonly from: string;
  /** The first moment that is not part of it any more. */
  readonly to: string;
  readonly agent?: string | undefined;
}

/**
 * Reviews a span of the record and the one of the same length before it (P8), from the record alone: read a page at a time, so
 * that the gate serves others meanwhile and the memory that it takes does not grow with the log. The same record and span give
 * the same review.
 */
export async function reviewWeek(store: Pick<Store, 'leaves' | 'size'>, order: WeeklyOrder): Promise<WeeklyReview> {
  const { from, to, agent } = order;
  const start = new Date(2 * Date.parse(from) - Date.parse(to)).toISOString();
  const carried = nothingCarried();
  const before = new WeekFold(carried);
  const week = new WeekFold(carried);
  const own = agent === undefined ? () => true : onlyOf(agent);
  const read: number[] = [];
  let earlier: ReturnType<WeekFold['result']> | undefined;
  for await (const page of leavesBetween(store, start, to)) {
    for (const leaf of page) {
      if (leaf.time < start || leaf.time >= to) continue;
      const event = eventOf(leaf);
      if (!own(event)) continue;
      // What was open when the week began is told as it was then.
      if (leaf.time >= from) earlier ??= before.result();
      (leaf.time < from ? before : week).add(event);
      read[read.length === 0 ? 0 : 1] = leaf.seq;
    }
  }
  const [first, last = first] = read;
  const log = first === undefined || last === undefined ? null : { from: first, to: last };
  return { from, to, agent, log, week: week.result(), before: earlier ?? before.result() };
}

function eventOf({ kind, id, time, leaf }: Leaf): ReadEvent {
  const body: unknown = JSON.parse(leaf);
  return { kind, id, time, body: isObject(body) ? body : {} };
}

/** Only what concerns one agent; an outcome is told by its decision. */
function onlyOf(agent: string): (event: ReadEvent) => boolean {
  return ({ kind, body }) => {
    if (kind === 'decided') return decidedCall(body)?.agent === agent;
    if (kind === 'changed') return agentOf(body) === agent;
    return true;
  };
}

function agentOf(body: JsonObject): string | undefined {
  return typeof body.agent === 'string' ? body.agent : effectOf(body)?.agent;
}

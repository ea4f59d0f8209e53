import { changedEvent } from '../../identify/changed-event.ts';
import type { Sources } from '../../identify/sources.ts';
import type { JsonObject } from '../../json.ts';
import type { Along, LogEvent, Put } from '../../record/store.ts';
import { type HeldCall, heldCallJson } from './held-call.ts';

/** The name under which the exact request is sealed. */
export const HELD_REQUEST = 'held-request';

/** What a listener is told after it is durable and in force. */
export interface HoldChange {
  readonly what: 'opened' | 'approval' | 'approved' | 'denied' | 'expired' | 'cancelled' | 'voided' | 'used';
  readonly held: HeldCall;
}

/** What is written in the transaction of a decision, and what is to be done once that is durable. */
export interface HoldWrites {
  readonly puts: readonly Put[];
  readonly events: readonly LogEvent[];
  readonly erase?: Along['erase'];
  /** Puts it in force and tells the listeners. */
  done(): void;
  /** Looks again at what somebody else was quicker to change. */
  outrun(): Promise<void>;
}

/** What becomes of a held call, and what the record says of it. */
export interface HoldEdit {
  readonly held: HeldCall;
  readonly what: HoldChange['what'];
  readonly by: string;
  readonly why: string;
  readonly about?: JsonObject;
}

/** Off the list of what is open, to where it is only looked up by its id. */
export function closing(held: HeldCall, expect: number): readonly Put[] {
  return [
    { collection: 'holds', id: held.id, expect, body: null },
    { collection: 'closed', id: closedId(held.id), expect: 0, body: heldCallJson(held) },
  ];
}

export function closedId(id: string): string {
  return `holds:${id}`;
}

/** What the record keeps of a change: all of it once, then what moved. */
export function holdEvent(
  { held, what, by, why, about }: HoldEdit,
  before: HeldCall | undefined,
  sources: Sources,
): LogEvent {
  const { id, agent, intent } = held;
  return changedEvent(
    {
      what: `hold.${what}`,
      by,
      why,
      about: {
        hold: id,
        agent,
        ...(intent === null ? {} : { intent }),
        ...(held.ranAs === null ? {} : { decision: held.ranAs }),
        ...about,
      },
      before: before === undefined ? null : moving(before),
      after: before === undefined ? heldCallJson(held) : moving(held),
    },
    sources,
    sources.now(),
  );
}

function moving({ state, approvals, runBy, ended: end, ranAs }: HeldCall): JsonObject {
  return {
    state,
    approvals: approvals.map((each) => ({ ...each, groups: [...each.groups] })),
    runBy,
    ended: end,
    ranAs,
  };
}

import { changedEvent } from '../../identify/changed-event.ts';
import type { LogEvent, Put } from '../../record/store.ts';
import { nameOf } from './actor.ts';
import type { RevertParts } from './parts.ts';
import type { Conflict, Plan } from './plan.ts';
import type { RecordedChange } from './recorded.ts';
import type { RevertOrder, RevertResult, RevertState } from './reverts.ts';
import type { TakenBack } from './taken-back.ts';

/** How an attempt ended. */
export interface Ended {
  readonly state: RevertState;
  readonly message: string;
  /** Its own decision, where it came so far. */
  readonly revert: string | undefined;
  readonly conflicts: readonly Conflict[];
  readonly lost: readonly string[];
}

export function ended(state: RevertState, message: string, more: Partial<Ended> = {}): Ended {
  return { state, message, revert: undefined, conflicts: [], lost: [], ...more };
}

/** Why there is no call to be made. */
export function endOf(plan: Exclude<Plan, { kind: 'call' }> & { readonly lost: readonly string[] }): Ended {
  const { lost, why } = plan;
  if (plan.kind !== 'conflict') return ended(plan.kind === 'nothing' ? 'nothing-to-do' : 'impossible', why, { lost });
  const message = `${why}; nothing was sent: look at what they have set, then force it or leave it`;
  return ended('conflict', message, { lost, conflicts: plan.conflicts });
}

/** What an earlier attempt leaves to do: undefined, another one may be made. */
export function tried(attempt: TakenBack | undefined): Ended | undefined {
  if (attempt?.state !== 'ran' && attempt?.state !== 'running') return undefined;
  const is = attempt.state === 'ran' ? 'was taken back' : 'is being taken back';
  return ended('nothing-to-do', `it ${is} by ${attempt.by}, ${attempt.at}`, { revert: attempt.revert });
}

export function resultOf({ named }: Pick<RevertParts, 'named'>, { decision }: RevertOrder, end: Ended): RevertResult {
  return { ...end, message: named(end.message), decision };
}

/** What the log calls it; that nothing was to be done is no news. */
const EVENTS: Readonly<Record<Exclude<RevertState, 'nothing-to-do'>, string>> = {
  ran: 'revert.ran',
  conflict: 'revert.conflict',
  impossible: 'revert.refused',
  blocked: 'revert.blocked',
  refused: 'revert.refused',
  failed: 'revert.failed',
};

/** The event of an end, found by both decisions, the agent and the intent. */
export function endEvents(
  { sources }: Pick<RevertParts, 'sources'>,
  { decision, by, why }: RevertOrder,
  { state, message, revert, conflicts, lost }: Ended,
  change: RecordedChange | undefined,
): readonly LogEvent[] {
  if (state === 'nothing-to-do') return [];
  const event = changedEvent(
    {
      what: EVENTS[state],
      by: nameOf(by),
      why,
      about: {
        decision,
        ...(revert === undefined ? {} : { revert }),
        ...(change === undefined ? {} : { agent: change.agent }),
        ...(change?.intent === undefined ? {} : { intent: change.intent }),
      },
      before: null,
      after: { state, message, lost: [...lost], conflicts: conflicts.map((conflict) => ({ ...conflict })) },
    },
    sources,
    sources.now(),
  );
  return [event];
}

/** Puts an end on the record, with what goes along. @throws SallyportError `record/unavailable` */
export async function recordEnd(
  parts: RevertParts,
  order: RevertOrder,
  end: Ended,
  change?: RecordedChange,
  puts: readonly Put[] = [],
): Promise<RevertResult> {
  const events = endEvents(parts, order, end, change);
  if (events.length + puts.length > 0) await parts.store.transact(puts, events);
  return resultOf(parts, order, end);
}

import { SallyportError } from '../../errors.ts';
import type { HeldCall, HoldState } from './held-call.ts';

/** How long after it ended without anybody's no a retry is told how, before it may ask anew. */
const REMEMBERED_MS = 60_000;

/** Whether it may still be decided about, or may run. */
export function isOpen({ state }: HeldCall): boolean {
  return state === 'waiting' || state === 'approved';
}

/** Approved, and the time to run is over. */
export function isLate({ state, runBy }: HeldCall, now: Date): boolean {
  return state === 'approved' && runBy !== null && runBy <= now.toISOString();
}

/** A no holds as long as people could have said yes. */
export function isForgotten({ state, decideBy, ended: end }: HeldCall, now: Date): boolean {
  if (state === 'denied') return decideBy <= now.toISOString();
  return end === null || Date.parse(end.at) + REMEMBERED_MS <= now.getTime();
}

/** By when what is approved now has to come again; where it waits for a window too, that counts from its opening. */
export function runByOf({ holds, runWithin }: HeldCall, now: Date): string {
  const opens = holds
    .filter(({ kind, until }) => kind === 'window' && until !== '')
    .map(({ until }) => Date.parse(until));
  return new Date(Math.max(now.getTime(), ...opens) + runWithin).toISOString();
}

/** The same, over. */
export function ended(
  held: HeldCall,
  state: HoldState,
  by: string,
  why: string,
  now: Date,
  ranAs: string | null = null,
): HeldCall {
  return { ...held, state, ended: { by, at: now.toISOString(), why }, ranAs };
}

/** @throws SallyportError `record/conflict` when people have nothing left to decide */
export function checkWaiting(held: HeldCall, now: Date): void {
  checkOpen(held, now);
  if (held.state === 'waiting') return;
  throw new SallyportError('record/conflict', `the held call ${held.id} was approved already`, {
    fix: 'it runs when its agent sends it again',
  });
}

/** @throws SallyportError `record/conflict` when it is over */
export function checkOpen(held: HeldCall, now: Date): void {
  const late = held.state === 'waiting' ? held.decideBy <= now.toISOString() : isLate(held, now);
  if (isOpen(held) && !late) return;
  const how = held.ended === null ? 'its time is over' : `${held.ended.why} (${held.ended.by}, ${held.ended.at})`;
  throw new SallyportError(
    'record/conflict',
    `the held call ${held.id} is over: ${late ? 'expired' : held.state}: ${how}`,
    {
      fix: 'the agent can send the call again, which asks anew',
    },
  );
}

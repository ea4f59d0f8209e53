import { SallyportError } from '../../errors.ts';
import type { Change } from '../../measure/facts.ts';
import type { RevertedBy } from './actor.ts';
import { ended, endOf, recordEnd, resultOf, tried } from './ended.ts';
import { endLost } from './lost.ts';
import type { RevertParts } from './parts.ts';
import type { Conflict } from './plan.ts';
import { planRevert, wayBackNow } from './planned.ts';
import { runRevert } from './run.ts';
import { readAttempt } from './taken-back.ts';

/** What an operator asks for. */
export interface RevertOrder {
  /** The decision that is to be taken back. */
  readonly decision: string;
  readonly by: RevertedBy;
  readonly why: string;
  /** Put the old state back over what others changed since. */
  readonly force: boolean;
}

/**
 * What became of a revert.
 * - `ran`: the upstream took it
 * - `nothing-to-do`: it needs no way back, is as it was already, or was or is being taken back
 * - `conflict`: others changed the same places since; nothing was sent
 * - `impossible`: there is no way back, or what it needs is gone; nothing was sent
 * - `blocked`: a freeze or the policy stands against it; nothing was sent, and people are told
 * - `refused`: the upstream would not take it, or could not be reached
 * - `failed`: nobody knows whether it ran
 */
export type RevertState = 'ran' | 'nothing-to-do' | 'conflict' | 'impossible' | 'blocked' | 'refused' | 'failed';

export interface RevertResult {
  readonly state: RevertState;
  /** The decision that was to be taken back. */
  readonly decision: string;
  /** The decision that the revert itself is, once it was judged. */
  readonly revert: string | undefined;
  /** One sentence for people: what was done, or why not and what to do. */
  readonly message: string;
  readonly conflicts: readonly Conflict[];
  /** What is not brought back, in a word or two each. */
  readonly lost: readonly string[];
}

/** Whether and how a decision could be taken back now. */
export interface WayBackNow {
  /** `possible`, or why not. */
  readonly state: 'possible' | 'nothing-to-do' | 'conflict' | 'impossible' | 'refused';
  readonly decision: string;
  readonly how: string;
  readonly exact: boolean;
  readonly message: string;
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
  readonly lost: readonly string[];
}

/** Takes decisions back (P4): each at most once, judged and recorded like any call. */
export interface Reverts {
  /**
   * By an operator.
   * @throws SallyportError `request/not-found` when there is no such decision, `record/unavailable` when nothing can be written,
   *   `measure/failed` when the upstream does not say how things are
   */
  revert(order: RevertOrder): Promise<RevertResult>;
  /**
   * By the gate itself, when verification fails: under the freeze of its agent and outside of its windows, but not while
   * everything is frozen, nor where the policy leaves it to people; then `revert.blocked` tells them. Never rejects for what
   * stands against the revert itself.
   * @throws SallyportError as `revert`, but for an upstream that says nothing: that is a state, too
   */
  automatic(decision: string, why: string): Promise<RevertResult>;
  /** What a revert would do, with the server's own dry run of it; changes nothing. @throws SallyportError as `revert` */
  wayBack(decision: string, by: RevertedBy, force: boolean): Promise<WayBackNow>;
}

/** Ends what was under way when the gate stopped, then takes decisions back. @throws SallyportError `record/unavailable` */
export async function openReverts(parts: RevertParts): Promise<Reverts> {
  await endLost(parts);
  return {
    revert: (order) => takeBack(parts, order),
    automatic: async (decision, why) => {
      const order: RevertOrder = { decision, by: { kind: 'gate' }, why, force: false };
      try {
        return await takeBack(parts, order);
      } catch (error) {
        if (!(error instanceof SallyportError) || !UNANSWERED.has(error.code)) throw error;
        return recordEnd(parts, order, ended('refused', `nothing was sent: ${error.message}`));
      }
    },
    wayBack: (decision, by, force) => wayBackNow(parts, { decision, by, why: 'a look at the way back', force }),
  };
}

/** Codes of an upstream that does not say how things are, or what it would do. */
const UNANSWERED: ReadonlySet<string> = new Set(['measure/failed', 'upstream/unreachable']);

async function takeBack(parts: RevertParts, order: RevertOrder): Promise<RevertResult> {
  const kept = await readAttempt(parts.store, order.decision);
  const already = tried(kept.attempt);
  if (already !== undefined) return resultOf(parts, order, already);
  const planned = await planRevert(parts, order);
  if (planned.kind === 'call') return runRevert(parts, order, planned, kept);
  return recordEnd(parts, order, endOf(planned), planned.change);
}

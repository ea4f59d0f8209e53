import type { Conflict } from './plan.ts';

/** Who takes a decision back: an operator by their id, or the gate by itself. */
export type RevertedBy = { readonly kind: 'operator'; readonly id: string } | { readonly kind: 'gate' };

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
 * - `nothing-to-do`: it needs no way back, or is as it was already
 * - `conflict`: others changed the same places since; nothing was sent
 * - `impossible`: there is no way back, or what it needs is gone; nothing was sent
 * - `blocked`: a freeze or the policy stands against it; nothing was sent, and people are told
 * - `refused`: the upstream would not take it, or did not
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

/** Takes decisions back (P4): each at most once, judged and recorded like any call. */
export interface Reverts {
  /**
   * By the gate itself, when verification fails: under the freeze of its agent and outside of its windows, but not while
   * everything is frozen, nor where the policy leaves it to people; then `revert.blocked` tells them. Never rejects for what
   * stands against the revert itself.
   * @throws SallyportError `request/not-found` when there is no such decision, `record/unavailable` when nothing can be written
   */
  automatic(decision: string, why: string): Promise<RevertResult>;
}

import type { Look } from './look.ts';
import type { VerificationPlan } from './plan.ts';

/** How one probe stands after the looks so far. */
export interface ProbeProgress {
  /** Good looks in a row, up to now. */
  readonly row: number;
  /** The last look, and when: RFC 3339; null before the first. */
  readonly last: (Look & { readonly at: string }) | null;
}

export const UNSEEN: ProbeProgress = { row: 0, last: null };

/** A probe's progress after one more look. */
export function after(progress: ProbeProgress, look: Look, at: string): ProbeProgress {
  return { row: look.state === 'good' ? progress.row + 1 : 0, last: { ...look, at } };
}

/**
 * What the looks come to. All probes good so often in a row is success, and one that says that it will not come to it is
 * failure; when the time is over, what is not a success is a failure, or, where nothing could be seen, unknown.
 * @param started when the outcome was known, and `now`: milliseconds since the epoch
 */
export function conclude(
  plan: VerificationPlan,
  progress: readonly ProbeProgress[],
  started: number,
  now: number,
): 'running' | 'passed' | 'failed' | 'inconclusive' {
  if (progress.some(({ last }) => last?.state === 'bad')) return 'failed';
  if (progress.every(({ row }) => row >= plan.looks)) return 'passed';
  if (now < started + plan.within) return 'running';
  const missed = progress.filter(({ row }) => row < plan.looks);
  return missed.some(({ last }) => last?.state === 'waiting') ? 'failed' : 'inconclusive';
}

/** Milliseconds until the next look: longer after each, never beyond the end. @param looks that were had */
export function pause({ every, atMost, within }: VerificationPlan, looks: number, left: number): number {
  const backedOff = Math.min(atMost, every * 1.5 ** Math.min(looks, 40));
  return Math.max(1, Math.round(Math.min(backedOff, left > 0 ? left : within)));
}

import type { JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { member, number, replicasOf, specOf } from './members.ts';

/** What a new pod template does to the pods that are there. */
export interface Rollout {
  /** Pods that are made anew. */
  readonly pods: number;
  /** The part of the replicas that is down at once, at most. */
  readonly share: number;
}

const NO_ROLLOUT: Rollout = { pods: 0, share: 0 };

/** The larger of what is asked for before and after is rolled; without a pause. */
export function deploymentRollout(after: JsonObject | undefined, replicas: number): Rollout {
  const { paused, strategy } = specOf(after);
  if (paused === true || replicas === 0) return NO_ROLLOUT;
  if (member({ strategy: strategy ?? null }, 'strategy')?.type === 'Recreate') return { pods: replicas, share: 1 };
  // apps/v1 defaults: 25 %, rounded down.
  const unavailable = member(after, 'spec', 'strategy', 'rollingUpdate')?.maxUnavailable ?? '25%';
  return { pods: replicas, share: shareOf(unavailable, replicas, Math.floor) };
}

/** Pods from the partition on are made anew, one by one. */
export function statefulSetRollout(after: JsonObject | undefined, replicas: number): Rollout | undefined {
  const strategy = member(after, 'spec', 'updateStrategy');
  if (strategy?.type === 'OnDelete') return NO_ROLLOUT;
  // With ordinals that start elsewhere the partition counts from there.
  if (specOf(after).ordinals !== undefined) return undefined;
  const rolling = member(strategy, 'rollingUpdate');
  const pods = Math.max(0, replicas - (number(rolling?.partition) ?? 0));
  return pods === 0 ? NO_ROLLOUT : { pods, share: shareOf(rolling?.maxUnavailable ?? 1, replicas, Math.ceil) };
}

export function daemonSetRollout(after: JsonObject | undefined, replicas: number): Rollout {
  const strategy = member(after, 'spec', 'updateStrategy');
  if (strategy?.type === 'OnDelete' || replicas === 0) return NO_ROLLOUT;
  const rolling = member(strategy, 'rollingUpdate');
  return { pods: replicas, share: shareOf(rolling?.maxUnavailable ?? 1, replicas, Math.ceil) };
}

function shareOf(unavailable: unknown, replicas: number, round: (value: number) => number): number {
  const count =
    typeof unavailable === 'number' ? unavailable : round((Number.parseFloat(String(unavailable)) / 100) * replicas);
  // With nothing allowed to be unavailable one pod after another is still replaced.
  return Number.isFinite(count) ? Math.min(1, Math.max(1, count) / replicas) : 1;
}

/**
 * Whether the cluster itself keeps the template as it was: its controller has seen the object as it is, and so has made
 * a revision of it, and a revision that is no longer used will stay.
 */
export function keepsRevision(before: JsonObject | undefined, after: JsonObject | undefined): boolean {
  const seen = member(before, 'status')?.observedGeneration;
  const { generation } = metadataOf(before);
  // A paused deployment makes no revision.
  const made = typeof generation === 'number' && seen === generation && specOf(before).paused !== true;
  return made && keptRevisions(after) > 0;
}

/** Old revisions beyond the limit are deleted, and with them the way back to them. */
export function keptRevisions(workload: JsonObject | undefined): number {
  return number(specOf(workload).revisionHistoryLimit) ?? 0;
}

/** The replicas that a workload is asked to run; of a daemon set the pods that it should have. */
export function sizeOf(workload: JsonObject | undefined): number | undefined {
  return replicasOf(workload) ?? number(member(workload, 'status')?.desiredNumberScheduled);
}

import type { JsonObject } from '../../../json.ts';
import { cascadeOf, DEPENDENTS, orphans } from './dependents.ts';
import {
  type ChangeOf,
  type Found,
  INVERSE,
  isLabelOrAnnotation,
  NONE,
  RECREATE,
  ROUGH_INVERSE,
  type Row,
  type Rows,
  reaching,
  reachingAll,
  shareOf,
  UNMOVED,
} from './found.ts';
import { type Lookup, PODS } from './lookup.ts';
import { member, number, specOf, uidOf } from './members.ts';
import { selectorQuery } from './selector.ts';

/** Pods that have not ended. */
export const RUNNING = 'status.phase!=Succeeded,status.phase!=Failed';

const RUN = ['what its pods have done by then'];

/** How many pods a job starts in all, and how many at once. */
function plan(spec: JsonObject): { readonly pods: number; readonly atOnce: number } {
  const parallelism = number(spec.parallelism) ?? 1;
  const completions = number(spec.completions);
  const pods = completions ?? parallelism;
  return { pods, atOnce: Math.min(parallelism, pods) };
}

/** A job is deleted again, but what it did stays done. */
const createdJob: Row = ({ after }) => {
  const spec = specOf(after);
  const { pods, atOnce } = plan(spec);
  const starts = spec.suspend === true ? 0 : pods;
  return { blast: reaching(starts, atOnce, starts === 0 ? 0 : 1), wayBack: ROUGH_INVERSE, lost: RUN };
};

/** Suspending, resuming, and more or fewer pods at once. */
const editedJob: Row = async ({ namespace, before, after, paths }, look) => {
  if (paths.every(isLabelOrAnnotation)) return UNMOVED;
  const free = (path: string) => isLabelOrAnnotation(path) || path === '/spec/suspend' || path === '/spec/parallelism';
  if (!paths.every(free)) return undefined;
  const [was, is] = [specOf(before), specOf(after)];
  const running = await look.count(PODS, {
    namespace,
    labelSelector: selectorQuery(was.selector),
    fieldSelector: RUNNING,
  });
  const { pods, atOnce } = plan(is);
  const done = number(member(before, 'status')?.succeeded) ?? 0;
  const wanted = is.suspend === true ? 0 : Math.min(atOnce, Math.max(0, pods - done));
  const resumed = was.suspend === true && is.suspend !== true;
  const moved = resumed ? Math.max(0, pods - done) : Math.abs(wanted - running);
  const replicas = Math.max(running, wanted);
  return {
    blast: reaching(moved, replicas, shareOf(moved, running)),
    wayBack: moved === 0 ? INVERSE : ROUGH_INVERSE,
    lost: moved === 0 ? [] : RUN,
  };
};

/** A cron job goes with its jobs, a job with its pods, unless they are to be orphaned. */
async function deleted(change: ChangeOf, look: Lookup): Promise<Found> {
  const { resource, namespace, before, deleteOptions } = change;
  const lost = ['uid', 'status', ...RUN];
  if (orphans(resource, deleteOptions, before)) return { blast: reaching(0, 0, 0), wayBack: RECREATE, lost };
  const owners = new Set([uidOf(before)]);
  const below = DEPENDENTS[resource] ?? [];
  // One asks for all that goes, the other for the pods among it that still run.
  const [all, live] = await Promise.all([
    cascadeOf(look, owners, below, { namespace }),
    resource === 'jobs.batch'
      ? cascadeOf(look, owners, [PODS], { namespace, fieldSelector: RUNNING })
      : Promise.resolve(undefined),
  ]);
  const pods = live?.pods ?? all.pods;
  return {
    blast: reachingAll(pods, { objects: 1 + all.objects }),
    wayBack: all.claims > 0 ? NONE : RECREATE,
    lost,
  };
}

/** It runs its pods again and again from now on. */
function everyRun(cronJob: JsonObject | undefined): Found {
  const spec = specOf(cronJob);
  const { pods, atOnce } = plan(member(cronJob, 'spec', 'jobTemplate', 'spec') ?? {});
  const starts = spec.suspend === true ? 0 : pods;
  return { blast: reaching(starts, atOnce, starts === 0 ? 0 : 1, { open: starts > 0 }), wayBack: INVERSE };
}

const createdCronJob: Row = ({ after }) => {
  const found = everyRun(after);
  return found.blast.open === true ? { ...found, wayBack: ROUGH_INVERSE, lost: RUN } : found;
};

const editedCronJob: Row = ({ after, paths }) => {
  if (paths.every(isLabelOrAnnotation)) return UNMOVED;
  const free = /^\/spec\/(suspend|schedule|timeZone|jobTemplate|startingDeadlineSeconds|concurrencyPolicy)(\/|$)/;
  return paths.every((path) => isLabelOrAnnotation(path) || free.test(path)) ? everyRun(after) : undefined;
};

export const BATCH: Rows = {
  'jobs.batch': { create: createdJob, update: editedJob, patch: editedJob, delete: deleted },
  'cronjobs.batch': { create: createdCronJob, update: editedCronJob, patch: editedCronJob, delete: deleted },
};

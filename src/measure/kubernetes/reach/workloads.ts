import type { JsonObject } from '../../../json.ts';
import type { Blast } from '../../facts.ts';
import { cascadeOf, DEPENDENTS, orphans } from './dependents.ts';
import {
  alone,
  type ChangeOf,
  type Found,
  INVERSE,
  isAnnotation,
  isLabelOrAnnotation,
  NONE,
  NOT_NEEDED,
  RECREATE,
  REVISION,
  type Row,
  type Rows,
  reaching,
  shareOf,
  UNMOVED,
} from './found.ts';
import { DEPLOYMENTS, type Lookup } from './lookup.ts';
import { controllerOf, isLeaving, member, objects, replicasOf, specOf, text, uidOf } from './members.ts';
import {
  daemonSetRollout,
  deploymentRollout,
  keepsRevision,
  keptRevisions,
  type Rollout,
  sizeOf,
  statefulSetRollout,
} from './rollouts.ts';
import { selectorQuery } from './selector.ts';

/** The server itself counts the templates of a daemon set in an annotation, whatever it is sent. */
const COUNTER = '/metadata/annotations/deprecated.daemonset.template.generation';
const HISTORY = '/spec/revisionHistoryLimit';
const RESTARTED_AT = '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt';

/** What is particular to the edits of one kind. */
interface Editing {
  /** Members of `spec` of which a change is known to do no more than the row says. */
  readonly free: RegExp;
  /** Labels and annotations that nobody acts on. */
  readonly marks: (path: string) => boolean;
  readonly rollout: (after: JsonObject | undefined, replicas: number) => Rollout | undefined;
}

const DEPLOYMENT: Editing = {
  free: /^\/spec\/(replicas|template|paused|strategy|minReadySeconds|progressDeadlineSeconds)(\/|$)/,
  marks: isLabelOrAnnotation,
  rollout: deploymentRollout,
};
/** A change of the update strategy may set off a rollout that it had held back, so it is not known. */
const STATEFUL_SET: Editing = {
  free: /^\/spec\/(replicas|template|minReadySeconds)(\/|$)/,
  marks: isLabelOrAnnotation,
  rollout: statefulSetRollout,
};
const DAEMON_SET: Editing = {
  free: /^\/spec\/(template|minReadySeconds)(\/|$)/,
  marks: isLabelOrAnnotation,
  rollout: daemonSetRollout,
};
/** Another template is for the pods to come; deployments take up replica sets by their labels. */
const REPLICA_SET: Editing = {
  free: /^\/spec\/(replicas|template|minReadySeconds)(\/|$)/,
  marks: isAnnotation,
  rollout: () => ({ pods: 0, share: 0 }),
};

/** Scaling, another template, a restart, labels and annotations. */
function edited(editing: Editing): Row {
  return ({ before, after, paths }) => {
    if (paths.every(editing.marks) && controllerOf(before) === undefined) return UNMOVED;
    const changed = paths.filter((path) => path !== COUNTER);
    const from = sizeOf(before);
    const to = replicasOf(after) ?? from;
    const known = changed.every(
      (path) =>
        editing.marks(path) ||
        editing.free.test(path) ||
        (path === HISTORY && keptRevisions(after) >= keptRevisions(before)),
    );
    // Going on after a pause rolls out whatever was changed meanwhile, and pausing again does not bring it back.
    const resumes = paths.includes('/spec/paused') && specOf(after).paused !== true;
    // What its own controller owns is put right again by it.
    if (from === undefined || to === undefined || !known || resumes || controllerOf(before) !== undefined)
      return undefined;
    if (!changed.some((path) => path.startsWith('/spec/template'))) return scaledFrom(before, from, to);
    const replicas = Math.max(from, to);
    const rollout = editing.rollout(after, replicas);
    if (rollout === undefined) return undefined;
    const share = Math.max(rollout.share, shareOf(Math.abs(to - from), from));
    const blast = reaching(Math.max(rollout.pods, Math.abs(to - from)), replicas, share);
    if (from > to && losesClaims(before)) return { blast, wayBack: NONE, lost: CLAIMS_LOST };
    if (changed.every((path) => path === RESTARTED_AT || path === '/spec/template/metadata/annotations'))
      return { blast, wayBack: NOT_NEEDED };
    const only = changed.every((path) => path.startsWith('/spec/template'));
    return { blast, wayBack: only && keepsRevision(before, after) ? REVISION : INVERSE };
  };
}

const CLAIMS_LOST = ['the data on the volumes of the pods that go'];

function scaledFrom(before: JsonObject | undefined, from: number, to: number): Found {
  const blast = scaled(from, to);
  if (from <= to || !losesClaims(before)) return { blast, wayBack: INVERSE };
  const claims = objects(specOf(before).volumeClaimTemplates).length * (from - to);
  return { blast: { ...blast, objects: 1 + claims }, wayBack: NONE, lost: CLAIMS_LOST };
}

/** A stateful set may be told to delete the volumes of pods that it scales away. */
function losesClaims(before: JsonObject | undefined): boolean {
  return member(before, 'spec', 'persistentVolumeClaimRetentionPolicy')?.whenScaled === 'Delete';
}

function scaled(from: number, to: number): Blast {
  return reaching(Math.abs(to - from), Math.max(from, to), shareOf(Math.abs(to - from), from));
}

/** By the subresource: the object is the workload, what would be is a Scale. */
const rescaled: Row = ({ before, after }) => {
  const from = replicasOf(before);
  const to = replicasOf(after);
  if (from === undefined || to === undefined || controllerOf(before) !== undefined) return undefined;
  return scaledFrom(before, from, to);
};

/** So many pods start as are asked for; it is undone by deleting it. */
const created: Row = ({ after }) => {
  // What the server has not defaulted yet is one.
  const replicas = replicasOf(after) ?? 1;
  return { blast: reaching(replicas, replicas, replicas === 0 ? 0 : 1), wayBack: INVERSE };
};

/** It goes with all that it made, unless that is to be orphaned. */
export async function deletedWorkload(change: ChangeOf, look: Lookup): Promise<Found> {
  const { resource, namespace, before, deleteOptions } = change;
  const replicas = sizeOf(before) ?? 0;
  if (orphans(resource, deleteOptions, before))
    return { blast: reaching(0, replicas, 0), wayBack: RECREATE, lost: ['uid', 'status', 'the hold on its pods'] };
  const labelSelector = selectorOf(resource, before);
  const cascade = await cascadeOf(look, new Set([uidOf(before)]), DEPENDENTS[resource] ?? [], {
    namespace,
    labelSelector,
  });
  const blast = reaching(cascade.pods, Math.max(replicas, cascade.pods), cascade.pods + replicas === 0 ? 0 : 1, {
    objects: 1 + cascade.objects,
  });
  if (cascade.claims > 0) return { blast, wayBack: NONE, lost: ['the data on the volumes that go with it'] };
  return { blast, wayBack: RECREATE, lost: ['uid', 'revisions', 'pod-local disks'] };
}

function selectorOf(resource: string, workload: JsonObject | undefined): string {
  const { selector } = specOf(workload);
  if (resource !== 'replicationcontrollers') return selectorQuery(selector);
  // Its selector is a plain map, and what it owns is found by owner anyway.
  return '';
}

/** The replica set that its deployment runs now is made again by it; an old one is a revision that is lost. */
const deletedReplicaSet: Row = async (change, look) => {
  const owner = controllerOf(change.before);
  const found = await deletedWorkload(change, look);
  if (owner === undefined) return found;
  const deployment =
    owner.kind === 'Deployment' ? await look.get(DEPLOYMENTS, change.namespace, owner.name) : undefined;
  if (deployment === undefined || uidOf(deployment) !== owner.uid || isLeaving(deployment)) return undefined;
  return revisionOf(deployment) === revisionOf(change.before) && revisionOf(deployment) !== ''
    ? { ...found, wayBack: NOT_NEEDED, lost: [] }
    : { ...found, wayBack: NONE, lost: ['a revision to go back to'] };
};

function revisionOf(object: JsonObject | undefined): string {
  return text(member(object, 'metadata', 'annotations')?.['deployment.kubernetes.io/revision']);
}

const RESCALED = { update: rescaled, patch: rescaled } as const;
const edits = (editing: Editing) => ({ update: edited(editing), patch: edited(editing) });

export const WORKLOADS: Rows = {
  'deployments.apps': { create: created, ...edits(DEPLOYMENT), delete: deletedWorkload },
  'deployments.apps/scale': RESCALED,
  'statefulsets.apps': { create: created, ...edits(STATEFUL_SET), delete: deletedWorkload },
  'statefulsets.apps/scale': RESCALED,
  'replicasets.apps': { create: created, ...edits(REPLICA_SET), delete: deletedReplicaSet },
  'replicasets.apps/scale': RESCALED,
  replicationcontrollers: { create: created, delete: deletedWorkload },
  'replicationcontrollers/scale': RESCALED,
  // How many nodes a new daemon set finds is not looked up.
  'daemonsets.apps': { ...edits(DAEMON_SET), delete: deletedWorkload },
  podtemplates: { create: alone(), update: alone(), patch: alone(), delete: alone() },
};

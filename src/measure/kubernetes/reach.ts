import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { type Blast, UNKNOWN_BLAST, UNKNOWN_WAY_BACK, type WayBack } from '../facts.ts';
import { escalationsOf } from './escalation/escalations.ts';
import { metadataOf } from './labels.ts';

/** What an act reaches and how it is undone. */
export interface Reach {
  readonly blast: Blast;
  readonly wayBack: WayBack;
  /** The parts of the change that give more power than before; `unknown` where nobody looked. */
  readonly escalates: readonly string[] | 'unknown';
}

export const UNKNOWN_REACH: Reach = { blast: UNKNOWN_BLAST, wayBack: UNKNOWN_WAY_BACK, escalates: 'unknown' };

/** Reads reach nothing and need no way back. */
export const READ_REACH: Reach = {
  blast: { known: true, objects: 0, replicas: 0, pods: 0, share: 0, namespaces: 0, scope: 'none', open: false },
  wayBack: { how: 'not_needed', exact: true, captured: true },
  escalates: [],
};

/** What is known of a change of one existing or new object when its reach is looked up. */
export interface ChangeOf {
  /** `configmaps`, `deployments.apps`, `deployments.apps/scale`, ... */
  readonly resource: string;
  readonly verb: 'create' | 'update' | 'patch' | 'delete';
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  /** JSON pointers that differ. */
  readonly paths: readonly string[];
  /** The controller that owns `before`, where there is one and it could be read. */
  readonly owner: JsonObject | undefined;
}

/**
 * The table of what is known, per kind and verb. Whatever has no entry here is unknown, and with it too large: an entry
 * is added only with a test that compares it with what really happens.
 */
export function reachOf(change: ChangeOf): Reach {
  const escalates = escalationsOf(change);
  return { ...rowOf(change, escalates), escalates };
}

function rowOf(change: ChangeOf, escalates: Reach['escalates']): Reach {
  const { resource, verb } = change;
  if (resource === 'configmaps') return configMap(verb);
  if (resource === 'deployments.apps/scale' && verb !== 'delete' && verb !== 'create') return scale(change);
  if (resource === 'pods' && verb === 'delete') return ownedPod(change);
  if (verb !== 'patch' && verb !== 'update') return UNKNOWN_REACH;
  if (RELABELLED.has(resource) && change.paths.every(isLabelOrAnnotation)) return oneObject();
  if (resource === 'deployments.apps') return deployment(change, escalates);
  return UNKNOWN_REACH;
}

/** Kinds whose own labels and annotations move no traffic, no pod and no permission. */
const RELABELLED = new Set(['configmaps', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps']);
/** Annotations that are orders to the controllers: `deprecated.deployment.rollback.to` rolls a deployment back. */
const ORDERS = /^\/metadata\/annotations\/(deprecated\.|deployment\.kubernetes\.io~1)/;

function isLabelOrAnnotation(path: string): boolean {
  return /^\/metadata\/(labels|annotations)(\/|$)/.test(path) && !ORDERS.test(path);
}

const INVERSE: WayBack = { how: 'inverse', exact: true, captured: true };

function blast(pods: number, replicas: number, share: number): Blast {
  return { known: true, objects: 1, replicas, pods, share, namespaces: 1, scope: 'object', open: false };
}

function oneObject(): Reach {
  return { blast: blast(0, 0, 0), wayBack: INVERSE, escalates: [] };
}

/** A created one is deleted, a changed one put back, a deleted one made again from what was captured. */
function configMap(_verb: ChangeOf['verb']): Reach {
  return oneObject();
}

function scale({ before, after }: ChangeOf): Reach {
  const from = replicasOf(before);
  const to = replicasOf(after);
  if (from === undefined || to === undefined) return UNKNOWN_REACH;
  return { blast: scaled(from, to), wayBack: INVERSE, escalates: [] };
}

function scaled(from: number, to: number): Blast {
  const moved = Math.abs(to - from);
  return blast(moved, Math.max(from, to), from === 0 ? (moved === 0 ? 0 : 1) : Math.min(1, moved / from));
}

function deployment({ before, after, paths }: ChangeOf, escalates: Reach['escalates']): Reach {
  const from = replicasOf(before);
  const to = replicasOf(after);
  const known = paths.every(
    (path) =>
      isLabelOrAnnotation(path) ||
      /^\/spec\/(replicas|template|paused|strategy|minReadySeconds|progressDeadlineSeconds)(\/|$)/.test(path) ||
      (path === REVISIONS && keptRevisions(after) >= keptRevisions(before)),
  );
  // Going on after a pause rolls out whatever was changed meanwhile, and pausing again does not bring it back.
  const resumes = paths.includes('/spec/paused') && member(after, 'spec')?.paused !== true;
  if (from === undefined || to === undefined || !known || resumes) return UNKNOWN_REACH;
  const templates = paths.filter((path) => path.startsWith('/spec/template'));
  if (templates.length === 0) return { blast: scaled(from, to), wayBack: INVERSE, escalates: [] };
  const replicas = Math.max(from, to);
  const rolled = blast(replicas, replicas, replicas === 0 ? 0 : rollingShare(after, replicas));
  const restart = paths.every((path) => path === RESTARTED_AT || path === '/spec/template/metadata/annotations');
  return {
    // A change that gives the pods more power reaches further than its own replicas; another image is for policy to judge.
    blast:
      escalates !== 'unknown' && escalates.every((power) => power === 'image') ? rolled : { ...rolled, known: false },
    wayBack: restart ? { how: 'not_needed', exact: true, captured: true } : INVERSE,
    escalates,
  };
}

const REVISIONS = '/spec/revisionHistoryLimit';

/** Old revisions beyond the limit are deleted, and with them the way back to them. */
function keptRevisions(deployment: JsonObject | undefined): number {
  return number(member(deployment, 'spec')?.revisionHistoryLimit) ?? 0;
}

const RESTARTED_AT = '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt';

/** The part of the replicas that a rollout takes down at once (apps/v1 defaults: 25 %, rounded down). */
function rollingShare(deployment: JsonObject | undefined, replicas: number): number {
  const strategy = member(member(deployment, 'spec'), 'strategy');
  if (strategy?.type === 'Recreate') return 1;
  const unavailable = member(strategy, 'rollingUpdate')?.maxUnavailable ?? '25%';
  const count =
    typeof unavailable === 'number'
      ? unavailable
      : Math.floor((Number.parseFloat(String(unavailable)) / 100) * replicas);
  // With nothing allowed to be unavailable one pod after another is still replaced.
  return Number.isFinite(count) ? Math.min(1, Math.max(1, count) / replicas) : 1;
}

/** Kinds whose controller makes the pod again, the same but for what it kept on local disk. */
const REMAKERS = new Set(['ReplicaSet', 'ReplicationController', 'StatefulSet', 'DaemonSet']);

function ownedPod({ before, owner }: ChangeOf): Reach {
  const controller = controllerOf(before);
  if (controller === undefined || !REMAKERS.has(controller.kind)) return UNKNOWN_REACH;
  // One of the same name did not make this pod, and one that is being deleted makes no more.
  const { uid, deletionTimestamp } = metadataOf(owner);
  if (uid !== controller.uid || deletionTimestamp !== undefined) return UNKNOWN_REACH;
  const status = member(owner, 'status');
  const replicas = replicasOf(owner) ?? number(status?.desiredNumberScheduled);
  if (replicas === undefined) return UNKNOWN_REACH;
  return {
    blast: blast(1, Math.max(replicas, 1), 1 / Math.max(replicas, 1)),
    wayBack: { how: 'not_needed', exact: true, captured: true },
    escalates: [],
  };
}

/** The owner reference that is the controller, or undefined. */
export function controllerOf(
  object: JsonObject | undefined,
): { kind: string; name: string; apiVersion: string; uid: string } | undefined {
  const references = metadataOf(object).ownerReferences;
  for (const reference of isArray(references) ? references : []) {
    if (!isObject(reference) || reference.controller !== true) continue;
    const { kind, name, apiVersion, uid } = reference;
    if (
      typeof kind === 'string' &&
      typeof name === 'string' &&
      typeof apiVersion === 'string' &&
      typeof uid === 'string'
    )
      return { kind, name, apiVersion, uid };
  }
  return undefined;
}

function replicasOf(object: JsonObject | undefined): number | undefined {
  return number(member(object, 'spec')?.replicas);
}

function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function member(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name];
  return isObject(value) ? value : undefined;
}

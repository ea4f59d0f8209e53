import type { JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { cascadeOf } from './dependents.ts';
import {
  type ChangeOf,
  type Found,
  INVERSE,
  isAnnotation,
  NONE,
  NOT_NEEDED,
  RECREATE,
  type Row,
  type Rows,
  reaching,
  UNMOVED,
} from './found.ts';
import { livePods } from './live-pods.ts';
import {
  CLAIMS,
  CONTROLLERS,
  DAEMON_SETS,
  JOBS,
  type Lookup,
  REPLICA_SETS,
  SERVICES,
  type Served,
  STATEFUL_SETS,
  unmeasured,
} from './lookup.ts';
import { type Controller, controllerOf, isLeaving, objects, specOf, uidOf } from './members.ts';
import { sizeOf } from './rollouts.ts';
import { chooses, mapQuery } from './selector.ts';

/** Kinds whose controller makes the pod again, the same but for what it kept on local disk. */
const REMAKERS: Readonly<Record<string, Served>> = {
  ReplicaSet: REPLICA_SETS,
  ReplicationController: CONTROLLERS,
  StatefulSet: STATEFUL_SETS,
  DaemonSet: DAEMON_SETS,
};

/** How many replicas a pod's controller runs; undefined when it will not make the pod again. */
export async function remadeBy(look: Lookup, controller: Controller, namespace: string): Promise<number | undefined> {
  const served = Object.hasOwn(REMAKERS, controller.kind) ? REMAKERS[controller.kind] : undefined;
  if (served === undefined) return undefined;
  const version = served.group === '' ? served.version : `${served.group}/${served.version}`;
  if (controller.apiVersion !== version) return undefined;
  const owner = await look.get(served, namespace, controller.name);
  // One of the same name did not make this pod, and one that is being deleted makes no more.
  if (owner === undefined || uidOf(owner) !== controller.uid || isLeaving(owner)) return undefined;
  return sizeOf(owner);
}

/** A pod goes: made again by its controller, or gone for good. */
async function gone({ namespace, before }: ChangeOf, look: Lookup): Promise<Found | undefined> {
  if (before === undefined) return undefined;
  const controller = controllerOf(before);
  const [behind, remade, claims] = await Promise.all([
    serviceShare(look, namespace, before),
    controller === undefined ? undefined : remadeBy(look, controller, namespace),
    claimsOf(look, namespace, before),
  ]);
  const more = { objects: 1 + claims };
  if (remade !== undefined) {
    const replicas = Math.max(remade, 1);
    const blast = reaching(1, replicas, Math.max(1 / replicas, behind), more);
    return claims > 0 ? { blast, wayBack: NONE, lost: VOLUMES_LOST } : { blast, wayBack: NOT_NEEDED };
  }
  if (controller !== undefined && controller.kind !== 'Job') return undefined;
  if (controller !== undefined) await theJob(look, controller, namespace);
  return {
    blast: reaching(1, controller === undefined ? 0 : 1, 1, more),
    wayBack: claims > 0 ? NONE : RECREATE,
    lost: ['uid', 'address', 'pod-local disk', 'what it has done so far'],
  };
}

const VOLUMES_LOST = ['the data on its ephemeral volumes'];

/** A job makes another pod and begins again. @throws when it is not there any more, or not the one that made the pod */
async function theJob(look: Lookup, controller: Controller, namespace: string): Promise<void> {
  const job = await look.get(JOBS, namespace, controller.name);
  if (uidOf(job) !== controller.uid) throw unmeasured(`the pod's controller, Job "${controller.name}", is another one`);
}

/** Volumes that were made for this pod alone. */
async function claimsOf(look: Lookup, namespace: string, pod: JsonObject): Promise<number> {
  if (!objects(specOf(pod).volumes).some(({ ephemeral }) => ephemeral !== undefined)) return 0;
  return (await cascadeOf(look, new Set([uidOf(pod)]), [CLAIMS], { namespace })).claims;
}

/** The largest part that one pod is of the pods behind any service that chooses it. */
async function serviceShare(look: Lookup, namespace: string, pod: JsonObject): Promise<number> {
  const selectors = new Set<string>();
  const { labels } = metadataOf(pod);
  await look.eachWhole(SERVICES, { namespace }, (service) => {
    const { selector } = specOf(service);
    if (chooses(selector, labels)) selectors.add(mapQuery(selector as JsonObject));
  });
  const behind = await Promise.all([...selectors].map((selector) => livePods(look, namespace, selector)));
  return behind.reduce((most, { size }) => Math.max(most, 1 / Math.max(1, size)), 0);
}

/** One more pod; deleted, it is as before. */
const created: Row = () => ({ blast: reaching(1, 1, 1), wayBack: INVERSE });

/** Another image restarts a container of the pod; labels may move the pod from one owner to another. */
const edited: Row = ({ paths }) => {
  if (paths.every(isAnnotation)) return UNMOVED;
  const image = /^\/spec\/(initContainers|containers)\/\d+\/image$/;
  if (!paths.every((path) => isAnnotation(path) || image.test(path))) return undefined;
  return { blast: reaching(1, 1, 1), wayBack: INVERSE };
};

/** A pod that waited for a node starts on one; it can only be deleted. */
const bound: Row = () => ({
  blast: reaching(1, 1, 1),
  wayBack: RECREATE,
  lost: ['uid'],
});

export const POD_ROWS: Rows = {
  pods: { create: created, update: edited, patch: edited, delete: gone },
  // An eviction deletes the pod, whatever verb it wears.
  'pods/eviction': { create: gone },
  'pods/binding': { create: bound },
};

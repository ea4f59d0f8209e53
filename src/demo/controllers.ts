import { createHash } from 'node:crypto';
import { at, listAt, textAt } from '../cli/json-fields.ts';
import { isObject, type JsonObject } from '../json.ts';
import { apiVersionOf, KINDS, type Kind, kindNamed, numberAt } from './kinds.ts';
import { type Change, metadataOf, type ObjectStore } from './object-store.ts';

const DEPLOYMENT = kindNamed('Deployment');
const REPLICA_SET = kindNamed('ReplicaSet');
const POD = kindNamed('Pod');
const NAMESPACE = kindNamed('Namespace');

/**
 * Lets deployments have replica sets and pods, as the controllers of a cluster do, but at once: a new template makes a
 * new replica set, a deleted pod comes back under another name, what is deleted takes along what it owns.
 */
export function runControllers(store: ObjectStore): void {
  store.subscribe(({ type, kind, object }: Change) => {
    if (kind === DEPLOYMENT && type !== 'DELETED') reconcileDeployment(store, object);
    if (kind === REPLICA_SET && type !== 'DELETED') reconcileReplicaSet(store, object);
    if (type !== 'DELETED') return;
    if (kind === NAMESPACE) emptyNamespace(store, textAt(object, 'metadata', 'name'));
    else removeOwned(store, object);
    if (kind === POD) restorePod(store, object);
  });
}

function reconcileDeployment(store: ObjectStore, deployment: JsonObject): void {
  const namespace = textAt(deployment, 'metadata', 'namespace');
  const template = objectAt(deployment, 'spec', 'template');
  const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
  const name = `${textAt(deployment, 'metadata', 'name')}-${hash}`;
  const replicas = numberAt(deployment, 'spec', 'replicas');
  for (const old of ownedBy(store, REPLICA_SET, deployment)) {
    if (textAt(old, 'metadata', 'name') !== name) scaleReplicaSet(store, old, 0);
  }
  const current = store.find(REPLICA_SET, namespace, name);
  if (current === undefined) {
    const labels = { ...objectAt(template, 'metadata', 'labels'), 'pod-template-hash': hash };
    store.create(REPLICA_SET, {
      metadata: { name, namespace, labels, ownerReferences: [ownerReference(DEPLOYMENT, deployment)] },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { ...template, metadata: { ...objectAt(template, 'metadata'), labels } },
      },
    });
  } else scaleReplicaSet(store, current, replicas);
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  const condition = (type: string, reason: string) => ({ type, status: 'True', reason, message: 'demonstration' });
  const conditions = [
    condition('Available', 'MinimumReplicasAvailable'),
    condition('Progressing', 'NewReplicaSetAvailable'),
  ];
  const observedGeneration = numberAt(deployment, 'metadata', 'generation');
  setStatus(store, DEPLOYMENT, deployment, { observedGeneration, ...counts, conditions });
}

function scaleReplicaSet(store: ObjectStore, set: JsonObject, replicas: number): void {
  if (numberAt(set, 'spec', 'replicas') === replicas) return;
  store.update(REPLICA_SET, { ...set, spec: { ...objectAt(set, 'spec'), replicas } });
}

function reconcileReplicaSet(store: ObjectStore, set: JsonObject): void {
  const { name = '', namespace = '' } = metadataOf(set);
  const replicas = numberAt(set, 'spec', 'replicas');
  const pods = ownedBy(store, POD, set);
  for (let missing = replicas - pods.length; missing > 0; missing -= 1) {
    const spec = objectAt(set, 'spec', 'template', 'spec');
    const containerStatuses = listAt(spec, 'containers').map((container) => ({
      name: textAt(container, 'name'),
      image: textAt(container, 'image'),
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: {} },
    }));
    store.create(POD, {
      metadata: {
        name: `${String(name)}-${store.sources.newId().slice(0, 5)}`,
        namespace,
        labels: objectAt(set, 'spec', 'template', 'metadata', 'labels'),
        ownerReferences: [ownerReference(REPLICA_SET, set)],
      },
      spec,
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses },
    });
  }
  for (const pod of pods.slice(replicas)) removeObject(store, POD, pod);
  setStatus(store, REPLICA_SET, set, { replicas, readyReplicas: replicas, availableReplicas: replicas });
}

/** Writes to the object as it is now: what ran in between may have changed it, or removed it. */
function setStatus(store: ObjectStore, kind: Kind, object: JsonObject, status: JsonObject): void {
  const { namespace, name } = metadataOf(object);
  const current = store.find(kind, String(namespace), String(name));
  if (current !== undefined) store.update(kind, { ...current, status });
}

function restorePod(store: ObjectStore, pod: JsonObject): void {
  const owner = listAt(pod, 'metadata', 'ownerReferences').find((each) => at(each, 'kind') === 'ReplicaSet');
  const set = store.find(REPLICA_SET, textAt(pod, 'metadata', 'namespace'), textAt(owner, 'name'));
  if (set !== undefined) reconcileReplicaSet(store, set);
}

function removeOwned(store: ObjectStore, owner: JsonObject): void {
  for (const kind of KINDS) for (const object of ownedBy(store, kind, owner)) removeObject(store, kind, object);
}

function emptyNamespace(store: ObjectStore, namespace: string): void {
  // Owners first, or their controllers would bring back what is removed here.
  for (const kind of [DEPLOYMENT, REPLICA_SET, ...KINDS.filter((each) => each.namespaced)]) {
    for (const object of store.list(kind, namespace)) removeObject(store, kind, object);
  }
}

function removeObject(store: ObjectStore, kind: Kind, object: JsonObject): void {
  const { namespace, name } = metadataOf(object);
  // What it owned, or who owned it, may have removed it in the meantime.
  if (store.find(kind, String(namespace), String(name)) !== undefined)
    store.remove(kind, String(namespace), String(name));
}

function ownedBy(store: ObjectStore, kind: Kind, owner: JsonObject): readonly JsonObject[] {
  const uid = at(owner, 'metadata', 'uid');
  const owned = (object: JsonObject) =>
    listAt(object, 'metadata', 'ownerReferences').some((reference) => at(reference, 'uid') === uid);
  return store.list(kind, textAt(owner, 'metadata', 'namespace')).filter(owned);
}

function ownerReference(kind: Kind, owner: JsonObject): JsonObject {
  const { name = '', uid = '' } = metadataOf(owner);
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function objectAt(object: JsonObject, ...path: readonly string[]): JsonObject {
  const found = at(object, ...path);
  return isObject(found) ? found : {};
}

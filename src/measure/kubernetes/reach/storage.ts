import type { JsonObject } from '../../../json.ts';
import {
  alone,
  always,
  CLUSTER,
  INVERSE,
  isLabelOrAnnotation,
  NONE,
  RECREATE,
  type Row,
  type Rows,
  reaching,
  reachingAll,
  UNMOVED,
} from './found.ts';
import { CLAIMS, type Lookup, PODS, VOLUMES } from './lookup.ts';
import { isLeaving, member, namespaceOf, objects, specOf, text, uidOf } from './members.ts';

const DATA = ['the data on the volume'];

/** Pods of a namespace that mount a claim; they hold it until they end. */
async function mounting(look: Lookup, namespace: string, claim: string): Promise<number> {
  let pods = 0;
  await look.eachWhole(PODS, { namespace }, (pod) => {
    const claims = objects(specOf(pod).volumes).map((volume) => member(volume, 'persistentVolumeClaim')?.claimName);
    if (claims.includes(claim) && !isLeaving(pod)) pods += 1;
  });
  return pods;
}

/** A claim that was never bound is put again; with one that was, its volume goes when it is not to be retained. */
const deletedClaim: Row = async ({ namespace, name, before }, look) => {
  const bound = text(specOf(before).volumeName);
  const [pods, volume] = await Promise.all([
    mounting(look, namespace, name),
    bound === '' ? undefined : look.get(VOLUMES, '', bound),
  ]);
  if (bound === '') return { blast: reachingAll(pods), wayBack: INVERSE };
  const kept = volume === undefined || specOf(volume).persistentVolumeReclaimPolicy === 'Retain';
  return kept
    ? { blast: reachingAll(pods), wayBack: RECREATE, lost: ['uid', 'the bond with its volume'] }
    : { blast: reachingAll(pods, { objects: 2 }), wayBack: NONE, lost: DATA };
};

/** A larger claim grows its volume, which never shrinks again. */
const editedClaim: Row = async ({ namespace, name, paths }, look) => {
  if (paths.every(isLabelOrAnnotation)) return UNMOVED;
  if (!paths.every((path) => path === '/spec/resources/requests/storage')) return undefined;
  const pods = await mounting(look, namespace, name);
  return {
    blast: reachingAll(pods, { objects: 2 }),
    wayBack: NONE,
    lost: ['the smaller size'],
  };
};

/** A volume takes its claim's data with it, whatever becomes of the disk behind it. */
const deletedVolume: Row = async ({ before }, look) => {
  const claim = member(before, 'spec', 'claimRef');
  if (claim === undefined) return { blast: reaching(0, 0, 0, CLUSTER), wayBack: INVERSE };
  const [namespace, name] = [text(claim.namespace), text(claim.name)];
  const live = await look.get(CLAIMS, namespace, name);
  const isBound = live !== undefined && uidOf(live) === text(claim.uid);
  const pods = isBound ? await mounting(look, namespace, name) : 0;
  return {
    blast: reachingAll(pods, { ...CLUSTER, namespaces: isBound ? 1 : 0 }),
    wayBack: RECREATE,
    lost: ['uid', 'the bond with its claim'],
  };
};

/** Claims that name the class were made by it already; those that come will be. */
const storageClass: Row = async ({ name, verb, paths }, look) => {
  if (verb !== 'create' && verb !== 'delete' && !paths.every((path) => path.startsWith('/metadata/labels')))
    return undefined;
  const namespaces = new Set<string>();
  await look.eachWhole(CLAIMS, {}, (claim: JsonObject) => {
    if (specOf(claim).storageClassName === name) namespaces.add(namespaceOf(claim));
  });
  return { blast: reaching(0, 0, 0, { ...CLUSTER, namespaces: namespaces.size, open: true }), wayBack: INVERSE };
};

export const STORAGE: Rows = {
  persistentvolumeclaims: { create: alone(), update: editedClaim, patch: editedClaim, delete: deletedClaim },
  persistentvolumes: { create: alone(CLUSTER), delete: deletedVolume },
  'storageclasses.storage.k8s.io': always(storageClass),
};

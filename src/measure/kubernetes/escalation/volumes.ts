import { isObject, type Json, type JsonObject } from '../../../json.ts';
import { imageSource } from './image-source.ts';
import { isEmpty, objectsIn, type Powers, part } from './powers.ts';

/** What a volume brings into a pod: `kind` and `which` name it, whatever the volume itself is called. */
interface Brought {
  readonly name: 'host access' | 'secret mounts' | 'service account' | 'storage' | 'image source' | 'unknown';
  readonly kind: string;
  readonly which: string;
}

/** Volumes that bring what pods have anyway: their own scratch space, their own fields, config maps. */
const HARMLESS: ReadonlySet<string> = new Set(['emptyDir', 'configMap', 'downwardAPI']);
/** Volumes that bring data from elsewhere, some with a secret to open them. */
const STORAGE: ReadonlySet<string> = new Set([
  'persistentVolumeClaim',
  'gitRepo',
  'ephemeral',
  'csi',
  'nfs',
  'iscsi',
  'fc',
  'rbd',
  'cephfs',
  'glusterfs',
  'cinder',
  'flexVolume',
  'flocker',
  'awsElasticBlockStore',
  'gcePersistentDisk',
  'azureDisk',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'scaleIO',
  'storageos',
]);
/** Members that name a secret in volumes of storage. */
const SECRET_OF_STORAGE = ['secretRef', 'nodePublishSecretRef', 'secretName'];

/** Holds what the volumes of a pod bring, and who of its containers gets it. */
export function podVolumes(spec: JsonObject, powers: Powers): ReadonlyMap<string, readonly Brought[]> {
  const volumes = new Map<string, readonly Brought[]>();
  for (const volume of objectsIn(spec.volumes, 'volumes', powers)) {
    const { name, ...sources } = volume;
    const brought = Object.entries(sources).flatMap(([kind, source]) =>
      isEmptySource(source) ? [] : of(kind, source),
    );
    for (const one of brought) hold(one, '', powers);
    if (typeof name === 'string') volumes.set(name, [...(volumes.get(name) ?? []), ...brought]);
  }
  return volumes;
}

/** `emptyDir: {}` is one; null is none. */
function isEmptySource(source: Json): boolean {
  return source === null;
}

function hold({ name, kind, which }: Brought, how: string, powers: Powers): void {
  const place = how === '' ? kind : `${kind} ${how}`;
  if (name === 'unknown') powers.fix('unknown', `volume ${place} ${which}`, true);
  else if (which === '*') powers.holdEvery(name, place);
  else powers.hold(name, place, which);
}

function of(kind: string, source: Json): readonly Brought[] {
  if (HARMLESS.has(kind)) return [];
  const own = isObject(source) ? source : {};
  switch (kind) {
    case 'hostPath':
      return [{ name: 'host access', kind, which: String(own.path) }];
    case 'secret':
      return secretKeys(String(own.secretName), own, 'items');
    case 'projected':
      return projected(own);
    case 'image':
      return [{ name: 'image source', kind, which: imageSource(String(own.reference)) }];
    default:
      return STORAGE.has(kind) ? storage(kind, own) : [{ name: 'unknown', kind, which: JSON.stringify(source) }];
  }
}

function secretKeys(secret: string, source: JsonObject, items: string): readonly Brought[] {
  const list = source[items];
  // Without a selection all of its keys.
  const keys =
    isEmpty(list) || !Array.isArray(list) ? ['*'] : list.map((item) => (isObject(item) ? `${item.key}` : '*'));
  return keys.map((key) => ({ name: 'secret mounts', kind: `secret ${secret}`, which: key }));
}

function projected(source: JsonObject): readonly Brought[] {
  const sources = Array.isArray(source.sources) ? source.sources.filter(isObject) : [];
  return sources.flatMap((one) =>
    Object.entries(one).flatMap(([kind, own]): readonly Brought[] => {
      if (!isObject(own) || HARMLESS.has(kind)) return [];
      if (kind === 'secret') return secretKeys(String(own.name), own, 'items');
      if (kind === 'serviceAccountToken') return [token(own)];
      if (kind === 'clusterTrustBundle') return [];
      if (kind === 'podCertificate') return [{ name: 'service account', kind, which: String(own.signerName) }];
      return [{ name: 'unknown', kind, which: JSON.stringify(own) }];
    }),
  );
}

/** A token for the API server itself is what pods have where nothing is said. */
function token({ audience }: JsonObject): Brought {
  return isEmpty(audience)
    ? { name: 'service account', kind: 'token', which: '' }
    : { name: 'service account', kind: 'token for', which: String(audience) };
}

function storage(kind: string, own: JsonObject): readonly Brought[] {
  const secrets = SECRET_OF_STORAGE.flatMap((member): readonly Brought[] => {
    const reference = own[member];
    const name = isObject(reference) ? reference.name : reference;
    return typeof name === 'string' ? [{ name: 'secret mounts', kind: `secret ${name}`, which: kind }] : [];
  });
  return [{ name: 'storage', kind, which: JSON.stringify(essence(own)) }, ...secrets];
}

/** How a volume is mounted is no matter of what it is, but for being written to. */
function essence({ readOnly: _, ...own }: JsonObject): JsonObject {
  return own;
}

/** Holds what a container gets of the pod's volumes. */
export function mounts(container: JsonObject, volumes: ReadonlyMap<string, readonly Brought[]>, powers: Powers): void {
  for (const mount of objectsIn(container.volumeMounts, 'volumeMounts', powers)) {
    const { readOnly, subPath, subPathExpr, mountPropagation } = mount;
    const place = String(subPath ?? subPathExpr ?? '');
    for (const one of volumes.get(String(mount.name)) ?? []) {
      if (one.name === 'service account' && one.kind === 'token') continue;
      hold(one, 'mounted', powers);
      if (one.name !== 'host access' && one.name !== 'storage') continue;
      // Part of a volume is less than the whole of it.
      if (place === '') powers.holdEvery(one.name, `part of ${one.kind} ${one.which}`);
      else powers.hold(one.name, `part of ${one.kind} ${one.which}`, place);
      if (readOnly !== true) powers.hold(one.name, `written ${one.kind}`, one.which);
    }
    if ((mountPropagation ?? 'None') !== 'None')
      powers.hold('host access', 'mountPropagation', String(mountPropagation));
  }
  const devices = objectsIn(container.volumeDevices, 'volumeDevices', powers);
  for (const { name } of devices) {
    powers.hold('host access', 'device', JSON.stringify((volumes.get(String(name)) ?? []).map(({ which }) => which)));
  }
}

/** Secrets by which a pod's images are pulled, and by which it is configured. */
export function pullSecrets(list: Json | undefined, powers: Powers): void {
  for (const { name } of objectsIn(list, 'imagePullSecrets', powers))
    powers.hold('secret mounts', 'pull', String(name));
}

/** Holds the secrets that reach a container through its environment. */
export function environment(container: JsonObject, powers: Powers): void {
  for (const source of objectsIn(container.envFrom, 'envFrom', powers)) {
    const { name } = part(source, 'secretRef');
    if (name !== undefined) powers.holdEvery('secret mounts', `variables of ${String(name)}`);
  }
  for (const variable of objectsIn(container.env, 'env', powers)) {
    const from = part(variable, 'valueFrom');
    const { name, key } = part(from, 'secretKeyRef');
    if (name !== undefined) powers.hold('secret mounts', `variables of ${String(name)}`, String(key));
    for (const kind of Object.keys(from)) if (!SOURCES.has(kind)) powers.fix('unknown', `env ${kind}`, from[kind]);
  }
}

const SOURCES: ReadonlySet<string> = new Set([
  'secretKeyRef',
  'configMapKeyRef',
  'fieldRef',
  'resourceFieldRef',
  'fileKeyRef',
]);

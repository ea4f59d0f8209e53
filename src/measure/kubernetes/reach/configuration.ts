import type { JsonObject } from '../../../json.ts';
import {
  type ChangeOf,
  INVERSE,
  isLabelOrAnnotation,
  RECREATE,
  type Row,
  type Rows,
  reaching,
  UNMOVED,
} from './found.ts';
import { type Lookup, PODS } from './lookup.ts';
import { controllerOf, isLeaving, member, namespaceOf, objects, specOf, text } from './members.ts';

/** What pods are configured with. */
export type Configuration = 'configmaps' | 'secrets' | 'serviceaccounts';

/** Pods that use something, and how many of them a controller keeps up. */
interface Users {
  readonly pods: number;
  readonly replicas: number;
}

/**
 * The pods of a namespace that use one of these: in their environment, on their volumes, to pull their images or to act
 * as. Metadata do not say that, so whole pods are read, page by page.
 */
export async function usersOf(
  look: Lookup,
  kind: Configuration,
  namespace: string | undefined,
  isNamed: (name: string, namespace: string) => boolean,
): Promise<Users> {
  let pods = 0;
  let replicas = 0;
  await look.eachWhole(PODS, { namespace }, (pod) => {
    const place = namespaceOf(pod);
    if (isLeaving(pod) || hasEnded(pod) || !namesUsed(pod, kind).some((name) => isNamed(name, place))) return;
    pods += 1;
    if (controllerOf(pod) !== undefined) replicas += 1;
  });
  return { pods, replicas };
}

function hasEnded(pod: JsonObject): boolean {
  const phase = member(pod, 'status')?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

function namesUsed(pod: JsonObject, kind: Configuration): readonly string[] {
  const spec = specOf(pod);
  if (kind === 'serviceaccounts') return [text(spec.serviceAccountName)];
  const containers = [spec.containers, spec.initContainers, spec.ephemeralContainers].flatMap(objects);
  const volumes = objects(spec.volumes);
  const projected = volumes.flatMap((volume) => objects(member(volume, 'projected')?.sources));
  const [reference, keyReference] =
    kind === 'configmaps' ? ['configMapRef', 'configMapKeyRef'] : ['secretRef', 'secretKeyRef'];
  const environment = containers.flatMap((container) => [
    ...objects(container.envFrom).map((from) => member(from, reference)?.name),
    ...objects(container.env).map((variable) => member(variable, 'valueFrom', keyReference)?.name),
  ]);
  const mounted =
    kind === 'configmaps'
      ? [...volumes, ...projected].map((volume) => member(volume, 'configMap')?.name)
      : [
          ...volumes.map((volume) => member(volume, 'secret')?.secretName),
          ...projected.map((source) => member(source, 'secret')?.name),
          ...volumes.flatMap((volume) => DRIVERS.map((driver) => member(volume, driver, 'secretRef')?.name)),
          ...volumes.map((volume) => member(volume, 'azureFile')?.secretName),
          ...volumes.map((volume) => member(volume, 'csi', 'nodePublishSecretRef')?.name),
          ...objects(spec.imagePullSecrets).map(({ name }) => name),
        ];
  return [...environment, ...mounted].map(text).filter((name) => name !== '');
}

/** Volumes that are mounted with the help of a secret. */
const DRIVERS = ['cephfs', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'] as const;

/** Its users see another content: on volumes at once, in their environment when they start again. */
const used =
  (kind: Configuration, wayBack: typeof INVERSE, lost: readonly string[] = []): Row =>
  async ({ namespace, name, paths, verb }, look) => {
    // Annotations of a service account are orders to clouds: whom its pods are there.
    const marks = kind === 'serviceaccounts' ? isLabel : isLabelOrAnnotation;
    if (verb !== 'delete' && paths.every(marks)) return UNMOVED;
    const { pods, replicas } = await usersOf(look, kind, namespace, (one) => one === name);
    return { blast: reaching(pods, replicas, pods === 0 ? 0 : 1), wayBack, lost };
  };

function isLabel(path: string): boolean {
  return isLabelOrAnnotation(path) && path.startsWith('/metadata/labels');
}

/** Pods that wait for it can start. */
const created: Row = () => UNMOVED;

const rows = (kind: Configuration, removed: Row) => ({
  create: created,
  update: used(kind, INVERSE),
  patch: used(kind, INVERSE),
  delete: removed,
});

export const CONFIGURATION: Rows = {
  configmaps: rows('configmaps', used('configmaps', INVERSE)),
  secrets: rows('secrets', removedSecret),
  // Tokens are bound to its uid: those that are about are worth nothing afterwards.
  serviceaccounts: rows('serviceaccounts', used('serviceaccounts', RECREATE, ['uid', 'all tokens that were issued'])),
};

/** The token of a service account cannot be put again: the server fills it in anew. */
function removedSecret(change: ChangeOf, look: Lookup): ReturnType<Row> {
  const isToken = change.before?.type === 'kubernetes.io/service-account-token';
  return used('secrets', isToken ? RECREATE : INVERSE, isToken ? ['the token'] : [])(change, look);
}

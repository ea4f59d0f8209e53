import type { DeleteOptions } from '../../../describe/kubernetes/request.ts';
import { isArray, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import {
  CLAIMS,
  JOBS,
  type Lookup,
  PODS,
  REPLICA_SETS,
  REVISIONS,
  type Selection,
  type Served,
  SLICES,
} from './lookup.ts';
import { isLeaving, objects, text, uidOf } from './members.ts';

/** What a controller makes, and what those make in turn. */
interface Below extends Served {
  readonly below?: readonly Below[];
}

const PODS_AND_CLAIMS: readonly Below[] = [{ ...PODS, below: [CLAIMS] }];

/** What the garbage collector deletes after its owner, for the kinds whose controllers are known. */
export const DEPENDENTS: Readonly<Record<string, readonly Below[]>> = {
  'deployments.apps': [{ ...REPLICA_SETS, below: PODS_AND_CLAIMS }],
  'replicasets.apps': PODS_AND_CLAIMS,
  replicationcontrollers: PODS_AND_CLAIMS,
  'statefulsets.apps': [...PODS_AND_CLAIMS, REVISIONS, CLAIMS],
  'daemonsets.apps': [...PODS_AND_CLAIMS, REVISIONS],
  'jobs.batch': PODS_AND_CLAIMS,
  'cronjobs.batch': [{ ...JOBS, below: PODS_AND_CLAIMS }],
  pods: [CLAIMS],
  services: [SLICES],
};

/** Kinds that leave their dependents behind when nobody says otherwise, for the sake of old clients. */
const ORPHANING = new Set(['jobs.batch', 'replicationcontrollers']);

/** Whether the server leaves the dependents of a deleted object alone: the options, then its finalizers, then its kind. */
export function orphans(resource: string, options: DeleteOptions | undefined, owner?: JsonObject): boolean {
  if (options?.propagationPolicy !== undefined) return options.propagationPolicy === 'Orphan';
  if (options?.orphanDependents !== undefined) return options.orphanDependents;
  const finalizers = metadataOf(owner).finalizers;
  const has = (name: string) => isArray(finalizers) && finalizers.includes(name);
  if (has('orphan')) return true;
  return !has('foregroundDeletion') && ORPHANING.has(resource);
}

/** What goes with its owners. */
export interface Cascade {
  readonly objects: number;
  readonly pods: number;
  /** Claims of volumes, whose data go with them as their storage class says. */
  readonly claims: number;
}

const NOTHING: Cascade = { objects: 0, pods: 0, claims: 0 };

/**
 * Follows the owner references down from `owners` (uids). What has another owner besides stays, and what is on its way
 * out already does not count.
 */
export async function cascadeOf(
  look: Lookup,
  owners: ReadonlySet<string>,
  below: readonly Below[],
  where: Selection,
): Promise<Cascade> {
  if (owners.size === 0) return NOTHING;
  const parts = await Promise.all(below.map((kind) => levelOf(look, owners, kind, where)));
  return parts.reduce(
    (sum, part) => ({
      objects: sum.objects + part.objects,
      pods: sum.pods + part.pods,
      claims: sum.claims + part.claims,
    }),
    NOTHING,
  );
}

async function levelOf(look: Lookup, owners: ReadonlySet<string>, kind: Below, where: Selection): Promise<Cascade> {
  const found = new Set<string>();
  // Claims have no labels of their pods.
  const selection = kind.resource === CLAIMS.resource ? { namespace: where.namespace } : where;
  await look.each(kind, selection, (item) => {
    const references = objects(metadataOf(item).ownerReferences);
    if (references.length === 0 || isLeaving(item)) return;
    if (references.every(({ uid }) => owners.has(text(uid)))) found.add(uidOf(item));
  });
  const deeper = await cascadeOf(look, found, kind.below ?? [], where);
  return {
    objects: found.size + deeper.objects,
    pods: (kind.resource === PODS.resource ? found.size : 0) + deeper.pods,
    claims: (kind.resource === CLAIMS.resource ? found.size : 0) + deeper.claims,
  };
}

import type { DeleteOptions } from '../../../describe/kubernetes/request.ts';
import type { JsonObject } from '../../../json.ts';
import { type Blast, UNKNOWN_BLAST, UNKNOWN_WAY_BACK, type WayBack } from '../../facts.ts';
import { metadataOf } from '../labels.ts';
import { usersOf } from './configuration.ts';
import { cascadeOf, DEPENDENTS, orphans } from './dependents.ts';
import { type Found, NONE, NOT_NEEDED } from './found.ts';
import type { Lookup, Selection, Served } from './lookup.ts';
import { type Controller, controllerOf, isLeaving, text, uidOf } from './members.ts';
import { remadeBy } from './pods.ts';

/** A deletion of many at once. */
export interface CollectionOf {
  /** `pods`, `deployments.apps`, ... */
  readonly resource: string;
  readonly served: Served;
  readonly selection: Selection;
  readonly deleteOptions: DeleteOptions | undefined;
}

/** What was seen while the collection was counted; of each object no more than this is kept. */
interface Gathered {
  objects: number;
  /** Without those that are on their way out already. */
  live: number;
  lone: number;
  readonly uids: Set<string>;
  readonly namespaces: Set<string>;
  /** `namespace/name` */
  readonly names: Set<string>;
  readonly controllers: Map<string, { readonly controller: Controller; readonly namespace: string; pods: number }>;
}

/** Controllers that are asked one by one how many replicas they run. */
const MOST_CONTROLLERS = 20;

const NOT_KEPT: WayBack = { how: 'recreate', exact: false, captured: false };

/**
 * A collection is counted, page by page, with what goes after it; what is in it may still grow before the act. Of kinds
 * whose dependents are not known only the objects are.
 */
export async function collectionReach(asked: CollectionOf, look: Lookup): Promise<Found> {
  const gathered = await gather(asked, look);
  const { objects, namespaces } = gathered;
  const found = { objects, namespaces: namespaces.size, scope: 'collection', open: true } as const;
  const rest = await restOf(asked, gathered, look);
  if (rest === undefined) return { blast: { ...UNKNOWN_BLAST, ...found }, wayBack: UNKNOWN_WAY_BACK };
  return { ...rest, blast: { ...found, ...rest.blast, known: true, objects: objects + (rest.more ?? 0) } };
}

interface Rest {
  readonly blast: Pick<Blast, 'pods' | 'replicas' | 'share'>;
  readonly wayBack: WayBack;
  readonly lost?: readonly string[];
  /** Objects that go after the collection. */
  readonly more?: number;
}

async function restOf(asked: CollectionOf, gathered: Gathered, look: Lookup): Promise<Rest | undefined> {
  const { resource } = asked;
  if (resource === 'pods') return podsOf(gathered, look, asked);
  if (resource === 'configmaps' || resource === 'secrets' || resource === 'serviceaccounts') {
    const { namespace } = asked.selection;
    const users = await usersOf(look, resource, namespace, (name, place) => gathered.names.has(`${place}/${name}`));
    return { blast: { ...users, share: users.pods === 0 ? 0 : 1 }, wayBack: NOT_KEPT };
  }
  return WORKLOADS.has(resource) ? workloadsOf(asked, gathered, look) : undefined;
}

const WORKLOADS = new Set(Object.keys(DEPENDENTS).filter((resource) => resource !== 'pods' && resource !== 'services'));

async function workloadsOf(asked: CollectionOf, { uids }: Gathered, look: Lookup): Promise<Rest> {
  const { resource, deleteOptions, selection } = asked;
  if (orphans(resource, deleteOptions)) return { blast: { pods: 0, replicas: 0, share: 0 }, wayBack: NOT_KEPT };
  const { namespace } = selection;
  const cascade = await cascadeOf(look, uids, DEPENDENTS[resource] ?? [], { namespace });
  const { pods, objects, claims } = cascade;
  return {
    blast: { pods, replicas: pods, share: pods === 0 ? 0 : 1 },
    wayBack: claims > 0 ? NONE : NOT_KEPT,
    more: objects,
  };
}

async function podsOf(gathered: Gathered, look: Lookup, { selection }: CollectionOf): Promise<Rest> {
  const { live, lone, controllers, uids } = gathered;
  const { claims } = await cascadeOf(look, uids, DEPENDENTS.pods ?? [], { namespace: selection.namespace });
  if (controllers.size > MOST_CONTROLLERS)
    return { blast: { pods: live, replicas: 'unknown', share: 'unknown' }, wayBack: NOT_KEPT, more: claims };
  const remade = await Promise.all(
    [...controllers.values()].map(async ({ controller, namespace, pods }) => {
      const replicas = await remadeBy(look, controller, namespace);
      return { pods, replicas };
    }),
  );
  const stay = remade.every(({ replicas }) => replicas !== undefined) && lone === 0 && claims === 0;
  const share = remade.reduce(
    (most, { pods, replicas = 0 }) => Math.max(most, Math.min(1, pods / Math.max(1, replicas))),
    lone > 0 ? 1 : 0,
  );
  const replicas = remade.reduce((sum, one) => sum + (one.replicas ?? one.pods), 0);
  return { blast: { pods: live, replicas, share }, wayBack: stay ? NOT_NEEDED : NOT_KEPT, more: claims };
}

async function gather({ served, selection }: CollectionOf, look: Lookup): Promise<Gathered> {
  const found: Gathered = {
    objects: 0,
    live: 0,
    lone: 0,
    uids: new Set(),
    namespaces: new Set(),
    names: new Set(),
    controllers: new Map(),
  };
  await look.each(served, selection, (item) => note(found, item));
  return found;
}

function note(found: Gathered, item: JsonObject): void {
  const metadata = metadataOf(item);
  const namespace = text(metadata.namespace);
  found.objects += 1;
  found.uids.add(uidOf(item));
  found.names.add(`${namespace}/${text(metadata.name)}`);
  if (namespace !== '') found.namespaces.add(namespace);
  if (isLeaving(item)) return;
  found.live += 1;
  const controller = controllerOf(item);
  if (controller === undefined) {
    found.lone += 1;
    return;
  }
  const known = found.controllers.get(controller.uid);
  if (known === undefined) found.controllers.set(controller.uid, { controller, namespace, pods: 1 });
  else known.pods += 1;
}

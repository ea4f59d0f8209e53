import { expect, vi } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../src/json.ts';
import type { Lab } from '../lab/lab.ts';
import { type AdminServer, openAdminServer } from './admin-server.ts';
import { apply, at } from './cluster-gate.ts';
import { claimed, type Judged, type Sent } from './judged-call.ts';
import { openReachLab, type ReachLab } from './reach-lab.ts';
import { inNamespace } from './twin-objects.ts';

/** What is in a namespace, by uid; without what is on its way out. */
export type Things = ReadonlyMap<string, { readonly kind: string; readonly name: string }>;

/** A reach lab whose agents may see everything, and the means to find out what really happens. */
export interface TruthLab {
  readonly reach: ReachLab;
  readonly server: AdminServer;
  readonly place: string;
  /** Puts objects into the namespace; a `Node`, a `PersistentVolume` and the like into the cluster. */
  seed(...objects: readonly JsonObject[]): Promise<void>;
  /** What the gate says of a call that it does not let through. */
  ask(sent: Sent): Promise<Claim>;
  /** Does it past the gate, as the administrator. */
  doIt(sent: Sent): Promise<JsonObject>;
  /** Everything whose name has `part` in it. */
  things(part: string): Promise<Things>;
  /** The same, once so many pods are among it and nothing came or went since; `meanwhile` helps a rollout on. */
  settled(part: string, pods: number, meanwhile?: () => Promise<void>): Promise<Things>;
  /** Waits until the controllers of the workloads with `part` in their names have seen them as they are. */
  seen(part: string): Promise<void>;
  /** Waits until the garbage collector has done what it had to do by now. */
  collected(): Promise<void>;
  /** Says of the pods with `part` in their names that they are ready, as their node would. */
  ready(part: string): Promise<void>;
  close(): Promise<void>;
}

/** What the gate claims of a call. */
export interface Claim {
  readonly judged: Judged;
  readonly blast: JsonObject;
  readonly wayBack: JsonObject;
  readonly escalates: Json;
  readonly gaps: Json;
  readonly lost: Json;
}

const PATIENCE = { timeout: 60_000, interval: 100 };

const CORE = ['pods', 'services', 'endpoints', 'configmaps', 'secrets', 'serviceaccounts', 'persistentvolumeclaims'];
const LISTED: readonly (readonly [root: string, resources: readonly string[]])[] = [
  ['/api/v1', [...CORE, 'replicationcontrollers', 'resourcequotas', 'limitranges']],
  ['/apis/apps/v1', ['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'controllerrevisions']],
  ['/apis/batch/v1', ['jobs', 'cronjobs']],
  ['/apis/discovery.k8s.io/v1', ['endpointslices']],
];

export async function openTruthLab(lab: Lab, place: string): Promise<TruthLab> {
  const reach = await openReachLab(lab, place);
  const server = openAdminServer(lab);
  const sight = await grantSight(lab, place, reach.ids);
  const path = (root: string, resource: string) => `${root}/namespaces/${place}/${resource}`;

  const things = async (part: string): Promise<Things> => {
    const found = new Map<string, { kind: string; name: string }>();
    const lists = LISTED.flatMap(([root, resources]) => resources.map((resource) => [root, resource] as const));
    await Promise.all(
      lists.map(async ([root, kind]) => {
        for (const one of await server.list(path(root, kind))) {
          const name = String(at(one, 'metadata', 'name'));
          if (!name.includes(part) || at(one, 'metadata', 'deletionTimestamp') !== undefined) continue;
          found.set(String(at(one, 'metadata', 'uid')), { kind, name });
        }
      }),
    );
    return found;
  };

  let markers = 0;
  const collected = async () => {
    markers += 1;
    const name = `marker-${markers}`;
    const marker = (own: string, more: JsonObject = {}) => ({
      method: 'POST',
      path: path('/api/v1', 'configmaps'),
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: own, ...more } },
    });
    const owner = await server.call(marker(name));
    const uid = at(owner, 'metadata', 'uid') ?? null;
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name, uid };
    await server.call(marker(`${name}-below`, { ownerReferences: [reference] }));
    await server.call({ method: 'DELETE', path: `${path('/api/v1', 'configmaps')}/${name}` });
    await expect.poll(() => server.read(`${path('/api/v1', 'configmaps')}/${name}-below`), PATIENCE).toBeUndefined();
  };

  return {
    reach,
    server,
    place,
    async seed(...objects) {
      if (objects.length === 0) return;
      await apply(lab, ...objects.map((one) => (isClusterScoped(one) ? one : inNamespace(place, one))));
    },
    async ask(sent) {
      const judged = await reach.ask(sent);
      const { blast, wayBack, escalates } = claimed(judged);
      return {
        judged,
        blast: isObject(blast) ? blast : {},
        wayBack: isObject(wayBack) ? wayBack : {},
        escalates,
        gaps: at(judged.decided, 'facts', 'gaps') ?? null,
        lost: at(judged.decided, 'facts', 'lost') ?? null,
      };
    },
    doIt: (sent) => server.call(sent),
    things,
    async settled(part, pods, meanwhile) {
      let before: readonly string[] = [];
      let now: Things = new Map();
      // Equal twice, with as many pods as there are to be.
      const isStill = async () => {
        await meanwhile?.();
        now = await things(part);
        const uids = [...now.keys()].sort();
        const same = uids.join() === before.join() && podsAmong(now) === pods;
        before = uids;
        return same;
      };
      await vi.waitUntil(isStill, { timeout: 60_000, interval: 250 });
      return now;
    },
    collected,
    async seen(part) {
      const unseen = async () => {
        const all = await Promise.all(OBSERVED.map((resource) => server.list(path('/apis/apps/v1', resource))));
        const found = all.flat().filter((one) => String(at(one, 'metadata', 'name')).includes(part));
        return found.filter((one) => at(one, 'status', 'observedGeneration') !== at(one, 'metadata', 'generation'))
          .length;
      };
      await expect.poll(unseen, PATIENCE).toBe(0);
    },
    async ready(part) {
      const pods = path('/api/v1', 'pods');
      for (const pod of await server.list(pods)) {
        const name = String(at(pod, 'metadata', 'name'));
        if (!name.includes(part) || at(pod, 'metadata', 'deletionTimestamp') !== undefined) continue;
        await server
          .call({ method: 'PATCH', path: `${pods}/${name}/status`, body: readyStatus(), type: MERGE })
          // It may be gone by now, which is what a rollout is for.
          .catch(() => undefined);
      }
    },
    async close() {
      server.close();
      await sight();
      await reach.close();
    },
  };
}

const OBSERVED = ['deployments', 'statefulsets', 'daemonsets', 'replicasets'];
const MERGE = 'application/merge-patch+json';
let lastAddress = 1;

function readyStatus(): JsonObject {
  lastAddress += 1;
  const podIP = `10.9.${Math.floor(lastAddress / 250)}.${1 + (lastAddress % 250)}`;
  const conditions = [{ type: 'Ready', status: 'True' }];
  return { status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions } };
}

export function podsAmong(things: Things): number {
  return [...things.values()].filter(({ kind }) => kind === 'pods').length;
}

/** What of the things before is there no more. */
export function goneOf(before: Things, after: Things): Things {
  return new Map([...before].filter(([uid]) => !after.has(uid)));
}

const CLUSTER_KINDS = new Set([
  'Node',
  'PersistentVolume',
  'StorageClass',
  'PriorityClass',
  'CustomResourceDefinition',
  'Namespace',
]);

function isClusterScoped(object: JsonObject): boolean {
  return CLUSTER_KINDS.has(String(object.kind)) || at(object, 'metadata', 'namespace') !== undefined;
}

/** Lets agents see all there is: what they may not see, the gate may not count for them. */
async function grantSight(lab: Lab, place: string, agents: readonly string[]): Promise<() => Promise<void>> {
  const name = `${place}-sight`;
  const apiGroup = 'rbac.authorization.k8s.io';
  const rule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
  await apply(
    lab,
    { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata: { name }, rules: [rule] },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      subjects: agents.map((id) => ({ kind: 'User', name: `sallyport:agent:${id}`, apiGroup })),
      roleRef: { apiGroup, kind: 'ClusterRole', name },
    },
  );
  return async () => {
    await lab.kubectl(['delete', 'clusterrolebinding,clusterrole', name]);
  };
}

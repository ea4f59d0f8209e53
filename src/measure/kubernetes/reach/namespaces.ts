import { namespacedResources } from './discovery.ts';
import { alone, type ChangeOf, type Found, NONE, type Rows, reaching } from './found.ts';
import {
  CONTROLLERS,
  DAEMON_SETS,
  DEPLOYMENTS,
  type Lookup,
  PODS,
  REPLICA_SETS,
  type Served,
  STATEFUL_SETS,
} from './lookup.ts';
import { controllerOf } from './members.ts';
import { sizeOf } from './rollouts.ts';

/** Events go by themselves; they are no objects that anybody would miss. */
const PASSING = 'events';

const SIZED: readonly Served[] = [DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS, CONTROLLERS];

/** Everything in it, of every resource that the server serves. */
async function deleted({ name }: ChangeOf, look: Lookup): Promise<Found> {
  const resources = (await namespacedResources(look)).filter(({ resource }) => resource !== PASSING);
  const [counts, pods, replicas] = await Promise.all([
    Promise.all(resources.map((resource) => look.count(resource, { namespace: name }))),
    look.count(PODS, { namespace: name }),
    replicasIn(look, name),
  ]);
  const objects = counts.reduce((sum, count) => sum + count, 1);
  return {
    blast: reaching(pods, replicas, pods + replicas === 0 ? 0 : 1, { objects, scope: 'namespace', open: true }),
    wayBack: NONE,
    lost: ['everything in it'],
  };
}

/** What its workloads are asked to run; of what another controller owns only the owner counts. */
async function replicasIn(look: Lookup, namespace: string): Promise<number> {
  let replicas = 0;
  for (const served of SIZED) {
    await look.eachWhole(served, { namespace }, (workload) => {
      if (controllerOf(workload) === undefined) replicas += sizeOf(workload) ?? 0;
    });
  }
  return replicas;
}

export const NAMESPACE_ROWS: Rows = {
  namespaces: { create: alone({ scope: 'namespace' }), delete: deleted },
};

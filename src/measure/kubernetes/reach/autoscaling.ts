import { always, INVERSE, isLabelOrAnnotation, type Row, type Rows, reaching, shareOf, UNMOVED } from './found.ts';
import { DEPLOYMENTS, REPLICA_SETS, type Served, STATEFUL_SETS } from './lookup.ts';
import { member, number, replicasOf, specOf, text } from './members.ts';

const SCALED: Readonly<Record<string, Served>> = {
  Deployment: DEPLOYMENTS,
  StatefulSet: STATEFUL_SETS,
  ReplicaSet: REPLICA_SETS,
};

/** From now on the autoscaler scales its workload between two bounds: as far as the farther of them. */
const bounded: Row = async ({ namespace, before, after, paths, verb }, look) => {
  if (verb !== 'create' && verb !== 'delete' && paths.every(isLabelOrAnnotation)) return UNMOVED;
  const target = member(after ?? before, 'spec', 'scaleTargetRef');
  const served = SCALED[text(target?.kind)];
  if (served === undefined || text(target?.apiVersion) !== `${served.group}/${served.version}`) return undefined;
  const workload = await look.get(served, namespace, text(target?.name));
  const replicas = workload === undefined ? 0 : replicasOf(workload);
  if (replicas === undefined) return undefined;
  // Without it the replicas stay as they are; so they do while there are none.
  if (verb === 'delete' || replicas === 0) return { blast: reaching(0, replicas, 0), wayBack: INVERSE };
  const { minReplicas, maxReplicas } = specOf(after);
  const [least, most] = [number(minReplicas) ?? 1, number(maxReplicas) ?? replicas];
  const moved = Math.max(Math.abs(most - replicas), Math.abs(replicas - least));
  return {
    blast: reaching(moved, Math.max(replicas, most), shareOf(moved, replicas), { open: true }),
    wayBack: INVERSE,
  };
};

export const AUTOSCALING: Rows = {
  'horizontalpodautoscalers.autoscaling': always(bounded),
};

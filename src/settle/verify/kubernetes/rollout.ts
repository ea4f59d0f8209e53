import { isObject, type Json, type JsonObject } from '../../../json.ts';
import { bad, good, type Look, waiting } from '../look.ts';

/** The kinds that have a rollout, by resource and group. */
export const ROLLED_OUT: ReadonlySet<string> = new Set(['deployments.apps', 'statefulsets.apps', 'daemonsets.apps']);

/**
 * Whether a workload's rollout has come to its end, as `kubectl rollout status` decides it (k8s.io/kubectl,
 * polymorphichelpers/rollout_status.go).
 * @param resource `deployments.apps`, ...
 */
export function rolloutLook(resource: string, workload: JsonObject): Look {
  const spec = member(workload, 'spec');
  const status = member(workload, 'status');
  const { generation } = member(workload, 'metadata');
  const seen = number(status.observedGeneration) ?? 0;
  if (typeof generation !== 'number' || seen < generation) return waiting('its controller has not seen the change yet');
  switch (resource) {
    case 'deployments.apps':
      return deploymentLook(spec, status);
    case 'statefulsets.apps':
      return statefulSetLook(spec, status);
    case 'daemonsets.apps':
      return daemonSetLook(spec, status);
    default:
      return bad(`${resource} have no rollout`);
  }
}

function deploymentLook(spec: JsonObject, status: JsonObject): Look {
  const progressing = conditionOf(status, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    return bad(`it exceeded its progress deadline: ${text(progressing.message)}`);
  const asked = number(spec.replicas) ?? 1;
  const { replicas, updated, available } = counts(status);
  if (updated < asked) return waiting(`${updated} of ${asked} replicas are of the new version${faults(status)}`);
  if (replicas > updated) return waiting(`${replicas - updated} old replicas are still there`);
  if (available < updated) return waiting(`${available} of ${updated} updated replicas are available${faults(status)}`);
  return good(`${available} of ${asked} replicas are up to date and available`);
}

function statefulSetLook(spec: JsonObject, status: JsonObject): Look {
  const strategy = member(spec, 'updateStrategy');
  if (strategy.type !== undefined && strategy.type !== 'RollingUpdate')
    return bad(`its update strategy is ${text(strategy.type)}, of which no rollout can be told`);
  const asked = number(spec.replicas) ?? 1;
  const { ready, updated } = counts(status);
  if (ready < asked) return waiting(`${ready} of ${asked} pods are ready`);
  const partition = number(member(strategy, 'rollingUpdate').partition) ?? 0;
  if (partition > 0) {
    const wanted = Math.max(0, asked - partition);
    if (updated < wanted) return waiting(`${updated} of ${wanted} pods above the partition are of the new version`);
    return good(`${updated} pods above the partition are of the new version, ${ready} of ${asked} are ready`);
  }
  if (status.updateRevision !== status.currentRevision) return waiting(`${updated} pods are of the new version`);
  return good(`${ready} of ${asked} pods are of the new version and ready`);
}

function daemonSetLook(spec: JsonObject, status: JsonObject): Look {
  const { type } = member(spec, 'updateStrategy');
  if (type !== undefined && type !== 'RollingUpdate')
    return bad(`its update strategy is ${text(type)}, of which no rollout can be told`);
  const asked = number(status.desiredNumberScheduled) ?? 0;
  const updated = number(status.updatedNumberScheduled) ?? 0;
  const available = number(status.numberAvailable) ?? 0;
  if (updated < asked) return waiting(`${updated} of ${asked} pods are of the new version`);
  if (available < asked) return waiting(`${available} of ${asked} pods are available`);
  return good(`${available} of ${asked} pods are up to date and available`);
}

function counts(status: JsonObject): Readonly<Record<'replicas' | 'updated' | 'available' | 'ready', number>> {
  return {
    replicas: number(status.replicas) ?? 0,
    updated: number(status.updatedReplicas) ?? 0,
    available: number(status.availableReplicas) ?? 0,
    ready: number(status.readyReplicas) ?? 0,
  };
}

/** Why replicas are missing, where the controller says so. */
function faults(status: JsonObject): string {
  const failure = conditionOf(status, 'ReplicaFailure');
  return failure?.status === 'True' ? ` (${text(failure.reason)}: ${text(failure.message)})` : '';
}

/** The condition of a type, or undefined. */
export function conditionOf(status: JsonObject, type: string): JsonObject | undefined {
  const { conditions } = status;
  if (!Array.isArray(conditions)) return undefined;
  return conditions.filter(isObject).find((condition) => condition.type === type);
}

/** An object's member that is an object; an empty one where there is none. */
export function member(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

export function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'no reason given';
}

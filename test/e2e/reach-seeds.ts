import type { JsonObject } from '../../src/json.ts';
import { container } from './twin-objects.ts';

/** What situations are built of; the objects of one have its name, and label `app`. */

export function node(name: string, labels: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
}

const template = (name: string, spec: JsonObject = {}) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [container()], ...spec },
});
export const workload = (kind: string, name: string, spec: JsonObject, pod: JsonObject = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, labels: { app: name } },
  spec: { selector: { matchLabels: { app: name } }, template: template(name, pod), ...spec },
});
export const stateful = (name: string, replicas: number, spec: JsonObject = {}) =>
  workload('StatefulSet', name, { replicas, serviceName: name, podManagementPolicy: 'Parallel', ...spec });
/** One pod on each node with these labels, ready or not. */
export const daemons = (name: string, nodeSelector: JsonObject, spec: JsonObject = {}) =>
  workload('DaemonSet', name, spec, { nodeSelector, tolerations: [{ operator: 'Exists' }] });
export const job = (name: string, pods: number, spec: JsonObject = {}, metadata: JsonObject = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, labels: { app: name }, ...metadata },
  spec: {
    parallelism: pods,
    completions: pods,
    ...spec,
    template: { metadata: { labels: { app: name } }, spec: { containers: [container()], restartPolicy: 'Never' } },
  },
});
export const controller = (name: string, replicas: number) => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name },
  spec: { replicas, selector: { app: name }, template: template(name) },
});
export const CLAIM = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
};

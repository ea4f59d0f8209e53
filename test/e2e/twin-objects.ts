import type { JsonObject } from '../../src/json.ts';

/** A config map with one entry, `colour: blue` unless told otherwise. */
export function configMap(name: string, more: { labels?: JsonObject; data?: JsonObject } = {}): JsonObject {
  const { labels, data = { colour: 'blue' } } = more;
  const metadata = labels === undefined ? { name } : { name, labels };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

/** A deployment of one container; without replicas unless told otherwise, so that its state is the same at any time. */
export function deployment(
  name: string,
  more: { replicas?: number; spec?: JsonObject; pod?: JsonObject } = {},
): JsonObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: more.replicas ?? 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container()], ...more.pod } },
      ...more.spec,
    },
  };
}

export function container(more: JsonObject = {}): JsonObject {
  return { name: 'web', image: 'example.invalid/web:1', ...more };
}

/** A pod that nobody controls. */
export function pod(name: string, labels: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers: [container()] } };
}

/** The same object in a namespace. */
export function inNamespace(namespace: string, object: JsonObject): JsonObject {
  const metadata = object.metadata as JsonObject;
  return { ...object, metadata: { ...metadata, namespace } };
}

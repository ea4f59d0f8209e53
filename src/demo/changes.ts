import { parse as parseYaml } from 'yaml';
import { at, listAt, textAt } from '../cli/json-fields.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { badRequest, conflict, Failure, invalid, notFound } from './failure.ts';
import { apiVersionOf, type Kind, kindNamed, numberAt } from './kinds.ts';
import { metadataOf, type ObjectStore } from './object-store.ts';
import { jsonPatch, mergePatch, strategicPatch } from './patch.ts';
import type { ResourcePath } from './resource-path.ts';

/** A write as it came in: its body as text, whether the server is asked to persist nothing. */
export interface Write {
  readonly contentType: string;
  readonly body: string;
  readonly dryRun: boolean;
}

/** POST to a collection. */
export function createObject(store: ObjectStore, path: ResourcePath, write: Write): JsonObject {
  const { kind, namespace } = path;
  const given = parseObject(write.body);
  const prefix = textAt(given, 'metadata', 'generateName');
  const name =
    textAt(given, 'metadata', 'name') || (prefix === '' ? '' : `${prefix}${store.sources.newId().slice(0, 5)}`);
  if (name === '') throw invalid(kind, '', 'metadata.name', 'Required value: name or generateName is required');
  if (kind.namespaced) store.get(kindNamed('Namespace'), '', namespace);
  const { status: _, ...rest } = given;
  return store.create(kind, checked({ ...path, name }, rest), write.dryRun);
}

/** PUT of an object. */
export function replaceObject(store: ObjectStore, path: ResourcePath, write: Write): JsonObject {
  const old = store.get(path.kind, path.namespace, path.name);
  return store.update(path.kind, checked(path, withStatus(parseObject(write.body), old)), write.dryRun);
}

/** PATCH of an object in any of the four JSON forms; a server-side apply of something new creates it. */
export function patchObject(store: ObjectStore, path: ResourcePath, write: Write): JsonObject {
  const { kind, namespace, name } = path;
  const old = store.find(kind, namespace, name);
  if (old === undefined) {
    if (!write.contentType.startsWith('application/apply-patch+')) throw notFound(kind, name);
    return store.create(kind, checked(path, parseObject(write.body)), write.dryRun);
  }
  return store.update(kind, checked(path, withStatus(applyPatch(old, write), old)), write.dryRun);
}

/** GET of `deployments/scale`. */
export function readScale(deployment: JsonObject): JsonObject {
  const { name = '', namespace = '', uid = '', resourceVersion = '', creationTimestamp = '' } = metadataOf(deployment);
  const labels = Object.entries(at(deployment, 'spec', 'selector', 'matchLabels') ?? {});
  const replicas = numberAt(deployment, 'spec', 'replicas');
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    // autoscaling/v1 leaves a zero out.
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: numberAt(deployment, 'status', 'replicas'),
      selector: labels.map(([key, value]) => `${key}=${String(value)}`).join(','),
    },
  };
}

/** PUT or PATCH of `deployments/scale`. */
export function writeScale(store: ObjectStore, path: ResourcePath, write: Write, method: string): JsonObject {
  const deployment = store.get(path.kind, path.namespace, path.name);
  const scale = readScale(deployment);
  const wanted = method === 'PUT' ? parseObject(write.body) : applyPatch(scale, write);
  const expected = at(wanted, 'metadata', 'resourceVersion');
  if (expected !== undefined && expected !== at(scale, 'metadata', 'resourceVersion')) {
    throw conflict(path.kind, path.name, 'the object has been modified');
  }
  const spec = isObject(deployment.spec) ? deployment.spec : {};
  const replicas = at(wanted, 'spec', 'replicas') ?? 0;
  return readScale(
    store.update(path.kind, checked(path, { ...deployment, spec: { ...spec, replicas } }), write.dryRun),
  );
}

/**
 * DELETE of one object, or with an empty name of what the collection's selectors match. A body's options win over the
 * query, as they do on a real API server.
 */
export function deleteObject(store: ObjectStore, path: ResourcePath, write: Write): JsonObject {
  const { kind, namespace, name } = path;
  const object = store.get(kind, namespace, name);
  const options = write.body === '' ? {} : parseObject(write.body);
  const { uid = '', resourceVersion = '' } = metadataOf(object);
  for (const [field, actual] of Object.entries({ uid, resourceVersion })) {
    const expected = at(options, 'preconditions', field);
    if (expected !== undefined && expected !== actual)
      throw conflict(kind, name, `Precondition failed: ${field} differs`);
  }
  const dryRun = write.body === '' ? write.dryRun : listAt(options, 'dryRun').includes('All');
  if (!dryRun) store.remove(kind, namespace, name);
  const details = { name, kind: kind.plural, uid, ...(kind.group === '' ? {} : { group: kind.group }) };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function applyPatch(target: JsonObject, write: Write): JsonObject {
  const patched = patchOf(target, write);
  if (!isObject(patched)) throw badRequest('the patch leaves no object');
  return patched;
}

function patchOf(target: JsonObject, { contentType, body }: Write): Json {
  switch (contentType) {
    case 'application/json-patch+json':
      return jsonPatch(target, parseJson(body));
    case 'application/merge-patch+json':
      return mergePatch(target, parseJson(body));
    case 'application/strategic-merge-patch+json':
    case 'application/apply-patch+yaml':
      return strategicPatch(target, parseObject(body));
    default:
      throw new Failure(415, 'UnsupportedMediaType', `the demonstration upstream does not read ${contentType}`);
  }
}

function withStatus(object: JsonObject, old: JsonObject): JsonObject {
  const { status: _, ...rest } = object;
  return old.status === undefined ? rest : { ...rest, status: old.status };
}

/** The object at its address, with what a deployment must have. */
function checked({ kind, namespace, name }: ResourcePath, object: JsonObject): JsonObject {
  const given = textAt(object, 'metadata', 'name');
  if (given !== '' && given !== name)
    throw badRequest(`the name of the object (${given}) does not match the URL (${name})`);
  const wrong = object.kind !== undefined && object.kind !== kind.kind;
  if (wrong) throw badRequest(`the object provided is a ${String(object.kind)}, not a ${kind.kind}`);
  const place = kind.namespaced ? { namespace } : {};
  const metadata = { ...metadataOf(object), name, ...place };
  const complete = { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
  return kind.kind === 'Deployment' ? checkedDeployment(kind, name, complete) : complete;
}

function checkedDeployment(kind: Kind, name: string, object: JsonObject): JsonObject {
  const spec = isObject(object.spec) ? object.spec : {};
  const replicas = spec.replicas ?? 1;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0 || replicas > 500) {
    throw invalid(kind, name, 'spec.replicas', `Invalid value: ${JSON.stringify(replicas)}: must be 0 to 500 here`);
  }
  for (const needed of ['selector', 'template']) {
    if (!isObject(spec[needed])) throw invalid(kind, name, `spec.${needed}`, 'Required value');
  }
  return { ...object, spec: { ...spec, replicas } };
}

function parseJson(body: string): Json {
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest('the body is not JSON');
  }
}

/** JSON or YAML (which JSON is part of). */
function parseObject(body: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = parseYaml(body);
  } catch {
    throw badRequest('the body is neither JSON nor YAML');
  }
  if (!isObject(parsed)) throw badRequest('the body is not an object');
  return parsed;
}

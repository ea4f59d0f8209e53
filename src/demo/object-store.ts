import { at, textAt } from '../cli/json-fields.ts';
import { isObject, type JsonObject } from '../json.ts';
import { alreadyExists, conflict, notFound } from './failure.ts';
import { apiVersionOf, KINDS, type Kind } from './kinds.ts';

/** One change, as a watch reports it. `version` is the object's resource version as a number. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: Kind;
  readonly object: JsonObject;
  readonly version: number;
}

/** Where time and identifiers come from. */
export interface Sources {
  readonly now: () => Date;
  /** A fresh UUID. */
  readonly newId: () => string;
}

/** How many changes a watch can catch up on before it has to list again. */
const HISTORY = 1_000;

/** Objects in memory with resource versions and a history of changes, as an API server keeps them in etcd. */
export class ObjectStore {
  readonly sources: Sources;
  #version = 1;
  readonly #objects = new Map<Kind, Map<string, JsonObject>>(KINDS.map((kind) => [kind, new Map()]));
  readonly #history: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(sources: Sources) {
    this.sources = sources;
  }

  /** The resource version of the newest change. */
  get version(): number {
    return this.#version;
  }

  /** @throws Failure NotFound. */
  get(kind: Kind, namespace: string, name: string): JsonObject {
    const found = this.find(kind, namespace, name);
    if (found === undefined) throw notFound(kind, name);
    return found;
  }

  find(kind: Kind, namespace: string, name: string): JsonObject | undefined {
    return this.#objects.get(kind)?.get(`${namespace}/${name}`);
  }

  /** All objects of a kind, of one namespace or (`''`) of all, in the order of namespace and name. */
  list(kind: Kind, namespace: string): readonly JsonObject[] {
    const all = [...(this.#objects.get(kind)?.entries() ?? [])];
    return all
      .filter(([key]) => namespace === '' || key.startsWith(`${namespace}/`))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, object]) => object);
  }

  /** @throws Failure AlreadyExists. `dryRun` returns what would be stored. */
  create(kind: Kind, object: JsonObject, dryRun = false): JsonObject {
    const { namespace, name } = keyOf(object);
    if (this.find(kind, namespace, name) !== undefined) throw alreadyExists(kind, name);
    const metadata = {
      ...metadataOf(object),
      uid: this.sources.newId(),
      creationTimestamp: this.sources
        .now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
      generation: 1,
    };
    return this.#store('ADDED', kind, { ...object, metadata }, dryRun);
  }

  /**
   * Replaces an object; identity and creation stay, a changed `spec` counts up the generation.
   * @throws Failure NotFound, or Conflict where `object` carries the resource version of an older state.
   */
  update(kind: Kind, object: JsonObject, dryRun = false): JsonObject {
    const { namespace, name } = keyOf(object);
    const old = this.get(kind, namespace, name);
    const expected = at(object, 'metadata', 'resourceVersion');
    if (expected !== undefined && expected !== at(old, 'metadata', 'resourceVersion')) {
      throw conflict(
        kind,
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
    const kept = metadataOf(old);
    const changed = JSON.stringify(at(old, 'spec')) !== JSON.stringify(at(object, 'spec'));
    const generation = Number(kept.generation) + (changed ? 1 : 0);
    const { uid = '', creationTimestamp = '', resourceVersion = '' } = kept;
    const metadata = { ...metadataOf(object), uid, creationTimestamp, generation, resourceVersion };
    const next = { ...object, metadata };
    return JSON.stringify(next) === JSON.stringify(old) ? old : this.#store('MODIFIED', kind, next, dryRun);
  }

  /** @throws Failure NotFound. */
  remove(kind: Kind, namespace: string, name: string): JsonObject {
    return this.#store('DELETED', kind, this.get(kind, namespace, name), false);
  }

  /** Changes after a resource version, oldest first; undefined when the history does not reach that far back. */
  changesSince(version: number): readonly Change[] | undefined {
    const oldest = this.#history[0]?.version ?? this.#version + 1;
    return version + 1 < oldest ? undefined : this.#history.filter((change) => change.version > version);
  }

  /** Calls back on every change until the returned function is called. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #store(type: Change['type'], kind: Kind, object: JsonObject, dryRun: boolean): JsonObject {
    if (dryRun) return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object };
    this.#version += 1;
    const version = this.#version;
    const metadata = { ...metadataOf(object), resourceVersion: String(version) };
    const stored = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object, metadata };
    const { namespace, name } = keyOf(stored);
    if (type === 'DELETED') this.#objects.get(kind)?.delete(`${namespace}/${name}`);
    else this.#objects.get(kind)?.set(`${namespace}/${name}`, stored);
    const change = { type, kind, object: stored, version };
    this.#history.push(change);
    if (this.#history.length > HISTORY) this.#history.shift();
    for (const listener of this.#listeners) listener(change);
    return stored;
  }
}

/** The object's metadata, empty where there is none. */
export function metadataOf(object: JsonObject): JsonObject {
  return isObject(object.metadata) ? object.metadata : {};
}

function keyOf(object: JsonObject): { namespace: string; name: string } {
  return { namespace: textAt(object, 'metadata', 'namespace'), name: textAt(object, 'metadata', 'name') };
}

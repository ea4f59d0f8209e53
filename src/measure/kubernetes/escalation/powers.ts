import { canonicalJson, isArray, isObject, type Json, type JsonObject } from '../../../json.ts';

/**
 * What a change can bring about, by the names that policy knows them by.
 * - `privileged`: what a container may do to the kernel: privileged, capabilities, root, groups, seccomp, AppArmor, SELinux, sysctls
 * - `host access`: network, processes, IPC, ports, paths, devices and users of the node
 * - `service account`, `secret mounts`, `storage`: whom pods act as, which secrets and which volumes they get
 * - `image`: another tag or digest; `image source`: another registry or repository
 * - `containers`, `command`, `pod labels`, `node`, `priority`, `name resolution`: containers added; what they run; by what others
 *   choose them; where they run; whom they displace; whom they find under a name
 * - `RBAC`: more rights for somebody; `RBAC root`: by `*`, `bind`, `escalate`, `impersonate`, aggregation or a `system:` group
 * - `webhook`, `API service`: who sees, alters or answers the calls of others; admission policies count as webhooks
 * - `network policy`: traffic that was closed is open; `exposure`: reached from outside; `traffic`: sent to somebody else
 * - `credentials`: tokens, certificates, and who is believed
 * - `pod security`: a looser pod security standard; `namespace labels`: by what policies and webhooks choose namespaces
 * - `quota`: more of what is rationed
 */
export type Escalation =
  | 'privileged'
  | 'host access'
  | 'service account'
  | 'secret mounts'
  | 'storage'
  | 'image'
  | 'image source'
  | 'containers'
  | 'command'
  | 'pod labels'
  | 'node'
  | 'priority'
  | 'name resolution'
  | 'RBAC'
  | 'RBAC root'
  | 'webhook'
  | 'API service'
  | 'network policy'
  | 'exposure'
  | 'traffic'
  | 'credentials'
  | 'pod security'
  | 'namespace labels'
  | 'quota';

/** An escalation, or that nobody can tell whether it is one. */
export type Finding = Escalation | 'unknown';

/**
 * What one state of an object gives. Of two states the later one escalates by what it holds and the earlier one did not; what
 * has no order is fixed, and any difference of it counts.
 */
export class Powers {
  readonly #held = new Map<string, Finding>();
  readonly #everyOf = new Set<string>();
  readonly #fixed = new Map<string, readonly [name: Finding, value: string]>();

  /** Holds one power of a kind. */
  hold(name: Finding, kind: string, which = ''): this {
    this.#held.set(`${name}\n${kind}\n${which}`, name);
    return this;
  }

  /** Holds every power of a kind, so that none of them is new afterwards. */
  holdEvery(name: Finding, kind: string): this {
    this.#everyOf.add(`${name}\n${kind}\n`);
    return this.hold(name, kind, '*');
  }

  /** Notes a value of which any other one may be more powerful; what is empty or not there is no value. */
  fix(name: Finding, place: string, value: Json | undefined): this {
    if (!isEmpty(value)) this.#fixed.set(`${name}\n${place}`, [name, canonicalJson(value ?? null)]);
    return this;
  }

  /** What this state has that `before` had not. */
  since(before: Powers): Set<Finding> {
    const found = new Set<Finding>();
    for (const [key, name] of this.#held) if (!before.#holds(key)) found.add(name);
    for (const [key, [name, value]] of this.#fixed) if (before.#fixed.get(key)?.[1] !== value) found.add(name);
    for (const [key, [name]] of before.#fixed) if (!this.#fixed.has(key)) found.add(name);
    return found;
  }

  #holds(key: string): boolean {
    return this.#held.has(key) || this.#everyOf.has(key.slice(0, key.lastIndexOf('\n') + 1));
  }
}

/** Null, and what has nothing in it: the server takes all of them as not given. */
export function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

const NOTHING: JsonObject = {};

/** An object's member that is an object itself; empty where there is none. */
export function part(object: JsonObject | undefined, name: string): JsonObject {
  const value = object?.[name];
  return isObject(value) ? value : NOTHING;
}

/** The objects of a list. What is no list, and what is in it and no object, is noted as unknown. */
export function objectsIn(value: Json | undefined, place: string, powers: Powers): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!isArray(value)) {
    powers.fix('unknown', place, value);
    return [];
  }
  const objects = value.filter((item) => isObject(item));
  if (objects.length !== value.length) powers.fix('unknown', place, value);
  return objects;
}

/** The texts of a list; `place` as in `objectsIn`. */
export function textsIn(value: Json | undefined, place: string, powers: Powers): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = isArray(value) ? value : [];
  const texts = list.filter((item) => typeof item === 'string');
  if (!isArray(value) || texts.length !== list.length) powers.fix('unknown', place, value);
  return texts;
}

/** Notes every member that is in neither list: a field of a later Kubernetes may give any power. */
export function fixOthers(object: JsonObject, known: ReadonlySet<string>, place: string, powers: Powers): void {
  for (const [name, value] of Object.entries(object))
    if (!known.has(name)) powers.fix('unknown', `${place}.${name}`, value);
}

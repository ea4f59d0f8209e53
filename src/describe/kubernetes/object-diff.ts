import { canonicalJson, isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import type { Change } from '../../measure/facts.ts';
import type { Redactor } from '../redact.ts';

/** What differs between two states of an object. */
interface ObjectDiff {
  /**
   * JSON pointers (RFC 6901) of the leaves that differ, at most 256. Where there are more, the last one is the empty
   * pointer: anything may differ.
   */
  readonly paths: readonly string[];
  /** The first 64 of them with their values, redacted; what is not there is null. */
  readonly changes: readonly Change[];
}

const MOST_CHANGES = 64;
const MOST_PATHS = 256;
/** What the server keeps for itself and changes with every write. */
const VOLATILE: ReadonlySet<string> = new Set([
  '/status',
  '/metadata/managedFields',
  '/metadata/resourceVersion',
  '/metadata/generation',
  '/metadata/uid',
  '/metadata/creationTimestamp',
  '/metadata/selfLink',
]);

/**
 * The leaves that differ between two states of a Kubernetes object, without the fields that change with every write.
 * Items of lists in which every item has a `name` of its own (containers, ports, environment) are compared by name:
 * an item keeps the index it had before, new ones follow after the last. That the order of such a list differs is one more
 * change, of the list itself, with the names as values. `undefined`: there is no such object before or after.
 * @param redactor takes the secrets out of both before they are compared; equal secrets stay equal
 */
export function diffObjects(
  before: Json | undefined,
  after: Json | undefined,
  redactor: Pick<Redactor, 'redactKubernetes'>,
): ObjectDiff {
  const redacted = [before, after].map((state) => (state === undefined ? undefined : redactor.redactKubernetes(state)));
  const found = new Found();
  compare(redacted[0], redacted[1], '', found);
  return found;
}

/** Where a value is another with every try, whoever makes it: that it changes is part of a change, to what is not. */
const TIMES: ReadonlySet<string> = new Set([
  '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt',
  '/metadata/annotations/deployment.kubernetes.io~1revision',
]);

/**
 * The whole change as a digest, whatever its length: equal for two changes that do the same to the same state. Without
 * what changes with every write, and without the times that commands write into it.
 */
export function digestOfChange(
  before: Json | undefined,
  after: Json | undefined,
  redactor: Pick<Redactor, 'redactKubernetes' | 'digest'>,
): string {
  const [from, to] = [before, after].map((state) =>
    state === undefined ? undefined : redactor.redactKubernetes(state),
  );
  const rows: string[] = [];
  compare(from, to, '', {
    full: false,
    add: (path, was, is) => {
      const values = TIMES.has(path) ? [] : [was ?? null, is ?? null];
      rows.push(canonicalJson([path, ...values]));
    },
  });
  return redactor.digest(
    `${before === undefined ? 'made' : after === undefined ? 'gone' : 'changed'}\n${rows.join('\n')}`,
  );
}

/** Takes what differs, until it is full. */
interface Collector {
  readonly full: boolean;
  add(path: string, from: Json | undefined, to: Json | undefined): void;
}

class Found implements ObjectDiff, Collector {
  readonly paths: string[] = [];
  readonly changes: Change[] = [];
  full = false;

  add(path: string, from: Json | undefined, to: Json | undefined): void {
    if (this.changes.length < MOST_CHANGES) this.changes.push({ path, from: from ?? null, to: to ?? null });
    if (this.paths.length < MOST_PATHS) this.paths.push(path);
    else {
      this.paths[MOST_PATHS - 1] = '';
      this.full = true;
    }
  }
}

function compare(from: Json | undefined, to: Json | undefined, path: string, found: Collector): void {
  if (found.full || from === to || VOLATILE.has(path)) return;
  if ((isArray(from) && isArray(to)) || (isObject(from) && isObject(to))) {
    compareNodes(from, to, path, found);
    return;
  }
  const [before, after] = [filled(from), filled(to)];
  if (before === undefined && after === undefined) {
    found.add(path, from, to);
    return;
  }
  // Something else became of it: what was there goes, leaf by leaf, and what is there now comes.
  if (before !== undefined) compareNodes(before, isArray(before) ? [] : {}, path, found);
  else if (from !== undefined) found.add(path, from, null);
  if (after !== undefined) compareNodes(isArray(after) ? [] : {}, after, path, found);
  else if (to !== undefined) found.add(path, null, to);
}

/** An object or list with something in it: one without is a leaf. */
function filled(value: Json | undefined): JsonObject | readonly Json[] | undefined {
  if (isArray(value)) return value.length === 0 ? undefined : value;
  return isObject(value) && Object.keys(value).length > 0 ? value : undefined;
}

function compareNodes(
  before: JsonObject | readonly Json[],
  after: JsonObject | readonly Json[],
  path: string,
  found: Collector,
): void {
  if (isArray(before) || isArray(after)) {
    compareLists(isArray(before) ? before : [], isArray(after) ? after : [], path, found);
    return;
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const key of [...keys].sort())
    compare(member(before, key), member(after, key), `${path}/${escapePart(key)}`, found);
}

/** Own members only: `__proto__` is a name like any other. */
function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function escapePart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function compareLists(before: readonly Json[], after: readonly Json[], path: string, found: Collector): void {
  const [old, now] = [namesOf(before), namesOf(after)];
  if (old === undefined || now === undefined) {
    const longest = Math.max(before.length, after.length);
    for (let at = 0; at < longest && !found.full; at++) compare(before[at], after[at], `${path}/${at}`, found);
    return;
  }
  for (const [name, at] of old) compare(before[at], itemOf(after, now.get(name)), `${path}/${at}`, found);
  let next = before.length;
  for (const [name, at] of now) if (!old.has(name)) compare(undefined, after[at], `${path}/${next++}`, found);
  const [was, is] = [[...old.keys()].filter((name) => now.has(name)), [...now.keys()].filter((name) => old.has(name))];
  if (was.some((name, at) => name !== is[at])) found.add(path, was.slice(0, MOST_CHANGES), is.slice(0, MOST_CHANGES));
}

function itemOf(items: readonly Json[], at: number | undefined): Json | undefined {
  return at === undefined ? undefined : items[at];
}

/** Where each name stands, when every item is an object with a name of its own. */
function namesOf(items: readonly Json[]): ReadonlyMap<string, number> | undefined {
  const names = new Map<string, number>();
  for (const [at, item] of items.entries()) {
    const name = isObject(item) ? item.name : undefined;
    if (typeof name !== 'string' || names.has(name)) return undefined;
    names.set(name, at);
  }
  return names;
}

import { isDeepStrictEqual } from 'node:util';
import { isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import type { Conflict } from '../plan.ts';

/** Undefined: it is not there. */
type Value = Json | undefined;

/** What an object would be without a change, and where others stand in its way. */
export interface TakenBack {
  /** With every conflict resolved in favour of what was before. */
  readonly wanted: JsonObject;
  readonly conflicts: readonly Conflict[];
}

/**
 * Takes a change out of an object as it is now: what the change set goes back to what was before, and everything else stays
 * as it is. A place that is neither as the change left it nor as it was before is a conflict. Items of lists in which each
 * has a `name` of its own are told apart by it; any other list is one place.
 */
export function takeBack(before: JsonObject, after: JsonObject, now: JsonObject): TakenBack {
  const conflicts: Conflict[] = [];
  const wanted = undo(before, after, now, '', conflicts);
  return { wanted: isObject(wanted) ? wanted : now, conflicts };
}

function undo(before: Value, after: Value, now: Value, path: string, conflicts: Conflict[]): Value {
  if (isDeepStrictEqual(before, after) || isDeepStrictEqual(now, before)) return now;
  const states = [before, after, now] as const;
  if (states.some(isObject) && states.every((state) => state === undefined || isObject(state)))
    return undoMembers(objectOf(before), objectOf(after), objectOf(now), path, conflicts, before === undefined);
  const lists = namedLists(before, after, now);
  if (lists !== undefined) return undoItems(lists, path, conflicts);
  if (!isDeepStrictEqual(now, after))
    conflicts.push({ path, set: after ?? null, now: now ?? null, wanted: before ?? null });
  return before;
}

function undoMembers(
  before: JsonObject,
  after: JsonObject,
  now: JsonObject,
  path: string,
  conflicts: Conflict[],
  isNew: boolean,
): Value {
  const wanted: Record<string, Json> = {};
  for (const name of new Set([...Object.keys(now), ...Object.keys(before), ...Object.keys(after)])) {
    const value = undo(own(before, name), own(after, name), own(now, name), `${path}/${escapePart(name)}`, conflicts);
    // `__proto__` is a name like any other.
    if (value !== undefined) Object.defineProperty(wanted, name, { value, enumerable: true, writable: true });
  }
  return isNew && Object.keys(wanted).length === 0 ? undefined : wanted;
}

type Items = ReadonlyMap<string, Json>;
interface NamedLists {
  readonly before: Items;
  readonly after: Items;
  readonly now: Items;
}

function namedLists(before: Value, after: Value, now: Value): NamedLists | undefined {
  const lists = [before ?? [], after ?? [], now ?? []].map(byName);
  const [was, became, is] = lists;
  return was === undefined || became === undefined || is === undefined
    ? undefined
    : { before: was, after: became, now: is };
}

function undoItems({ before, after, now }: NamedLists, path: string, conflicts: Conflict[]): Value {
  const wanted = new Map<string, Json>();
  for (const name of new Set([...now.keys(), ...before.keys()])) {
    const at = `${path}/${escapePart(name)}`;
    const item = undo(before.get(name), after.get(name), now.get(name), at, conflicts);
    if (item !== undefined) wanted.set(name, item);
  }
  const order = orderOf(before, after, now, [...wanted.keys()]);
  return order.map((name) => wanted.get(name) ?? null);
}

/** What the change put into another order, or took out, goes back to its place; what others added stays behind it. */
function orderOf(before: Items, after: Items, now: Items, names: readonly string[]): readonly string[] {
  const common = (items: Items): string[] => [...items.keys()].filter((name) => before.has(name) && after.has(name));
  const asTheChangeLeftIt = isDeepStrictEqual(
    common(now),
    common(after).filter((name) => now.has(name)),
  );
  if (!asTheChangeLeftIt) return names;
  const places = new Map([...before.keys()].map((name, place) => [name, place]));
  return names.toSorted((one, other) => (places.get(one) ?? Infinity) - (places.get(other) ?? Infinity) || 0);
}

function byName(value: Json): Items | undefined {
  if (!isArray(value)) return undefined;
  const items = new Map<string, Json>();
  for (const item of value) {
    const name = isObject(item) ? item.name : undefined;
    if (typeof name !== 'string' || items.has(name)) return undefined;
    items.set(name, item);
  }
  return items;
}

function objectOf(value: Value): JsonObject {
  return isObject(value) ? value : {};
}

function own(object: JsonObject, name: string): Value {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** As a JSON pointer writes it (RFC 6901). */
export function escapePart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

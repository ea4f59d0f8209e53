import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject } from '../../../json.ts';
import { escapePart } from './three-way.ts';

/**
 * The JSON patch (RFC 6902) from one state of an object to another, in which every place that changes is tested first: it does
 * nothing when any of them is not as it was seen. Lists are replaced whole, so that no path rests on an index. That nothing is
 * there is tested by the value null, which the API server's patches take for that.
 */
export function guardedPatch(from: JsonObject, to: JsonObject): readonly JsonObject[] {
  const operations: JsonObject[] = [];
  compare(from, to, '', operations);
  return operations;
}

function compare(from: JsonObject, to: JsonObject, path: string, operations: JsonObject[]): void {
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const at = `${path}/${escapePart(name)}`;
    const was = Object.hasOwn(from, name) ? from[name] : undefined;
    const is = Object.hasOwn(to, name) ? to[name] : undefined;
    if (isDeepStrictEqual(was, is)) continue;
    if (isObject(was) && isObject(is)) compare(was, is, at, operations);
    else operations.push({ op: 'test', path: at, value: was ?? null }, edit(was, is, at));
  }
}

function edit(was: Json | undefined, is: Json | undefined, path: string): JsonObject {
  if (is === undefined) return { op: 'remove', path };
  return { op: was === undefined ? 'add' : 'replace', path, value: is };
}

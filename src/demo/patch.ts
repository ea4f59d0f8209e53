import { isDeepStrictEqual } from 'node:util';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { badRequest, testFailed } from './failure.ts';

/** JSON Merge Patch, RFC 7396. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

/**
 * Kubernetes' strategic merge patch as far as a demonstration needs it: lists of named objects (containers, env) are
 * merged by `name`, other lists replaced; of the directives, `$patch: delete` and `$patch: replace` on objects.
 */
export function strategicPatch(target: Json | undefined, patch: Json): Json {
  if (isArray(patch))
    return isArray(target) && [...patch, ...target].every(isNamed) ? mergeByName(target, patch) : patch;
  if (!isObject(patch)) return patch;
  const { $patch: directive, ...members } = patch;
  const result: Record<string, Json> = isObject(target) && directive !== 'replace' ? { ...target } : {};
  for (const [name, value] of Object.entries(members)) {
    // What orders lists (`$setElementOrder/...`, `$retainKeys`) has no bearing on lists that are merged by name.
    if (name.startsWith('$')) continue;
    if (value === null) delete result[name];
    else result[name] = strategicPatch(result[name], value);
  }
  return result;
}

function isNamed(item: Json): item is JsonObject {
  return isObject(item) && typeof item.name === 'string';
}

function mergeByName(target: readonly Json[], patch: readonly Json[]): readonly Json[] {
  const merged = new Map(target.filter(isNamed).map((item) => [item.name, item]));
  for (const item of patch.filter(isNamed)) {
    if (item.$patch === 'delete') merged.delete(item.name);
    else {
      const next = strategicPatch(merged.get(item.name), item);
      if (isObject(next)) merged.set(item.name, next);
    }
  }
  return [...merged.values()];
}

/**
 * JSON Patch, RFC 6902.
 * @throws Failure BadRequest on an unknown operation or a missing path, Invalid on a failed test.
 */
export function jsonPatch(target: Json, operations: Json): Json {
  if (!isArray(operations)) throw badRequest('a JSON patch is a list of operations');
  return operations.reduce<Json>((document, operation) => {
    if (!isObject(operation)) throw badRequest('an operation of a JSON patch is an object');
    const { op, value = null } = operation;
    const path = pointer(operation.path);
    switch (op) {
      case 'add':
        return edit(document, path, { insert: value });
      case 'replace':
        return edit(edit(document, path, 'remove'), path, { insert: value });
      case 'remove':
        return edit(document, path, 'remove');
      case 'move':
        return edit(edit(document, pointer(operation.from), 'remove'), path, {
          insert: read(document, pointer(operation.from)),
        });
      case 'copy':
        return edit(document, path, { insert: read(document, pointer(operation.from)) });
      case 'test':
        if (sameJson(find(document, path), value)) return document;
        throw testFailed(String(operation.path));
      default:
        throw badRequest(`unknown operation ${String(op)} in a JSON patch`);
    }
  }, target);
}

function pointer(text: Json | undefined): readonly string[] {
  if (text === '') return [];
  if (typeof text !== 'string' || !text.startsWith('/')) throw badRequest('a path in a JSON patch starts with /');
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** As the API server has it: null is also what is not there. */
function sameJson(found: Json | undefined, value: Json): boolean {
  return isDeepStrictEqual(found ?? null, value);
}

function read(document: Json, path: readonly string[]): Json {
  const found = find(document, path);
  if (found === undefined) throw badRequest(`there is nothing at /${path.join('/')}`);
  return found;
}

function find(document: Json, path: readonly string[]): Json | undefined {
  let found: Json | undefined = document;
  for (const part of path) {
    if (isArray(found)) found = found[Number(part)];
    else found = isObject(found) && Object.hasOwn(found, part) ? found[part] : undefined;
  }
  return found;
}

function edit(document: Json, path: readonly string[], change: 'remove' | { readonly insert: Json }): Json {
  const [part, ...rest] = path;
  if (part === undefined) return change === 'remove' ? null : change.insert;
  if (isArray(document)) {
    const index = part === '-' ? document.length : Number(part);
    if (!Number.isInteger(index) || index < 0 || index > document.length) throw badRequest(`no list position ${part}`);
    if (rest.length > 0) return document.with(index, edit(read(document, [part]), rest, change));
    return change === 'remove' ? document.toSpliced(index, 1) : document.toSpliced(index, 0, change.insert);
  }
  if (!isObject(document)) throw badRequest(`there is nothing that could hold ${part}`);
  if (rest.length > 0) return { ...document, [part]: edit(read(document, [part]), rest, change) };
  if (change !== 'remove') return { ...document, [part]: change.insert };
  read(document, [part]);
  const { [part]: _, ...others } = document;
  return others;
}

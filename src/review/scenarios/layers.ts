import type { YamlPath } from '../../config/yaml-file.ts';
import { valueAt } from '../../config/yaml-problems.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';

/** A part of a case, and where in the file it is written: defaults, the case itself, a cell of its matrix. */
export interface Layer {
  readonly value: JsonObject;
  /** Where the value is written. */
  readonly at: YamlPath;
  /** Steps into `value` that are not written there: the path that an axis sets. */
  readonly inside?: YamlPath;
}

/** What the layers come to: a later one adds to the mappings of the earlier ones, and replaces everything else. */
export function mergeLayers(layers: readonly Layer[]): JsonObject {
  return layers.reduce<JsonObject>((merged, { value }) => mergeObjects(merged, value), {});
}

/** As `mergeLayers`, for two values. */
export function mergeObjects(under: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const there = merged.get(key);
    merged.set(key, isObject(there) && isObject(value) ? mergeObjects(there, value) : value);
  }
  return Object.fromEntries(merged);
}

/** Where in the file a value of the merged case is written: in the last layer that has it; undefined when none does. */
export function whereWritten(layers: readonly Layer[], path: YamlPath): YamlPath | undefined {
  for (const { value, at, inside = [] } of layers.toReversed()) {
    if (valueAt(value, path) !== undefined) return [...at, ...path.slice(inside.length)];
  }
  return undefined;
}

/** A value as it would be written at a path of an otherwise empty case. */
export function nest(path: YamlPath, value: Json): JsonObject {
  const nested = path.reduceRight<Json>((inner, step) => ({ [step]: inner }), value);
  return isObject(nested) ? nested : {};
}

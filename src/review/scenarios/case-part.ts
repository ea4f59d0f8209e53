import { z } from 'zod';
import { mapping } from '../../config/values.ts';
import type { YamlPath } from '../../config/yaml-file.ts';
import { type Problem, problemsOf } from '../../config/yaml-problems.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { Layer } from './layers.ts';
import type { Cell } from './matrix.ts';

/** One thing to be judged, before its fields were read. */
export interface Variant {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly cell: Cell['values'];
  readonly expect: Json;
  readonly expectAt: YamlPath;
  readonly at: YamlPath;
  readonly runbook: string | undefined;
}

/** What a case brings to those who lay it out. */
export interface CasePart {
  readonly given: JsonObject;
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly at: YamlPath;
  readonly problems: Problem[];
}

/** A mapping with these keys and no others; what else there is becomes a problem. */
export function mappingAt(value: Json, at: YamlPath, keys: readonly string[], problems: Problem[]): JsonObject {
  if (!isObject(value)) {
    problems.push({ path: at, at: 'value', message: `expected a mapping with ${keys.join(', ')}` });
    return {};
  }
  const shape = mapping(Object.fromEntries(keys.map((key) => [key, z.unknown().optional()])));
  const parsed = shape.safeParse(value);
  if (!parsed.success)
    for (const problem of problemsOf(parsed.error.issues, value))
      problems.push({ ...problem, path: [...at, ...problem.path] });
  return value;
}

/** The members of these names. */
export function only(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
}

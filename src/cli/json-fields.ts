import { isArray, isObject, type Json } from '../json.ts';

/** The value at a path of member names, or undefined where something on the way is missing. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let found: Json | undefined = value;
  for (const name of path) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

/** The value at a path as one line of text: empty when there is none, lists joined by ", ". */
export function textAt(value: Json | undefined, ...path: readonly string[]): string {
  return toText(at(value, ...path));
}

/** The list at a path; empty when there is none. */
export function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return isArray(found) ? found : [];
}

/** A value as one line of text. */
export function toText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (isArray(value)) return value.map(toText).join(', ');
  if (!isObject(value)) return String(value);
  return Object.entries(value)
    .map(([name, member]) => `${name}=${toText(member)}`)
    .join(' ');
}

import { isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';

/** The object at a path of member names, or undefined. */
export function member(object: JsonObject | undefined, ...path: readonly string[]): JsonObject | undefined {
  const value = path.reduce<Json | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), object);
  return isObject(value) ? value : undefined;
}

/** The objects of a list; what is none of them is left out. */
export function objects(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : [];
}

export function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function specOf(object: JsonObject | undefined): JsonObject {
  return member(object, 'spec') ?? {};
}

export function replicasOf(object: JsonObject | undefined): number | undefined {
  return number(specOf(object).replicas);
}

export function uidOf(object: JsonObject | undefined): string {
  return text(metadataOf(object).uid);
}

/** Empty for objects outside of namespaces. */
export function namespaceOf(object: JsonObject): string {
  return text(metadataOf(object).namespace);
}

export function isLeaving(object: JsonObject): boolean {
  return metadataOf(object).deletionTimestamp !== undefined;
}

/** A controller as an owner reference names it. */
export interface Controller {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion: string;
  readonly uid: string;
}

/** The owner reference that is the controller, or undefined. */
export function controllerOf(object: JsonObject | undefined): Controller | undefined {
  for (const reference of objects(metadataOf(object).ownerReferences)) {
    const { kind, name, apiVersion, uid, controller } = reference;
    if (controller !== true) continue;
    if (
      typeof kind === 'string' &&
      typeof name === 'string' &&
      typeof apiVersion === 'string' &&
      typeof uid === 'string'
    )
      return { kind, name, apiVersion, uid };
  }
  return undefined;
}

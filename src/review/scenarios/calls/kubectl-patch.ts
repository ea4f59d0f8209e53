import type { Json } from '../../../json.ts';
import { type Command, dryRun, pathOf } from './kubectl-target.ts';
import type { KubernetesKind } from './kubernetes-kinds.ts';
import type { RawRequest } from './raw-http.ts';

// The media types of patches.
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const PATCH_TYPES: Readonly<Record<string, string>> = { strategic: STRATEGIC, merge: MERGE, json: JSON_PATCH };

/** A patch by a command of kubectl, which signs it as the manager of the fields. */
export function patch(
  command: Command,
  kind: KubernetesKind,
  name: string,
  type: string,
  body: Json,
  fieldManager: string,
  subresource = '',
): RawRequest {
  return patched(pathOf(command, kind, name, subresource, { dryRun: dryRun(command), fieldManager }), type, body);
}

export function patched(target: string, type: string, body: Json): RawRequest {
  return { method: 'PATCH', target, headers: { 'content-type': type }, body };
}

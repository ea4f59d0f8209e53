import type { DeleteOptions } from '../../../describe/kubernetes/request.ts';
import type { JsonObject } from '../../../json.ts';
import type { Blast, WayBack } from '../../facts.ts';
import type { Lookup } from './lookup.ts';

/** What is known of a change of one existing or new object when its reach is looked up. */
export interface ChangeOf {
  /** `configmaps`, `deployments.apps`, `deployments.apps/scale`, ... */
  readonly resource: string;
  readonly verb: ReachVerb;
  /** Empty for objects outside of namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  /** JSON pointers that differ. */
  readonly paths: readonly string[];
  /** What the server deletes by; undefined for other verbs. */
  readonly deleteOptions: DeleteOptions | undefined;
}

export type ReachVerb = 'create' | 'update' | 'patch' | 'delete';

/** What a row of the table has found out about one change. */
export interface Found {
  readonly blast: Blast;
  readonly wayBack: WayBack;
  /** What the way back does not bring back, in a word or two each. */
  readonly lost?: readonly string[];
}

/**
 * Finds out how far one kind of change reaches. `undefined`: of this change it is not known.
 * @throws SallyportError `measure/failed` when something had to be looked up and could not be
 */
export type Row = (change: ChangeOf, look: Lookup) => Promise<Found | undefined> | Found | undefined;

/** A family of the table: by resource, then by verb. */
export type Rows = Readonly<Record<string, Readonly<Partial<Record<ReachVerb, Row>>>>>;

/** A known reach: one object of one namespace, and nothing that may grow, unless told otherwise. */
export function reaching(pods: number, replicas: number, share: number, more: Partial<Blast> = {}): Blast {
  return { known: true, objects: 1, replicas, pods, share, namespaces: 1, scope: 'object', open: false, ...more };
}

/** The same of pods that are felt all at once by whoever they serve. */
export function reachingAll(pods: number, more: Partial<Blast> = {}): Blast {
  return reaching(pods, pods, shareOf(pods, pods), more);
}

/** How large a part so many are; what comes where nothing was is all of it. */
export function shareOf(moved: number, all: number): number {
  if (moved === 0) return 0;
  return all === 0 ? 1 : Math.min(1, moved / all);
}

/** For objects outside of namespaces. */
export const CLUSTER = { scope: 'cluster', namespaces: 0 } as const;

/** What was before is put again, from the old object; what was created is deleted. */
export const INVERSE: WayBack = { how: 'inverse', exact: true, captured: true };
/** The same, but what happened meanwhile stays. */
export const ROUGH_INVERSE: WayBack = { how: 'inverse', exact: false, captured: true };
/** The cluster itself keeps the state before, as a revision that it can be told to go back to. */
export const REVISION: WayBack = { how: 'revision', exact: true, captured: true };
/** It can be made again from the old object, but not all of it. */
export const RECREATE: WayBack = { how: 'recreate', exact: false, captured: true };
export const NOT_NEEDED: WayBack = { how: 'not_needed', exact: true, captured: true };
export const NONE: WayBack = { how: 'none', exact: false, captured: false };

/** Nothing but the object itself is touched. */
export const UNMOVED: Found = { blast: reaching(0, 0, 0), wayBack: INVERSE };

/** The same row for every verb. */
export function always(row: Row): Rows[string] {
  return { create: row, update: row, patch: row, delete: row };
}

/** A row for kinds whose objects move nothing but themselves. */
export function alone(more: Partial<Blast> = {}): Row {
  return () => ({ blast: reaching(0, 0, 0, more), wayBack: INVERSE });
}

/** Keys by which Kubernetes' own controllers are told what to do: roll back, bind a volume, spare a pod. */
const ORDERS = /(^|[./])(kubernetes|k8s)\.io~1|^deprecated\./;
/** Keys of that kind which only people and their tools read. */
const NOTES = /^(kubectl\.kubernetes\.io~1|app\.kubernetes\.io~1|kubernetes\.io~1change-cause$)/;

/** Whether a JSON pointer leads to a label or an annotation of the object itself that is no order to a controller. */
export function isLabelOrAnnotation(path: string): boolean {
  const found = /^\/metadata\/(?:labels|annotations)(?:\/(.*))?$/.exec(path);
  if (found === null) return false;
  const key = found[1] ?? '';
  return !ORDERS.test(key) || NOTES.test(key);
}

/** The same, for kinds whose labels others choose them by. */
export function isAnnotation(path: string): boolean {
  return isLabelOrAnnotation(path) && path.startsWith('/metadata/annotations');
}

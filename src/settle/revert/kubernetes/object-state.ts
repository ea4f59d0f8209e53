import { isObject, type Json, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../../../measure/kubernetes/labels.ts';

/** What the server keeps for itself in every object. */
const SERVERS_OWN: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);
/** Counted by the server, whatever it is sent. */
const COUNTERS: ReadonlySet<string> = new Set(['deprecated.daemonset.template.generation']);

/** What people and their tools have set of an object: without its status and what the server keeps for itself. */
export function intentOf(object: JsonObject): JsonObject {
  const { status: _, metadata, ...rest } = object;
  if (!isObject(metadata)) return rest;
  const kept = without(metadata, (name) => SERVERS_OWN.has(name));
  const { annotations } = kept;
  if (!isObject(annotations)) return { ...rest, metadata: kept };
  return { ...rest, metadata: { ...kept, annotations: without(annotations, (name) => COUNTERS.has(name)) } };
}

/** Labels that the controller of jobs gives each of them anew. */
const JOB_LABELS = /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/;

/** The object as it can be made again. */
export function recreatable(object: JsonObject): JsonObject {
  const again = intentOf(object);
  const { kind, spec } = again;
  if (!isObject(spec)) return again;
  // Which node it ran on was the scheduler's to say, and is again.
  if (kind === 'Pod') return { ...again, spec: without(spec, (name) => name === 'nodeName') };
  if (kind !== 'Job' || spec.manualSelector === true) return again;
  const metadata = unlabelled(metadataOf(again));
  const template = isObject(spec.template) ? spec.template : {};
  const { selector: _, ...own } = spec;
  return {
    ...again,
    metadata,
    spec: { ...own, template: { ...template, metadata: unlabelled(metadataOf(template)) } },
  };
}

function unlabelled(metadata: JsonObject): JsonObject {
  const { labels } = metadata;
  return isObject(labels) ? { ...metadata, labels: without(labels, (name) => JOB_LABELS.test(name)) } : metadata;
}

function without(object: JsonObject, isLeftOut: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !isLeftOut(name)));
}

/** The replicas that a workload or a Scale asks for; a Scale leaves a zero out. */
export function replicasIn(object: JsonObject | null): Json | undefined {
  const spec = isObject(object?.spec) ? object.spec : {};
  return spec.replicas ?? (object?.kind === 'Scale' ? 0 : undefined);
}

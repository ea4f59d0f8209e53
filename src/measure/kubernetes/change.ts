import { isConnect } from '../../describe/kubernetes/classify.ts';
import { diffObjects, digestOfChange } from '../../describe/kubernetes/object-diff.ts';
import type { KubernetesRequest } from '../../describe/kubernetes/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { UNKNOWN_LABELS } from '../../labels.ts';
import { connectedObject } from './connect.ts';
import { compareDry, runDry } from './dry-run.ts';
import { escalationsOf } from './escalation/escalations.ts';
import { inheritedLabels, metadataOf, touchesFactLabels } from './labels.ts';
import { capture, readObject } from './live-object.ts';
import type { ChangeMeasuring } from './measuring.ts';
import type { ChangeOf } from './reach/found.ts';
import { Lookup } from './reach/lookup.ts';
import { type Reach, UNKNOWN_REACH } from './reach/result.ts';
import { reachOf, reachOfCollection } from './reach.ts';

/** Fills in what a change would do: to what, how far, and how it could be undone. */
export async function measureChange(m: ChangeMeasuring): Promise<void> {
  const { info } = m.described.request;
  if (isConnect(info)) {
    // By any method: what is done through it nobody can tell beforehand, so its reach stays unknown.
    if (!info.verbInPath) await readObject(m, connectedObject(info, m.call.path).segments);
    return;
  }
  switch (info.verb) {
    case 'create':
      return measureCreate(m);
    case 'update':
    case 'patch':
      return measureEdit(m);
    case 'delete':
      return measureDelete(m);
    case 'deletecollection':
      return measureCollection(m);
    default:
      // What is no change has no table entry: its reach stays unknown.
      return;
  }
}

/** What would be made is what the server says it would make; where it cannot say, what the body asks for. */
async function measureCreate(m: ChangeMeasuring): Promise<void> {
  const { info, body } = m.described.request;
  const { sheet } = m;
  if (info.subresource !== '') return measureConnected(m);
  sheet.exists = false;
  const asked = isObject(body) ? body : undefined;
  const inherited = inheritedLabels(sheet.route, sheet.namespace);
  if (asked !== undefined) sheet.touchesAuthority = touchesFactLabels(undefined, asked, inherited, m.keys);
  const dry = m.described.action.dryRun === true ? undefined : await runDry(m);
  const after = dry ?? asked;
  sheet.changeFrom = 'body';
  if (after === undefined) return;
  if (dry !== undefined) {
    sheet.changeFrom = 'dry-run';
    sheet.touchesAuthority = sheet.touchesAuthority === true || touchesFactLabels(undefined, dry, inherited, m.keys);
    tellDryRun(m);
  }
  const { paths, changes } = diffObjects(undefined, after, m.redactor);
  sheet.changeDigest = digestOfChange(undefined, after, m.redactor);
  sheet.changePaths = paths;
  sheet.changes = changes;
  sheet.reach = await reachOf(changeOf(m, 'create', undefined, after, paths), lookup(m));
  if (dry !== undefined) capture(m, { did: 'created', before: null, after: dry });
}

/** A POST to a subresource of an object that is there: an eviction, a binding, a token request. */
async function measureConnected(m: ChangeMeasuring): Promise<void> {
  const { info, body } = m.described.request;
  const { sheet } = m;
  const after = isObject(body) ? body : {};
  sheet.changeFrom = 'body';
  sheet.reach = unreached(m, undefined, after);
  // A binding hands its labels to the pod, whatever the pod had.
  if (touchesFactLabels(undefined, after, UNKNOWN_LABELS, m.keys)) sheet.touchesAuthority = true;
  const evicted = info.subresource === 'eviction';
  if (info.resource !== 'pods' || info.apiGroup !== '' || (!evicted && info.subresource !== 'binding')) return;
  const live = await readObject(m);
  if (live === undefined) return;
  if (evicted) sheet.touchesAuthority = false;
  const paths = evicted ? [''] : ['/spec/nodeName'];
  sheet.changePaths = paths;
  sheet.reach = await reachOf(changeOf(m, 'create', live, after, paths), lookup(m));
  if (evicted) capture(m, { did: 'deleted', before: live, after: null });
}

/** The question for the table, about the object that the call names. */
function changeOf(
  { described }: ChangeMeasuring,
  verb: ChangeOf['verb'],
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  paths: readonly string[],
): ChangeOf {
  const { info, deleteOptions } = described.request;
  const named = metadataOf(before ?? after).name;
  return {
    resource: resourceOf(described.request),
    verb,
    namespace: info.resource === 'namespaces' ? '' : info.namespace,
    name: typeof named === 'string' ? named : info.name,
    before,
    after,
    paths,
    deleteOptions,
  };
}

/** One for each measurement. */
function lookup({ probe, sheet }: ChangeMeasuring): Lookup {
  return new Lookup(probe, sheet);
}

function tellDryRun({ call, described, sheet, probe }: ChangeMeasuring): void {
  const what = `${call.method} ${described.request.info.resource}`;
  sheet.source('action.change', `${what} (dry run; admission webhooks may have seen it)`, probe.time());
}

/** Subresources by which an object is changed, and which the server can run dry. */
const EDITED: ReadonlySet<string> = new Set(['', 'scale', 'status', 'finalize', 'resize', 'ephemeralcontainers']);

async function measureEdit(m: ChangeMeasuring): Promise<void> {
  const { sheet, described } = m;
  const { request } = described;
  const { subresource, verb } = request.info;
  const first = await readObject(m);
  // Where there is none, an apply or a PUT may make one; where it could not be read, there is nothing to compare with.
  if (first === undefined && sheet.exists !== false) return;
  if (!EDITED.has(subresource)) {
    // There is nothing to compare with, but some give power whatever is written to them.
    sheet.reach = unreached(m, undefined, {});
    return;
  }
  if (described.action.dryRun === true) {
    // The server will persist nothing, so there is nothing to find out by a dry run of the dry run.
    sheet.touchesAuthority = false;
    return;
  }
  const compared = await compareDry(m, first);
  if (compared === undefined) return;
  const { live, after } = compared;
  const onScale = subresource === 'scale';
  const inherited = inheritedLabels(sheet.route, sheet.namespace);
  sheet.touchesAuthority = !onScale && touchesFactLabels(live, after, inherited, m.keys);
  // What other subresources change has no table entry.
  if (subresource !== '' && !onScale) {
    sheet.reach = unreached(m, live, after);
    return;
  }
  const [from, to] = onScale && live !== undefined ? [scaleOf(live), scaleOf(after)] : [live, after];
  const { paths, changes } = diffObjects(from, to, m.redactor);
  sheet.changeDigest = digestOfChange(from, to, m.redactor);
  sheet.changePaths = paths;
  sheet.changes = changes;
  sheet.changeFrom = 'dry-run';
  tellDryRun(m);
  const kind = live === undefined ? 'create' : verb === 'update' ? 'update' : 'patch';
  sheet.reach = await reachOf(changeOf(m, kind, live, to, paths), lookup(m));
  capture(m, { did: live === undefined ? 'created' : 'changed', before: live ?? null, after });
}

async function measureDelete(m: ChangeMeasuring): Promise<void> {
  const { sheet, described } = m;
  const { request } = described;
  const live = await readObject(m);
  if (live === undefined) return;
  // What goes away takes its labels with it, but nothing that stays is judged differently afterwards.
  sheet.touchesAuthority = false;
  if (request.info.subresource !== '') return;
  sheet.changePaths = [''];
  sheet.changeDigest = digestOfChange(live, undefined, m.redactor);
  sheet.reach = await reachOf(changeOf(m, 'delete', live, undefined, ['']), lookup(m));
  capture(m, { did: 'deleted', before: live, after: null });
}

async function measureCollection(m: ChangeMeasuring): Promise<void> {
  const { request } = m.described;
  const { apiGroup: group, apiVersion: version, resource, namespace } = request.info;
  m.sheet.touchesAuthority = false;
  const { labelSelector, fieldSelector, deleteOptions } = request;
  m.sheet.reach = await reachOfCollection(
    {
      resource: resourceOf(request),
      served: { group, version, resource },
      selection: { namespace, labelSelector, fieldSelector },
      deleteOptions,
    },
    lookup(m),
  );
}

/** A reach without a table entry; what it escalates can be told all the same. */
function unreached(
  { described }: ChangeMeasuring,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): Reach {
  const { request } = described;
  const change = { resource: resourceOf(request), verb: request.info.verb, before, after };
  return { ...UNKNOWN_REACH, escalates: escalationsOf(change) };
}

function scaleOf({ kind, spec }: JsonObject): JsonObject {
  // autoscaling/v1 leaves a zero out.
  const replicas = (isObject(spec) ? spec.replicas : undefined) ?? (kind === 'Scale' ? 0 : undefined);
  return { spec: replicas === undefined ? {} : { replicas } };
}

function resourceOf({ info }: KubernetesRequest): string {
  const resource = info.apiGroup === '' ? info.resource : `${info.resource}.${info.apiGroup}`;
  return info.subresource === '' ? resource : `${resource}/${info.subresource}`;
}

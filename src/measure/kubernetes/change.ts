import { isConnect } from '../../describe/kubernetes/classify.ts';
import { diffObjects } from '../../describe/kubernetes/object-diff.ts';
import type { KubernetesRequest } from '../../describe/kubernetes/request.ts';
import type { Redactor } from '../../describe/redact.ts';
import { canonicalJson, isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { UNKNOWN_LABELS } from '../../labels.ts';
import { encodePath, type WirePath } from '../../listen/wire.ts';
import { UNKNOWN_BLAST } from '../facts.ts';
import type { ApiAnswer } from './api-client.ts';
import { connectedObject } from './connect.ts';
import { escalationsOf } from './escalation/escalations.ts';
import type { FactSheet } from './fact-sheet.ts';
import { inheritedLabels, type LabelKeys, labelsOf, metadataOf, touchesFactLabels } from './labels.ts';
import type { Measuring } from './measurer.ts';
import type { Probe } from './probe.ts';
import { controllerOf, type Reach, reachOf, UNKNOWN_REACH } from './reach.ts';

export interface ChangeMeasuring extends Measuring {
  readonly keys: LabelKeys;
  readonly redactor: Redactor;
  readonly probe: Probe;
  readonly sheet: FactSheet;
}

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

function measureCreate(m: ChangeMeasuring): void {
  const { info, body } = m.described.request;
  const after = isObject(body) ? body : undefined;
  const { sheet } = m;
  sheet.exists = info.subresource === '' ? false : 'unknown';
  sheet.changeFrom = 'body';
  if (after === undefined) return;
  if (info.subresource !== '') {
    // A binding hands its labels to the pod, whatever the pod had.
    if (touchesFactLabels(undefined, after, UNKNOWN_LABELS, m.keys)) sheet.touchesAuthority = true;
    sheet.reach = unreached(m, undefined, after);
    return;
  }
  const inherited = inheritedLabels(sheet.route, sheet.namespace);
  sheet.touchesAuthority = touchesFactLabels(undefined, after, inherited, m.keys);
  const { paths, changes } = diffObjects(undefined, after, m.redactor);
  sheet.changePaths = paths;
  sheet.changes = changes;
  sheet.reach = reachOf({
    resource: resourceOf(m.described.request),
    verb: 'create',
    before: undefined,
    after,
    paths,
    owner: undefined,
  });
}

/** Subresources by which an object is changed, and which the server can run dry. */
const EDITED: ReadonlySet<string> = new Set(['', 'scale', 'status', 'finalize', 'resize', 'ephemeralcontainers']);

async function measureEdit(m: ChangeMeasuring): Promise<void> {
  const { sheet, probe, described } = m;
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
  sheet.changePaths = paths;
  sheet.changes = changes;
  sheet.changeFrom = 'dry-run';
  sheet.source(
    'action.change',
    `${m.call.method} ${request.info.resource} (dry run; admission webhooks may have seen it)`,
    probe.time(),
  );
  sheet.reach = reachOf({
    resource: resourceOf(request),
    verb: live === undefined ? 'create' : verb === 'update' ? 'update' : 'patch',
    before: live,
    after: to,
    paths,
    owner: undefined,
  });
  if (live !== undefined) capture(sheet, live);
}

/** The object before and after a call, both from one version of it. */
interface Compared {
  readonly live: JsonObject | undefined;
  readonly after: JsonObject;
}

/** How often the object or its dry run is asked for again because something else changed it in between. */
const MOST_LOOKS_AGAIN = 6;

/**
 * A dry run starts from the object as it is by then. What somebody else changed between the look and the dry run is not
 * this call's doing, so one of the two is asked for again, in turns, until they fit together.
 */
async function compareDry(m: ChangeMeasuring, first: JsonObject | undefined): Promise<Compared | undefined> {
  let live = first;
  let after = await runDry(m);
  for (let again = 0; after !== undefined; again += 1) {
    if (first === undefined) return { live, after };
    if (live === undefined) break;
    if (versionOf(live) === versionOf(after)) return { live, after };
    if (again === MOST_LOOKS_AGAIN) break;
    if (again % 2 === 0) live = await readObject(m);
    else after = await runDry(m);
  }
  if (after !== undefined) m.sheet.gap('the object was changed by somebody else while this call was measured');
  return undefined;
}

/** A dry run gives back the version that it started from: nothing was written. */
function versionOf(object: JsonObject): Json | undefined {
  return metadataOf(object).resourceVersion;
}

/** What the server would make of it; undefined where it would not, or did not say. */
async function runDry({ call, described, probe, sheet }: ChangeMeasuring): Promise<JsonObject | undefined> {
  if (!described.runsDry && !(await isServedByItself(described.request, probe))) {
    sheet.gap('nobody knows whether the server would run this dry, so it was not tried');
    return undefined;
  }
  const answer = await probe.asAgent(call.method, encodePath(asDryRun(call.path)), {
    body: call.body,
    contentType: call.headers.get('content-type') ?? 'application/json',
  });
  if (answer?.status === 200 || answer?.status === 201) return answer.object;
  sheet.gap(answer === undefined ? 'the dry run had no answer' : `the dry run was refused: ${refusal(answer)}`);
  return undefined;
}

/**
 * Whether the API server itself serves a custom resource, and runs it dry as it does its own: an aggregated server behind it might
 * make the change instead.
 */
async function isServedByItself({ info }: KubernetesRequest, probe: Probe): Promise<boolean> {
  if (info.apiGroup === '' || info.apiVersion === '') return false;
  const name = encodeURIComponent(`${info.apiVersion}.${info.apiGroup}`);
  const answer = await probe.asAgent('GET', `/apis/apiregistration.k8s.io/v1/apiservices/${name}`);
  const spec = answer?.status === 200 ? answer.object?.spec : undefined;
  return isObject(spec) && (spec.service ?? null) === null;
}

async function measureDelete(m: ChangeMeasuring): Promise<void> {
  const { sheet, described } = m;
  const { request } = described;
  const live = await readObject(m);
  if (live === undefined) return;
  // What goes away takes its labels with it, but nothing that stays is judged differently afterwards.
  sheet.touchesAuthority = false;
  if (request.info.subresource !== '') return;
  const owner = request.info.resource === 'pods' ? await readOwner(m, live) : undefined;
  sheet.changePaths = [''];
  sheet.reach = reachOf({
    resource: resourceOf(request),
    verb: 'delete',
    before: live,
    after: undefined,
    paths: [''],
    owner,
  });
  capture(sheet, live);
}

/** A collection is counted, page by page; what is in it may still grow before the act. */
async function measureCollection(m: ChangeMeasuring): Promise<void> {
  const { sheet, probe } = m;
  sheet.touchesAuthority = false;
  const namespaces = new Set<Json | undefined>();
  let counted = 0;
  let left: Json | undefined;
  let more: Json | undefined;
  for (let page = 0; page === 0 || (more !== '' && left === undefined); page += 1) {
    if (page === MOST_PAGES) return sheet.gap(`the collection has more than ${counted} objects`);
    const list = await readPage(m, more);
    if (list === undefined) return;
    const found = isArray(list.items) ? list.items : [];
    for (const item of found) namespaces.add(isObject(item) ? metadataOf(item).namespace : undefined);
    counted += found.length;
    more = metadataOf(list).continue ?? '';
    // The server leaves the count of the rest out when a selector is given.
    left = metadataOf(list).remainingItemCount;
  }
  sheet.source('blast.objects', `LIST ${m.described.request.info.resource}`, probe.time());
  const objects = counted + (typeof left === 'number' ? left : 0);
  sheet.reach = {
    ...unreached(m, undefined, undefined),
    blast: { ...UNKNOWN_BLAST, objects, namespaces: namespaces.size, scope: 'collection', open: true },
  };
}

const MOST_PAGES = 20;

async function readPage(
  { call, probe, sheet }: ChangeMeasuring,
  more: Json | undefined,
): Promise<JsonObject | undefined> {
  const selectors = call.path.query.filter(([name]) => name === 'labelSelector' || name === 'fieldSelector');
  const from = typeof more === 'string' ? [['continue', more] as const] : [];
  const path = encodePath({ segments: call.path.segments, query: [...selectors, ['limit', '500'], ...from] });
  const answer = await probe.asAgent('GET', path, {
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  });
  if (answer?.status === 200 && answer.object !== undefined && 'items' in answer.object) return answer.object;
  sheet.gap(`the collection could not be counted${answer === undefined ? '' : `: ${refusal(answer)}`}`);
  return undefined;
}

async function readObject(m: ChangeMeasuring, segments = objectPath(m)): Promise<JsonObject | undefined> {
  const { sheet, probe, described } = m;
  const { info } = described.request;
  const answer = await probe.asAgent('GET', encodePath({ segments, query: [] }));
  if (answer?.status === 404) {
    sheet.exists = false;
    sheet.gap(`there is no ${info.resource} "${info.name}"`);
    return undefined;
  }
  if (answer?.status !== 200 || answer.object === undefined) {
    sheet.object = UNKNOWN_LABELS;
    if (answer !== undefined) sheet.gap(`the object could not be read: ${refusal(answer)}`);
    return undefined;
  }
  const { object } = answer;
  const metadata = metadataOf(object);
  sheet.exists = true;
  sheet.uid = typeof metadata.uid === 'string' ? metadata.uid : 'unknown';
  sheet.managedBy = managerOf(metadata);
  sheet.object = labelsOf(object, m.keys);
  sheet.source('target.labels.object', `GET ${info.resource}`, probe.time());
  return object;
}

function objectPath({ call, described }: ChangeMeasuring): readonly string[] {
  const { info } = described.request;
  const { segments } = call.path;
  return info.subresource === '' ? segments : segments.slice(0, segments.length - (info.parts.length - 2));
}

async function readOwner(m: ChangeMeasuring, pod: JsonObject): Promise<JsonObject | undefined> {
  const controller = controllerOf(pod);
  const namespace = metadataOf(pod).namespace;
  if (controller === undefined || typeof namespace !== 'string') return undefined;
  const prefix = controller.apiVersion.includes('/')
    ? `/apis/${controller.apiVersion}`
    : `/api/${controller.apiVersion}`;
  const path = `${prefix}/namespaces/${encodeURIComponent(namespace)}/${controller.kind.toLowerCase()}s/${encodeURIComponent(controller.name)}`;
  const answer = await m.probe.asAgent('GET', path);
  if (answer?.status !== 200)
    m.sheet.gap(`the pod's controller, ${controller.kind} "${controller.name}", could not be read`);
  return answer?.status === 200 ? answer.object : undefined;
}

/** The old object is kept for the way back; without its server-made bookkeeping it can be put again. */
function capture(sheet: FactSheet, live: JsonObject): void {
  const { how } = sheet.reach.wayBack;
  if (how === 'inverse' || how === 'recreate' || how === 'revision') sheet.captured = canonicalJson(live);
}

/** The same call, but as a dry run that no older parameter can contradict. */
export function asDryRun(path: WirePath): WirePath {
  return { segments: path.segments, query: [...path.query.filter(([name]) => name !== 'dryRun'), ['dryRun', 'All']] };
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

function managerOf(metadata: JsonObject): string {
  const labels = metadata.labels;
  const manager = isObject(labels) ? labels['app.kubernetes.io/managed-by'] : undefined;
  return typeof manager === 'string' ? manager.slice(0, 63) : 'none';
}

/** What the server said, without its message: that repeats values, and with them secrets. */
function refusal({ status, object }: ApiAnswer): string {
  const reason = object?.reason;
  return `${status}${typeof reason === 'string' && /^[A-Za-z]{1,64}$/.test(reason) ? ` ${reason}` : ''}${fieldsOf(object)}`;
}

/** The fields that the server found wrong, as far as they are plain paths. */
function fieldsOf(status: JsonObject | undefined): string {
  const details = status?.details;
  const causes = isObject(details) && isArray(details.causes) ? details.causes : [];
  const fields = causes.map((cause) => (isObject(cause) ? cause.field : undefined));
  const plain = fields.filter((field) => typeof field === 'string' && /^[A-Za-z.]+(\[\d+\][A-Za-z.]*)*$/.test(field));
  return plain.length === 0 ? '' : ` (${plain.slice(0, 4).join(', ')})`;
}

import type { KubernetesRequest } from '../../describe/kubernetes/request.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { encodePath, type WirePath } from '../../listen/wire.ts';
import { metadataOf } from './labels.ts';
import { readObject } from './live-object.ts';
import type { ChangeMeasuring } from './measuring.ts';
import type { Probe } from './probe.ts';
import { refusalOf } from './refusal.ts';

/** The object before and after a call, both from one version of it. */
export interface Compared {
  readonly live: JsonObject | undefined;
  readonly after: JsonObject;
}

/** How often the object or its dry run is asked for again because something else changed it in between. */
const MOST_LOOKS_AGAIN = 6;

/**
 * A dry run starts from the object as it is by then. What somebody else changed between the look and the dry run is not
 * this call's doing, so one of the two is asked for again, in turns, until they fit together.
 */
export async function compareDry(m: ChangeMeasuring, first: JsonObject | undefined): Promise<Compared | undefined> {
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
export async function runDry({ call, described, probe, sheet }: ChangeMeasuring): Promise<JsonObject | undefined> {
  if (!described.runsDry && !(await isServedByItself(described.request, probe))) {
    sheet.gap('nobody knows whether the server would run this dry, so it was not tried');
    return undefined;
  }
  const answer = await probe.asAgent(call.method, encodePath(asDryRun(call.path)), {
    body: call.body,
    contentType: call.headers.get('content-type') ?? 'application/json',
  });
  // Some resources answer with a Status: that says only that it would be done.
  if (answer?.status === 200 || answer?.status === 201)
    return answer.object?.kind === 'Status' ? undefined : answer.object;
  sheet.gap(answer === undefined ? 'the dry run had no answer' : `the dry run was refused: ${refusalOf(answer)}`);
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

/** The same call, but as a dry run that no older parameter can contradict. */
export function asDryRun(path: WirePath): WirePath {
  return { segments: path.segments, query: [...path.query.filter(([name]) => name !== 'dryRun'), ['dryRun', 'All']] };
}

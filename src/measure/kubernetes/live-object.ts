import { isObject, type JsonObject } from '../../json.ts';
import { UNKNOWN_LABELS } from '../../labels.ts';
import { encodePath } from '../../listen/wire.ts';
import { labelsOf, metadataOf } from './labels.ts';
import type { ChangeMeasuring } from './measuring.ts';
import { refusalOf } from './refusal.ts';
import { type CapturedChange, capturedText } from './way-back.ts';

/** Reads the object that a call is about, and notes what it says of itself; undefined where it is not there or cannot be read. */
export async function readObject(m: ChangeMeasuring, segments = objectPath(m)): Promise<JsonObject | undefined> {
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
    if (answer !== undefined) sheet.gap(`the object could not be read: ${refusalOf(answer)}`);
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

/** The object before and after is kept for the way back, where there is one by them. */
export function capture(m: ChangeMeasuring, change: Pick<CapturedChange, 'did' | 'before' | 'after'>): void {
  const { sheet, described } = m;
  const { how } = sheet.reach.wayBack;
  if (described.action.dryRun === true || (how !== 'inverse' && how !== 'recreate' && how !== 'revision')) return;
  const path = pathOf(m, change);
  if (path === undefined) return;
  const subresource = described.request.info.subresource === 'scale' ? 'scale' : '';
  sheet.captured = capturedText({ ...change, path, subresource });
}

/** What is created by POST has its name in the body; a name that the server makes up is not known before. */
function pathOf(
  m: ChangeMeasuring,
  { did, after }: Pick<CapturedChange, 'did' | 'after'>,
): readonly string[] | undefined {
  if (did !== 'created' || m.described.request.info.name !== '') return objectPath(m);
  const { body } = m.described.request;
  const asked = metadataOf(isObject(body) ? body : undefined).name;
  const { name } = metadataOf(after ?? undefined);
  return typeof asked === 'string' && asked !== '' && asked === name ? [...m.call.path.segments, asked] : undefined;
}

function managerOf(metadata: JsonObject): string {
  const labels = metadata.labels;
  const manager = isObject(labels) ? labels['app.kubernetes.io/managed-by'] : undefined;
  return typeof manager === 'string' ? manager.slice(0, 63) : 'none';
}

import { canonicalJson, isObject, type JsonObject } from '../../json.ts';
import { UNKNOWN_LABELS } from '../../labels.ts';
import { encodePath } from '../../listen/wire.ts';
import type { FactSheet } from './fact-sheet.ts';
import { labelsOf, metadataOf } from './labels.ts';
import type { ChangeMeasuring } from './measuring.ts';
import { refusalOf } from './refusal.ts';

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

/** The old object is kept for the way back; without its server-made bookkeeping it can be put again. */
export function capture(sheet: FactSheet, live: JsonObject): void {
  const { how } = sheet.reach.wayBack;
  if (how === 'inverse' || how === 'recreate' || how === 'revision') sheet.captured = canonicalJson(live);
}

function managerOf(metadata: JsonObject): string {
  const labels = metadata.labels;
  const manager = isObject(labels) ? labels['app.kubernetes.io/managed-by'] : undefined;
  return typeof manager === 'string' ? manager.slice(0, 63) : 'none';
}

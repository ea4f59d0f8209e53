import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../../../src/json.ts';

/** An object as Go encodes it, in base64, and as Go writes in JSON what it reads from there. */
interface GoObject {
  readonly protobuf: string;
  readonly cbor?: string;
  readonly json: JsonObject;
}

/** Objects of every kind, written by `test/kube-lab/protobuf-schema`. */
export const GO_OBJECTS: readonly GoObject[] = gunzipSync(readFileSync(new URL('go-objects.jsonl.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

export const GO_KINDS: readonly (readonly [kind: string, objects: readonly GoObject[]])[] = Object.entries(
  Object.groupBy(GO_OBJECTS, ({ json }) => `${json.apiVersion} ${json.kind}`),
).map(([kind, objects = []]) => [kind, objects]);

import { join } from 'node:path';
import { isObject, type Json, type JsonObject } from '../../src/json.ts';
import { openKeyFile } from '../../src/record/key-file.ts';
import { createSealer } from '../../src/record/seal.ts';
import type { Answer, GateLab } from '../gate/gate-lab.ts';
import { at, object } from './cluster-gate.ts';

/** A raw call; `type` is the content type of its body. */
export interface Sent {
  readonly method: string;
  /** From the API server's root, query and all. */
  readonly path: string;
  /** Text is sent as it is. */
  readonly body?: Json;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the gate answered, and what it put on the record. */
export interface Judged {
  readonly answer: Answer;
  readonly id: string;
  readonly did: Json | undefined;
  readonly decided: JsonObject;
}

export const PATCHES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Sends one call as an agent, and reads what was decided about it. */
export async function send(gate: GateLab, token: string, { method, path, body, type, headers }: Sent): Promise<Judged> {
  const answer = await gate.call(method, `/kube/demo${path}`, {
    token,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }) },
  });
  const id = String(answer.headers['sallyport-decision']);
  const decided = object((await gate.admin.get(`/v1/decisions/${id}`)).decided);
  return { answer, id, did: decided.did, decided };
}

/** What the gate claims to know of a call's reach. */
export function claimed({ decided }: Judged): { blast: Json; wayBack: Json; escalates: Json } {
  return {
    blast: at(decided, 'input', 'blast') ?? null,
    wayBack: at(decided, 'input', 'action', 'way_back') ?? null,
    escalates: at(decided, 'input', 'action', 'change', 'escalates') ?? null,
  };
}

/** The object that the gate kept for the way back, opened with the gate's own key. */
export async function captured(gate: GateLab, { id }: Judged): Promise<JsonObject> {
  const sealed = await gate.gate.store.sealed(id, 'way-back');
  if (sealed === undefined) throw new Error(`nothing was captured for ${id}`);
  const sealer = createSealer(await openKeyFile(join(gate.state, 'sealing.key')));
  const text = Buffer.from(sealer.open(id, 'way-back', sealed)).toString('utf8');
  return object(object(JSON.parse(text)).before ?? null);
}

/** Every leaf of the log, as text. */
export async function wholeLog(gate: GateLab): Promise<readonly string[]> {
  const { store } = gate.gate;
  const leaves: string[] = [];
  while (leaves.length < (await store.size())) {
    for (const { leaf } of await store.leaves(leaves.length, 500)) leaves.push(leaf);
  }
  return leaves;
}

/** An object without what the server keeps for itself. */
export function essence(value: JsonObject): JsonObject {
  const { metadata, status: _, ...rest } = value;
  const { uid, resourceVersion, generation, creationTimestamp, managedFields, ...kept } = isObject(metadata)
    ? metadata
    : {};
  return { ...rest, metadata: kept };
}

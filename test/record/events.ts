import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '../../src/json.ts';
import type { EventKind, LogEvent } from '../../src/record/store.ts';

export const TIME = '2026-11-20T20:00:00.000Z';
/** An hour after it. */
export const LATER = '2026-11-20T21:00:00.000Z';

export function event(kind: EventKind, id: string, body: JsonObject = {}, time = TIME): LogEvent {
  return { kind, id, time, body };
}

/** A decision as the gate records it, as far as stores look into it. */
export function decided(
  id: string,
  { did = 'allow', agent = 'deployer', route = 'staging', time = TIME, more = {} }: Partial<Decided> = {},
): LogEvent {
  const who = agent === null ? null : { id: agent, level: 3 };
  return event('decided', id, { call: { route, method: 'GET' }, agent: who, did, ...more }, time);
}

interface Decided {
  readonly did: string;
  readonly agent: string | null;
  readonly route: string;
  readonly time: string;
  readonly more: JsonObject;
}

/** The leaf of an event and its RFC 6962 hash, made without the code under test. */
export function expectedLeaf(seq: number, { kind, id, time, body }: LogEvent) {
  const leaf = canonicalJson({ ...body, v: 1, kind, id, time });
  const hash = createHash('sha256').update(Buffer.of(0)).update(leaf, 'utf8').digest();
  return { seq, kind, id, time, leaf, hash: new Uint8Array(hash) };
}

/** How a promise ended: its value, or the code and message of what it was rejected with. */
export async function endOf<T>(promise: Promise<T>): Promise<T | { readonly code: unknown; readonly message: string }> {
  try {
    return await promise;
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return { code: 'code' in thrown ? thrown.code : undefined, message: thrown.message };
  }
}

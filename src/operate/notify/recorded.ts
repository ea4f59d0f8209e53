import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { EventKind, Leaf, LogEvent } from '../../record/store.ts';

/** An event of the log, as it was told when it happened or as it was read again. */
export interface Recorded {
  /** Its sequence number. */
  readonly seq: number;
  readonly kind: EventKind;
  readonly id: string;
  readonly time: string;
  readonly body: JsonObject;
}

/**
 * Whether people could have to be told of it. Nearly all events are reads and their outcomes: those cost a look at two
 * members, on the way of each call.
 */
export function concernsPeople({ kind, body }: Pick<LogEvent, 'kind' | 'body'>): boolean {
  if (kind === 'changed' || kind === 'gate') return true;
  return kind === 'decided' && body.did === 'allow' && notifyOf(body).length > 0;
}

/** The same of a leaf, which is parsed only if it may be so. */
export function readLeaf({ seq, kind, leaf }: Leaf): Recorded | undefined {
  if (kind === 'asked' || kind === 'outcome') return undefined;
  if (kind === 'decided' && !leaf.includes('"notify"')) return undefined;
  const parsed: unknown = JSON.parse(leaf);
  if (!isObject(parsed)) return undefined;
  const { v: _version, kind: _kind, id, time, ...body } = parsed;
  const recorded: Recorded = { seq, kind, id: String(id), time: String(time), body };
  return concernsPeople(recorded) ? recorded : undefined;
}

/** The obligations to `notify` of a decision's verdict. */
export function notifyOf(decided: JsonObject): readonly Json[] {
  const judgement = decided.judgement;
  const verdict = isObject(judgement) ? judgement.verdict : undefined;
  const obligations = isObject(verdict) ? verdict.obligations : undefined;
  if (!Array.isArray(obligations)) return NONE;
  return obligations.length === 0 ? NONE : obligations.filter((each: Json) => isObject(each) && each.name === 'notify');
}

const NONE: readonly Json[] = [];

import { SallyportError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import { KINDS } from './leaf.ts';
import type { StoredReservation } from './reservation.ts';
import type { ReservationRow, StoredDecision, StoredDocument, StoredLeaf } from './sqlite-read.ts';
import type { Collection, DecisionRecord, Document, Leaf } from './store.ts';

/** A row of the log as a leaf. @throws SallyportError `record/unavailable` when the row is damaged. */
export function readLeaf({ seq, kind, id, leaf, hash }: StoredLeaf): Leaf {
  const name = KINDS[kind];
  const { time } = readObject(leaf, `leaf ${seq}`);
  if (name === undefined || typeof time !== 'string') throw damaged(`leaf ${seq}`);
  return { seq, kind: name, id, time, leaf, hash };
}

export function readDecision({ id, seq, asked, decided, outcome }: StoredDecision): DecisionRecord {
  const what = `decision ${id}`;
  return {
    id,
    seq,
    asked: asked === undefined ? undefined : readObject(asked, what),
    decided: readObject(decided, what),
    outcome: outcome === undefined ? undefined : readObject(outcome, what),
  };
}

export function readDocument(collection: Collection, { id, version, body }: StoredDocument): Document {
  return { collection, id, version, body: readObject(body, `${collection}/${id}`) };
}

export function readReservation({ seq, decision, time, body }: ReservationRow): StoredReservation {
  return { seq, decision, time: new Date(time).toISOString(), body: readObject(body, `reservation ${seq}`) };
}

function readObject(text: string, what: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Damaged in the one way as in the other.
  }
  throw damaged(what);
}

function damaged(what: string): SallyportError {
  return new SallyportError('record/unavailable', `the record of ${what} is damaged`, {
    fix: 'restore the database from a backup; keep the damaged file',
  });
}

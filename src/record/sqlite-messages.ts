import { type ErrorCode, SallyportError } from '../errors.ts';
import type { Reservation } from './reservation.ts';
import type { Reader } from './sqlite-read.ts';
import type { Committer } from './sqlite-write.ts';

/** What the worker is started with. */
export interface WorkerSettings {
  readonly path: string;
  readonly maxBytes: number | undefined;
  readonly reserveBytes: number;
}

/**
 * An event on its way to the worker. Its leaf lies in the batch's bytes, after a zero byte, from `start` to `end`; the
 * last four are the listing of a `decided` event. A tuple, because an object costs three times as much to send.
 */
export type Row = readonly [
  /** Index into `KINDS`. */
  kind: number,
  id: string,
  start: number,
  end: number,
  time: number | null,
  did: string | null,
  agent: string | null,
  route: string | null,
];

export interface PutRow {
  readonly collection: string;
  readonly id: string;
  readonly expect: number;
  /** Canonical JSON, or null to remove. */
  readonly body: string | null;
}

export interface SealedRow {
  readonly decision: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly bytes: Uint8Array;
}

/** A reservation on its way to the worker; times in milliseconds since the epoch, bodies as canonical JSON. */
export type EntryRow =
  | {
      readonly op: 'reserve';
      readonly decision: string;
      readonly time: number;
      readonly accounts: Reservation['accounts'];
      readonly body: string;
    }
  | { readonly op: 'settle'; readonly decision: string; readonly body: string | null };

/** What goes along with events and puts. */
export interface AlongRows {
  readonly sealed?: SealedRow | undefined;
  readonly entry?: EntryRow | undefined;
  readonly erase?: readonly { readonly decision: string; readonly name: string }[] | undefined;
}

/** What is written together or not at all: one `append` or one `transact`. */
export interface Item extends AlongRows {
  readonly rows: readonly Row[];
  /** Of each row, by its place; none at all when no row has any. */
  readonly links: readonly (readonly string[])[];
  readonly puts: readonly PutRow[];
}

/** Items that share a transaction and its fsync; they do not share a fate. */
export interface Batch {
  readonly op: 'commit';
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** In order: a row is an item of its own, for nearly all are. */
  readonly items: readonly (Row | Item)[];
}

/** What the worker can be asked, by name. */
export type Answers = Reader & Pick<Committer, 'eraseSealed' | 'forgetReservations'>;

export interface Question {
  readonly op: 'ask';
  readonly id: number;
  readonly name: string;
  readonly args: readonly never[];
}

export type ToWorker = Batch | Question | { readonly op: 'close' };

/** A SallyportError that has to cross a thread; structured cloning would lose its code. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string | undefined;
}

/** The sequence number of an item's first event (the others follow), or why it was not written. */
export type ItemResult = number | Failure;

export type FromWorker =
  | { readonly op: 'ready' }
  | { readonly op: 'committed'; readonly results: readonly ItemResult[] }
  /** Its type is known where the question was asked. */
  | { readonly op: 'answered'; readonly id: number; readonly value: never }
  | { readonly op: 'refused'; readonly id: number; readonly failure: Failure }
  /** The database can no longer be used. */
  | { readonly op: 'failed'; readonly failure: Failure };

export function failureOf({ code, message, fix }: SallyportError): Failure {
  return { code, message, fix };
}

export function errorOf({ code, message, fix }: Failure): SallyportError {
  return new SallyportError(code, message, fix === undefined ? {} : { fix });
}

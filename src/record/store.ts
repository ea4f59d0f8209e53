import type { JsonObject } from '../json.ts';
import type { AccountHead, LedgerEntry, StoredReservation } from './reservation.ts';

/**
 * What happened, as one leaf of the log: canonical JSON of `{v, kind, id, time, ...}`.
 *
 * | kind      | when                                                        | durable before                     |
 * |-----------|-------------------------------------------------------------|------------------------------------|
 * | `asked`   | a call passed `request` and is about to be measured upstream| the first measuring call           |
 * | `decided` | the verdict; when allowed this is the intent                | the first byte upstream, the answer|
 * | `outcome` | what the upstream answered, or that it was never asked      | -                                  |
 * | `changed` | an agent, operator, freeze, hold, intent, ... was changed   | the answer to whoever changed it   |
 * | `gate`    | the gate started, stopped, was refused by its own log       | -                                  |
 */
export type EventKind = 'asked' | 'decided' | 'outcome' | 'changed' | 'gate';

export interface LogEvent {
  readonly kind: EventKind;
  /** The decision's id, or for `changed` and `gate` an id of its own. (kind, id) is unique: nothing is recorded twice. */
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  /** The rest of the leaf; already redacted. Must not use the names `v`, `kind`, `id`, `time`. */
  readonly body: JsonObject;
  /**
   * What it concerns besides the decision whose id it bears, to be found by: `hold:ID`, `intent:ID`, `agent:ID`, ... Not in the
   * leaf, which says the same in its own way.
   */
  readonly links?: readonly string[];
}

/** A leaf as it is stored. `hash` is SHA-256(0x00 || leaf), RFC 6962. */
export interface Leaf {
  /** 0, 1, 2, ... without gaps. */
  readonly seq: number;
  readonly kind: EventKind;
  readonly id: string;
  readonly time: string;
  /** The canonical JSON text. */
  readonly leaf: string;
  readonly hash: Uint8Array;
}

/** A document of the gate's state (an agent, a freeze, an operator, a revoked token); `version` counts its changes from 1. */
export interface Document {
  readonly collection: Collection;
  readonly id: string;
  readonly version: number;
  readonly body: JsonObject;
}
export type Collection =
  | 'agents'
  | 'operators'
  | 'freezes'
  | 'revocations'
  | 'meta'
  | 'holds'
  | 'intents'
  | 'schedule'
  | 'outbox'
  | 'verifications'
  | 'reverts'
  | 'trust'
  | 'sessions'
  /** What is over and is only looked up by its id, `<collection>:<id>`: lists of what is open stay short. */
  | 'closed';

/**
 * A conditional update: writes `body` only if the stored version is `expect` (0: there is none). `body: null` removes.
 */
export interface Put {
  readonly collection: Collection;
  readonly id: string;
  readonly expect: number;
  readonly body: JsonObject | null;
}

/** An encrypted blob that belongs to a decision (the captured old object) and that can be erased. */
export interface Sealed {
  readonly decision: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** RFC 3339, UTC: erased after this. */
  readonly until: string;
}

/** What is written with events, in their transaction. */
export interface Along {
  readonly sealed?: Sealed | undefined;
  readonly entry?: LedgerEntry | undefined;
  /** Sealed bytes that are needed no longer. */
  readonly erase?: readonly Pick<Sealed, 'decision' | 'name'>[] | undefined;
}

/** Which decisions to list; all conditions must hold. Newest first. */
export interface DecisionQuery {
  readonly limit: number;
  /** Only decisions recorded before this sequence number (paging). */
  readonly before?: number;
  readonly agent?: string;
  readonly route?: string;
  /** What the gate did: allow, hold, deny. */
  readonly outcome?: string;
  /** Only decisions not older than this RFC 3339 time. */
  readonly since?: string;
}

/** One decision = one id: the `decided` leaf, with `asked` and `outcome` where there are any. */
export interface DecisionRecord {
  readonly id: string;
  readonly seq: number;
  readonly asked: JsonObject | undefined;
  readonly decided: JsonObject;
  readonly outcome: JsonObject | undefined;
}

/**
 * Where the log and the state live. Asynchronous, so that SQLite in a worker and PostgreSQL are both implementations;
 * `test/record/store-suite.ts` is what every implementation must pass.
 *
 * Whatever resolves is durable (fsynced). Concurrent calls are committed in groups. Errors: `record/unavailable` when
 * nothing can be written (the caller must not act), `record/conflict` when a condition did not hold or an event was
 * there already; after either, nothing of that call was written.
 */
export interface Store {
  /**
   * Appends one event and resolves with its sequence number. What is to be kept with it, and what it reserves or settles, is
   * written in the same transaction: `record/conflict` when an account was taken from meanwhile.
   */
  append(event: LogEvent, sealed?: Sealed, entry?: LedgerEntry): Promise<number>;
  /**
   * All puts and all events, or none: each put must change exactly one row. What is sealed and what is reserved or settled
   * goes along. Resolves with the events' sequence numbers.
   */
  transact(puts: readonly Put[], events: readonly LogEvent[], along?: Along): Promise<readonly number[]>;
  get(collection: Collection, id: string): Promise<Document | undefined>;
  list(collection: Collection): Promise<readonly Document[]>;
  /** Leaves from `from` (inclusive), at most `limit`, in order. */
  leaves(from: number, limit: number): Promise<readonly Leaf[]>;
  /** Leaves that were linked so, from sequence number `from` (inclusive), at most `limit`, in order. */
  related(link: string, from: number, limit: number): Promise<readonly Leaf[]>;
  /** How many leaves there are. */
  size(): Promise<number>;
  decisions(query: DecisionQuery): Promise<readonly DecisionRecord[]>;
  decision(id: string): Promise<DecisionRecord | undefined>;
  /**
   * Decisions that were allowed (an intent) or asked and never got an end: called at start, before anything is served.
   * Each is given an `outcome` event with `state: "lost"`. Resolves with their ids.
   */
  closeLost(time: string): Promise<readonly string[]>;
  /** The sealed bytes, or undefined when there are none or they were erased. */
  sealed(decision: string, name: string): Promise<Uint8Array | undefined>;
  /** Erases what is past its time; resolves with how many. */
  eraseSealed(now: string): Promise<number>;
  /** Reservations not older than `since` (RFC 3339), from sequence number `from`, at most `limit`, in the log's order. */
  reservations(since: string, from: number, limit: number): Promise<readonly StoredReservation[]>;
  /** Every account that was taken from and not forgotten since. */
  accounts(): Promise<readonly AccountHead[]>;
  /** Forgets the reservations made, and the accounts last taken from, before a time (RFC 3339); resolves with how many. */
  forgetReservations(before: string): Promise<number>;
  /** Writes what is pending, then closes. */
  close(): Promise<void>;
}

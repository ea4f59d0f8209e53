import type { JsonObject } from '../json.ts';

/**
 * What an allowed change takes of the accounts it falls under: durable together with its `decided` event, or neither is.
 * An account is whatever has a budget of its own (`agent:bot`, `service:shop`, `intent:i-7`). The condition is that nobody
 * took anything from any of them since the judge looked: then what it judged by is still true.
 */
export interface Reservation {
  readonly op: 'reserve';
  readonly decision: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** `last`: the decision that took from the account last, as far as the judge knew; null when there was none. */
  readonly accounts: readonly { readonly id: string; readonly last: string | null }[];
  /** What was taken, for whoever opens the ledger again. */
  readonly body: JsonObject;
}

/** What became of a reservation, durable with the `outcome` event. A `body` of null removes it: the change did not run. */
export interface Settlement {
  readonly op: 'settle';
  readonly decision: string;
  readonly body: JsonObject | null;
}

export type LedgerEntry = Reservation | Settlement;

/** A reservation as it is stored. */
export interface StoredReservation {
  /** The sequence number of the `decided` event. */
  readonly seq: number;
  readonly decision: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly body: JsonObject;
}

/** An account, and which decision took from it last. */
export interface AccountHead {
  readonly id: string;
  readonly last: string;
  /** RFC 3339, UTC: when. */
  readonly time: string;
}

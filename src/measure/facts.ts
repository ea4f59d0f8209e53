import type { Described, Unknown } from '../describe/action.ts';
import type { Principal } from '../identify/principal.ts';
import type { Json } from '../json.ts';
import type { Labels } from '../labels.ts';
import type { WireCall } from '../listen/wire.ts';

/** How far an act reaches. Every number may be unknown; `known` only for kinds and verbs with a table entry. */
export interface Blast {
  readonly known: boolean;
  /** Objects that the call changes or deletes, with those that go after their owner. */
  readonly objects: number | Unknown;
  /** Replicas that the changed workload, or those behind what is changed, are asked to run (the larger of before and after). */
  readonly replicas: number | Unknown;
  /** Pods that stop, start or restart because of it, or whose configuration, traffic or limits it changes. */
  readonly pods: number | Unknown;
  /** 0..1: the part of a workload's replicas, or of the pods behind a service, that is touched at once; the larger one. */
  readonly share: number | Unknown;
  readonly namespaces: number | Unknown;
  readonly scope: 'none' | 'object' | 'collection' | 'namespace' | 'cluster' | Unknown;
  /** What it reaches may grow between measuring and acting (a selector, a collection). */
  readonly open: boolean | Unknown;
}

/** A reach that nobody could look up, or for which there is no table entry. */
export const UNKNOWN_BLAST: Blast = {
  known: false,
  objects: 'unknown',
  replicas: 'unknown',
  pods: 'unknown',
  share: 'unknown',
  namespaces: 'unknown',
  scope: 'unknown',
  open: 'unknown',
};

export interface WayBack {
  readonly how: 'inverse' | 'revision' | 'recreate' | 'not_needed' | 'none' | Unknown;
  /** The way back restores just what was there. */
  readonly exact: boolean | Unknown;
  /** The gate holds, or can capture now, what the way back needs. */
  readonly captured: boolean | Unknown;
}

export const UNKNOWN_WAY_BACK: WayBack = { how: 'unknown', exact: 'unknown', captured: 'unknown' };

/** One changed place of an object, redacted. `path` is a JSON pointer. */
export interface Change {
  readonly path: string;
  readonly from: Json;
  readonly to: Json;
}

/** What a fact was read from and when: recorded beside the fact. */
export interface Source {
  /** The input path of the fact, e.g. `target.labels.namespace`. */
  readonly fact: string;
  /** e.g. `namespace cache`, `GET deployments.apps`, `PATCH deployments.apps (dry run)`, `configuration`. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** Everything that `measure/` adds to a described call. */
export interface Facts {
  readonly labels: { readonly route: Labels; readonly namespace: Labels; readonly object: Labels };
  readonly exists: boolean | Unknown;
  readonly uid: string | Unknown;
  readonly managedBy: string | Unknown;
  readonly blast: Blast;
  readonly wayBack: WayBack;
  /** What the way back does not bring back, in a word or two each (`cluster IP`, `pod-local disks`), for people. */
  readonly lost?: readonly string[];
  /** JSON pointers of what would change, or unknown. */
  readonly changePaths: readonly string[] | Unknown;
  readonly escalates: readonly string[] | Unknown;
  /** The change itself for the record and for approvers: redacted, at most 64 entries. */
  readonly changes: readonly Change[];
  /**
   * The canonical change as a keyed digest: equal for two calls that would do the same to the same state. Undefined where
   * nobody could measure it.
   */
  readonly changeDigest?: string | undefined;
  /** Where the change was read from: the server's dry run, the body, or nowhere. */
  readonly changeFrom: 'dry-run' | 'body' | 'none';
  /** True when the call would change a label that facts are read from, other than to the inherited value. */
  readonly touchesAuthority: boolean | Unknown;
  /** What the way back takes (the surface's own text: the object before and after); it goes to the store encrypted and nowhere else. */
  readonly captured: string | undefined;
  readonly sources: readonly Source[];
  /** Why something is unknown, one line each; shown with a denial. */
  readonly gaps: readonly string[];
}

/** One per surface: turns a described call into facts, from live state. */
export interface Measurer<Request = unknown> {
  /**
   * The facts when they need no upstream call (reads, cached namespaces), else undefined.
   * The hot path: no promise, no I/O.
   */
  atHand(call: WireCall, described: Described<Request>): Facts | undefined;
  /**
   * The facts, by asking the upstream within `deadline` (milliseconds from now), as the agent where it can impersonate.
   * Never throws on account of the upstream: what fails becomes unknown, with a line in `gaps`.
   */
  measure(call: WireCall, described: Described<Request>, principal: Principal, deadline: number): Promise<Facts>;
  close(): void;
}

import type { Json } from '../../json.ts';

/** A place that others changed since: what the action had set, what is there now, what the way back would put. Redacted. */
export interface Conflict {
  /** A JSON pointer; empty: the object itself. */
  readonly path: string;
  readonly set: Json;
  readonly now: Json;
  readonly wanted: Json;
}

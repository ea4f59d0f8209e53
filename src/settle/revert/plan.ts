import type { SallyportError } from '../../errors.ts';
import type { Principal } from '../../identify/principal.ts';
import type { Json } from '../../json.ts';
import type { WireCall } from '../../listen/wire.ts';
import type { Change } from '../../measure/facts.ts';
import type { Delivery } from '../delivery.ts';

/** A place that others changed since: what the action had set, what is there now, what the way back would put. Redacted. */
export interface Conflict {
  /** A JSON pointer; empty: the object itself. Items of lists that have names are named. */
  readonly path: string;
  /** What is not there is null. */
  readonly set: Json;
  readonly now: Json;
  readonly wanted: Json;
}

/** What taking a change back would be, as things are now. */
export type Plan =
  | {
      readonly kind: 'call';
      readonly call: WireCall;
      /** What it does, in a few words: `delete configmaps/web`. */
      readonly does: string;
      /** It makes an object again just as it was, with whatever labels it had. */
      readonly restores: boolean;
      readonly changes: readonly Change[];
      /** What it overrides, because that was asked for. */
      readonly conflicts: readonly Conflict[];
    }
  | { readonly kind: 'nothing'; readonly why: string }
  | { readonly kind: 'conflict'; readonly why: string; readonly conflicts: readonly Conflict[] }
  | { readonly kind: 'impossible'; readonly why: string };

/** What is asked for when a change is taken back. */
export interface PlanOrder {
  /** What was sealed with the decision: `Facts.captured`. */
  readonly captured: string;
  /** RFC 3339, UTC: when the change was decided. */
  readonly at: string;
  /** What others changed since is overridden. */
  readonly force: boolean;
  readonly why: string;
  /** Where it was tried on a share first and the rest did not follow: the replicas that it has set. */
  readonly replicas: number | undefined;
  /** The decision that is taken back; told to the upstream for its own log. */
  readonly decision: string;
}

/** How an upstream took a call of the gate's own. */
export interface Sent extends Delivery {
  /** What it said of it, in its own words; empty when it took it. */
  readonly said: string;
}

/** Takes changes of one surface back, behind one route. */
export interface Inverse {
  /**
   * What would take the change back now, from live state.
   * @throws SallyportError `measure/failed` when the upstream does not say how things are
   */
  plan(order: PlanOrder, principal: Principal): Promise<Plan>;
  /** Sends a judged call; `lastLook` is asked when the connection stands and nothing was written. Never rejects. */
  send(call: WireCall, principal: Principal, lastLook: () => SallyportError | undefined): Promise<Sent>;
}

import type { Route } from '../config.ts';
import type { PolicyInput, Reverting } from '../decide/input.ts';
import type { Judgement } from '../decide/judge.ts';
import type { Outcome, Reason, Verdict } from '../decide/verdict.ts';
import type { Described } from '../describe/action.ts';
import type { Principal } from '../identify/principal.ts';
import type { WireCall, WireHead } from '../listen/wire.ts';
import type { Facts } from '../measure/facts.ts';
import type { HeldCall } from '../settle/hold/held-call.ts';
import type { Reservation } from './reservation.ts';

/**
 * All that is known of one call while it is on its way: one decision, one id. Each stage fills in its part, and what is
 * recorded is made from here, however far the call came.
 */
export class CaseFile {
  readonly id: string;
  readonly at: Date;
  /** RFC 3339, UTC, milliseconds: the only time that policy sees. */
  readonly time: string;
  readonly route: Route;
  readonly head: WireHead | undefined;
  principal: Principal | undefined;
  /** Set once the body was read. */
  call: WireCall | undefined;
  described: Described | undefined;
  /** The recorded decision that this call takes back; set by the gate for calls of its own alone. */
  reverts: Reverting | undefined;
  /** The answer of pass `request`, when that was asked for. */
  asked: Judgement | undefined;
  facts: Facts | undefined;
  /** What the policy was asked last: of pass `request`, when it came no further. */
  input: PolicyInput | undefined;
  judgement: Judgement | undefined;
  /** The safety epoch when it came: whatever was withdrawn since then is looked at again before it leaves. */
  readonly epoch: number;
  decision: Decision | undefined;
  /** What an allowed change takes of its budgets; written with the decision. */
  reservation: Reservation | undefined;
  /** The hold that this request is another try of. */
  repeats: HeldCall | undefined;
  /** The approved hold that the measured change is bound to. */
  approval: HeldCall | undefined;
  /** The hold that it waits with from now on. */
  held: HeldCall | undefined;
  recordedAsked = false;
  recordedDecided = false;

  constructor(id: string, at: Date, route: Route, head: WireHead | undefined, epoch: number) {
    this.id = id;
    this.at = at;
    this.time = at.toISOString();
    this.route = route;
    this.head = head;
    this.epoch = epoch;
  }
}

/** What the gate does with a call, and whose word that is. */
export interface Decision {
  readonly did: Outcome;
  /** `policy`: the bundle's verdict as it stands; `gate`: a guard of the gate; `shadow`: passed although the policy would not have let it. */
  readonly by: 'policy' | 'gate' | 'shadow';
  readonly reasons: readonly Reason[];
  readonly verdict: Verdict | undefined;
  /** The hold whose approvals the verdict's own holds were met by. */
  readonly approved?: HeldCall;
}

import { Denied } from '../../decide/decider.ts';
import type { Refusal } from '../../describe/action.ts';
import { SallyportError } from '../../errors.ts';
import type { Exchange } from '../../listen/exchange.ts';
import type { CaseFile } from '../../record/case-file.ts';
import type { Sealer } from '../../record/seal.ts';
import type { Sealed } from '../../record/store.ts';
import { changeKey, requestKey } from './bound-to.ts';
import type { HeldCall } from './held-call.ts';
import { sealedRequest } from './held-request.ts';
import { isOpen } from './hold-life.ts';
import { type HoldTellings, overReason, tellHeld, tellOver } from './hold-refusal.ts';
import type { HoldWrites } from './hold-writes.ts';
import type { Holds } from './holds.ts';
import { type HoldTerms, openHold } from './open-hold.ts';
import { unmet } from './quorum.ts';
import { Waiters } from './waiters.ts';

export interface HoldDeskParts {
  readonly holds: Holds;
  readonly sealer: Sealer;
  readonly now: () => Date;
  readonly newNonce: () => string;
  /** How long one try waits, in milliseconds; 0: a held call is answered at once, whoever sent it. */
  readonly wait: number;
  /** Held calls that one agent may have open. */
  readonly most: number;
  /** How long people have for this call. */
  readonly terms: (file: CaseFile) => HoldTerms;
}

/** Decision and hold, together on the record. */
export interface HoldAlong extends HoldWrites {
  readonly sealed?: Sealed | undefined;
}

/** How a wait ended: the call goes its way once more, or was answered, or there is nobody left to answer. */
export type Turn =
  | { readonly kind: 'again' }
  | { readonly kind: 'answer'; readonly refusal: Refusal }
  | { readonly kind: 'gone' };

/** Where held calls wait, each in the way its protocol allows. */
export interface HoldDesk {
  /**
   * The hold that this request is a try of, when it has to wait for it; otherwise it goes on, by what was approved.
   * @throws Denied where people have said no, or its time was over a moment ago
   */
  rejoin(file: CaseFile): HeldCall | undefined;
  /** The approved hold that this measured change is bound to. */
  approved(file: CaseFile): HeldCall | undefined;
  /** What is written with the decision: a hold that opens, is used, or is void. @throws SallyportError `request/too-many` */
  along(file: CaseFile): HoldAlong | undefined;
  /** Waits, at most as long as one try may. */
  wait(file: CaseFile, held: HeldCall, exchange: Exchange): Promise<Turn>;
  /** How many callers wait. */
  readonly waiting: number;
  /** Sends away whoever waits: they come again. */
  close(): void;
}

export function createHoldDesk(parts: HoldDeskParts): HoldDesk {
  const { holds, now } = parts;
  const waiters = new Waiters(MOST_BYTES);
  holds.subscribe(({ held }) => waiters.wake(held.id));

  function tellings(): HoldTellings {
    return { now: now(), waits: parts.wait > 0 };
  }

  /** The hot path: who has no held call is asked no further. */
  function hasHeld({ principal }: CaseFile): boolean {
    return principal !== undefined && holds.hasOf(principal.agent.id);
  }

  return {
    get waiting() {
      return waiters.size;
    },

    rejoin(file) {
      if (!hasHeld(file)) return undefined;
      const key = requestKey(file);
      const held = key === undefined ? undefined : holds.byRequest(key);
      if (held === undefined || held.state === 'used') return undefined;
      // Whoever asks for the same again is told so as any other who is denied: on the record, and counted.
      if (!isOpen(held)) throw new Denied('gate', [overReason(held)]);
      file.repeats = held;
      return isReady(held, now()) ? undefined : held;
    },

    approved(file) {
      if (!hasHeld(file)) return undefined;
      const key = changeKey(file);
      const held = key === undefined ? undefined : holds.byChange(key);
      return held !== undefined && isApproved(held, now()) ? held : undefined;
    },

    along(file) {
      const { decision } = file;
      if (decision?.did === 'deny' || (decision?.did === 'allow' && !hasHeld(file))) return undefined;
      const key = changeKey(file);
      if (key === undefined || decision === undefined) return undefined;
      const held = holds.byChange(key);
      // What may run now takes its hold along, also one that the policy asks for no longer.
      if (decision.did === 'allow') return held === undefined ? undefined : holds.using(held, file.id);
      const wanted = decision.verdict?.holds ?? [];
      if (wanted.every(({ kind }) => kind === 'evidence')) return undefined;
      if (held !== undefined && isOpen(held) && asksNoMore(held, file, now())) {
        file.held = held;
        return undefined;
      }
      // Somebody has said no while it was measured and judged again.
      const repeated = file.repeats === undefined ? undefined : holds.peek(file.repeats.id);
      if (repeated?.state === 'denied') {
        file.held = repeated;
        return undefined;
      }
      const overtaken = held ?? staleOf(file, key);
      const why = held === undefined ? CHANGED : ASKS_MORE;
      const voided = overtaken === undefined ? undefined : holds.voiding(overtaken, why);
      return opening(file, voided);
    },

    async wait(file, held, exchange) {
      const patience = file.described?.patience ?? 'waits';
      let current = held;
      const until = performance.now() + parts.wait;
      const size = file.call?.body.length ?? 0;
      // Woken by each thing that happens to it: one of several approvals is not the end.
      for (let end = patience === 'none' ? 'time' : 'changed'; end === 'changed' && isWaiting(current); ) {
        end = await waiters.wait(held.id, exchange.response, waitFor(current, until - performance.now(), now()), size);
        if (end === 'left') return { kind: 'gone' };
        current = holds.peek(held.id) ?? current;
      }
      if (isReady(current, now()) && patience !== 'none') return { kind: 'again' };
      return {
        kind: 'answer',
        refusal: isOpen(current) ? tellHeld(current, file, tellings()) : tellOver(current),
      };
    },

    close: () => waiters.close(),
  };

  function opening(file: CaseFile, voided: HoldWrites | undefined): HoldAlong {
    const agent = file.principal?.agent.id ?? '';
    if (holds.waitingOf(agent) >= parts.most) {
      throw new SallyportError('request/too-many', `agent ${agent} has ${parts.most} held calls that wait already`, {
        fix: 'wait until people have decided, or cancel some of them',
      });
    }
    const held = openHold(file, {
      terms: parts.terms(file),
      nonce: parts.newNonce(),
      now: now(),
    });
    file.held = held;
    const writes = holds.opening(held);
    return {
      puts: [...(voided?.puts ?? []), ...writes.puts],
      events: [...(voided?.events ?? []), ...writes.events],
      erase: voided?.erase,
      sealed: sealedRequest(file, parts.sealer, held.runBy ?? held.decideBy),
      done: () => {
        voided?.done();
        writes.done();
      },
      outrun: async () => {
        await voided?.outrun();
      },
    };
  }

  function isWaiting(held: HeldCall): boolean {
    return isOpen(held) && !isReady(held, now());
  }
}

/** Bodies of calls that wait, together: some twenty of the largest. */
const MOST_BYTES = 67_108_864;

/** What is left of one try's time, or less where a window opens before. */
function waitFor(held: HeldCall, left: number, now: Date): number {
  if (held.state !== 'approved') return left;
  const opens = unmet(held.holds, held.approvals, now).map(({ until }) => Date.parse(until) - now.getTime());
  return Math.min(left, ...opens.filter((ms) => ms > 0).map((ms) => ms + 1));
}

const CHANGED = 'what the call would change is not what it was when the call was held';
const ASKS_MORE = 'the policy asks for more now than it did when the call was held';

function isApproved({ state, runBy }: HeldCall, now: Date): boolean {
  return state === 'approved' && runBy !== null && now.toISOString() < runBy;
}

/** Approved, and every window that it waits for is open. Evidence is looked at when it is judged again. */
function isReady(held: HeldCall, now: Date): boolean {
  return isApproved(held, now) && unmet(held.holds, held.approvals, now).every(({ kind }) => kind !== 'window');
}

/** Whether what is asked for now is asked for already, or was given. */
function asksNoMore(held: HeldCall, { decision }: CaseFile, now: Date): boolean {
  const left = unmet(decision?.verdict?.holds ?? [], held.approvals, now).filter(({ kind }) => kind === 'people');
  if (left.length === 0) return true;
  if (held.state === 'approved') return false;
  return left.every((hold) =>
    held.holds.some(
      (asked) =>
        asked.kind === 'people' &&
        asked.key === hold.key &&
        asked.quorum >= hold.quorum &&
        asked.groups.every((group) => hold.groups.includes(group)) &&
        (asked.groups.length > 0 || hold.groups.length === 0),
    ),
  );
}

/** The hold that this very request had, of a change that is not what it would do now. */
function staleOf({ repeats }: CaseFile, key: string): HeldCall | undefined {
  return repeats !== undefined && isOpen(repeats) && repeats.digests.change !== key ? repeats : undefined;
}

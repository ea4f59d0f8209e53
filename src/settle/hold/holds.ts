import { SallyportError } from '../../errors.ts';
import { checkWhy } from '../../identify/agent.ts';
import type { Sources } from '../../identify/sources.ts';
import type { Along, LogEvent, Put, Store } from '../../record/store.ts';
import { type HeldCall, heldCallJson, readHeldCall } from './held-call.ts';
import { checkOpen, checkWaiting, ended, isForgotten, isLate, isOpen, runByOf } from './hold-life.ts';
import {
  closedId,
  closing,
  HELD_REQUEST,
  type HoldChange,
  type HoldEdit,
  type HoldWrites,
  holdEvent,
} from './hold-writes.ts';
import { type Approver, checkApprover, unmet } from './quorum.ts';

export interface HoldsParts {
  readonly store: Store;
  readonly sources: Sources;
  /** What else is to be planned with a hold, in its transaction (steps of escalation). */
  readonly planned?: (held: HeldCall) => readonly Put[];
  /** For tests: waited for before a change is written. */
  readonly stall?: ((what: string, id: string) => Promise<void>) | undefined;
}

interface Kept {
  readonly held: HeldCall;
  readonly version: number;
}

const ATTEMPTS = 5;
/** Ended in one transaction; between two the loop serves others. */
const SLICE = 50;
/**
 * The calls that wait for people or for a window (P1). Kept in memory, changed only by conditional updates together with
 * their events: of two changes at once one happens, and the other is told what happened.
 */
export class Holds {
  readonly #parts: HoldsParts;
  readonly #kept = new Map<string, Kept>();
  readonly #byRequest = new Map<string, string>();
  readonly #byChange = new Map<string, string>();
  /** How many are remembered of each agent. */
  readonly #ofAgents = new Map<string, number>();
  readonly #listeners = new Set<(change: HoldChange) => void>();

  private constructor(parts: HoldsParts) {
    this.#parts = parts;
  }

  /** Loads what is open. @throws SallyportError `record/unavailable` when a held call cannot be read */
  static async open(parts: HoldsParts): Promise<Holds> {
    const holds = new Holds(parts);
    for (const { id, version, body } of await parts.store.list('holds')) {
      holds.#keep({ held: readHeldCall(id, body), version });
    }
    return holds;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#kept.size;
  }

  /** Whether any of this agent's is remembered: its calls alone are looked up, and those of others cost nothing. */
  hasOf(agent: string): boolean {
    return this.#ofAgents.has(agent);
  }

  /** Held calls that are not over, oldest first. */
  waiting(): readonly HeldCall[] {
    const open = [...this.#kept.values()].map(({ held }) => held).filter(isOpen);
    return open.sort((a, b) => (a.openedAt < b.openedAt ? -1 : a.openedAt > b.openedAt ? 1 : a.id < b.id ? -1 : 1));
  }

  /** How many of an agent are not over. */
  waitingOf(agent: string): number {
    let count = 0;
    for (const { held } of this.#kept.values()) if (held.agent === agent && isOpen(held)) count += 1;
    return count;
  }

  /** One that is remembered here; undefined when there is none. */
  peek(id: string): HeldCall | undefined {
    return this.#kept.get(id)?.held;
  }

  /** The held call that a request is a try of, open or ended a moment ago. */
  byRequest(key: string): HeldCall | undefined {
    return this.#find(this.#byRequest.get(key));
  }

  /** The held call that a measured change is bound to. */
  byChange(key: string): HeldCall | undefined {
    return this.#find(this.#byChange.get(key));
  }

  /** Any held call, over ones too. @throws SallyportError `request/not-found` */
  async get(id: string): Promise<HeldCall> {
    const held = this.#find(id) ?? (await this.#reload(id))?.held;
    if (held !== undefined) return held;
    const closed = await this.#parts.store.get('closed', closedId(id));
    if (closed === undefined) {
      throw new SallyportError('request/not-found', `there is no held call ${JSON.stringify(id)}`, {
        fix: 'sallyport approvals list shows those that wait',
      });
    }
    return readHeldCall(id, closed.body);
  }

  /** What opens a hold: written with the decision that holds the call. */
  opening(held: HeldCall): HoldWrites {
    const { store: _, sources, planned } = this.#parts;
    const edit: HoldEdit = {
      held,
      what: 'opened',
      by: 'gate',
      why: held.subject.reasons[0]?.message ?? 'the policy holds it',
    };
    return {
      puts: [{ collection: 'holds', id: held.id, expect: 0, body: heldCallJson(held) }, ...(planned?.(held) ?? [])],
      events: [holdEvent(edit, undefined, sources)],
      done: () => {
        this.#keep({ held, version: 1 });
        this.#tell({ what: 'opened', held });
      },
      outrun: async () => undefined,
    };
  }

  /** What uses an approval up: written with the decision by which the call runs, or not at all. */
  using(held: HeldCall, ranAs: string): HoldWrites {
    const why = 'the approved call came again, unchanged';
    return this.#ending({ held: ended(held, 'used', 'gate', why, this.#now(), ranAs), what: 'used', by: 'gate', why });
  }

  /** What ends a hold that a new judgement has overtaken: written with that judgement. */
  voiding(held: HeldCall, why: string): HoldWrites {
    return this.#ending({ held: ended(held, 'voided', 'gate', why, this.#now()), what: 'voided', by: 'gate', why });
  }

  /**
   * One person's yes; with enough of them the call may run.
   * @throws SallyportError `operator/forbidden`, `request/invalid`, `request/not-found`; `record/conflict` when it is over
   */
  approve(id: string, approver: Approver, why: string): Promise<HeldCall> {
    const reason = checkWhy(why);
    return this.#change(id, 'approve', (held, now) => {
      checkWaiting(held, now);
      checkApprover(held, approver);
      if (held.approvals.some(({ by }) => by === approver.id)) {
        throw new SallyportError('record/conflict', `${approver.name} has approved this call already`, {
          fix: 'it waits for others now',
        });
      }
      const approval = {
        by: approver.id,
        groups: approver.groups,
        any: approver.role === 'administrator',
        at: now.toISOString(),
        why: reason,
      };
      const approvals = [...held.approvals, approval];
      const isEnough = unmet(held.holds, approvals, now).every(({ kind }) => kind !== 'people');
      const runBy = isEnough ? runByOf(held, now) : null;
      const state = isEnough ? 'approved' : 'waiting';
      return {
        held: { ...held, state, approvals, runBy },
        what: isEnough ? 'approved' : 'approval',
        by: approver.id,
        why: reason,
      };
    });
  }

  /** One person's no, which ends it at once. @throws SallyportError as `approve` */
  deny(id: string, approver: Approver, why: string): Promise<HeldCall> {
    const reason = checkWhy(why);
    return this.#change(id, 'deny', (held, now) => {
      checkOpen(held, now);
      checkApprover(held, approver);
      return {
        held: ended(held, 'denied', approver.id, reason, now),
        what: 'denied',
        by: approver.id,
        why: reason,
      };
    });
  }

  /** Taken back, by an operator or by the agent itself. @throws SallyportError as `approve` */
  cancel(id: string, by: string, why: string): Promise<HeldCall> {
    const reason = checkWhy(why);
    return this.#change(id, 'cancel', (held, now) => {
      checkOpen(held, now);
      return { held: ended(held, 'cancelled', by, reason, now), what: 'cancelled', by, why: reason };
    });
  }

  /**
   * Ends every open one that the predicate names, a slice at a time, so that others are served meanwhile. One that somebody
   * else changes at the same time is looked at again. Resolves with those that it ended.
   */
  async end(
    which: (held: HeldCall) => boolean,
    state: 'voided' | 'expired',
    by: string,
    why: string,
  ): Promise<readonly HeldCall[]> {
    const done: HeldCall[] = [];
    const doomed = this.waiting().filter(which);
    for (let at = 0; at < doomed.length; at += SLICE) {
      // As they are by now: between two slices people go on deciding.
      const slice = doomed.slice(at, at + SLICE).flatMap(({ id }) => {
        const held = this.peek(id);
        return held !== undefined && isOpen(held) && which(held) ? [held] : [];
      });
      done.push(...(await this.#endSlice(slice, which, { state, by, why })));
      await new Promise(setImmediate);
    }
    return done;
  }

  /** Ends what time has ended: nobody decided, or the approved call did not come. Forgets what is over. */
  async sweep(): Promise<void> {
    const now = this.#now();
    const at = now.toISOString();
    await this.end((held) => held.state === 'waiting' && held.decideBy <= at, 'expired', 'gate', SILENCE);
    await this.end((held) => isLate(held, now), 'expired', 'gate', UNUSED);
    const over = [...this.#kept.values()].filter(({ held }) => !isOpen(held) && isForgotten(held, now));
    for (let from = 0; from < over.length; from += SLICE) await this.#close(over.slice(from, from + SLICE));
  }

  /** Calls `listener` after each change is in force; the result ends that. */
  subscribe(listener: (change: HoldChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #endSlice(
    slice: readonly HeldCall[],
    which: (held: HeldCall) => boolean,
    { state, by, why }: { readonly state: 'voided' | 'expired'; readonly by: string; readonly why: string },
  ): Promise<readonly HeldCall[]> {
    const now = this.#now();
    const edits = slice.map((held): HoldEdit => ({ held: ended(held, state, by, why, now), what: state, by, why }));
    const writes = edits.map((edit) => this.#ending(edit));
    try {
      for (const { id } of slice) await this.#parts.stall?.('end', id);
      await this.#put(
        writes.flatMap(({ puts }) => puts),
        writes.flatMap(({ events }) => events),
        writes.flatMap(({ erase = [] }) => erase),
      );
      for (const { done } of writes) done();
      return edits.map(({ held }) => held);
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
    }
    // Somebody changed one of them: each by itself, as it is now.
    const alone: HeldCall[] = [];
    for (const { id } of slice) {
      const changed = await this.#change(id, 'end', (held, at) => {
        if (!isOpen(held) || !which(held)) throw new SallyportError('record/conflict', 'over already');
        return { held: ended(held, state, by, why, at), what: state, by, why };
      }).catch((thrown: unknown) => {
        if (isConflict(thrown)) return undefined;
        throw thrown;
      });
      if (changed !== undefined) alone.push(changed);
    }
    return alone;
  }

  /** Off the list; what another gate has moved already is off this one's too. */
  async #close(over: readonly Kept[]): Promise<void> {
    try {
      await this.#put(
        over.flatMap(({ held, version }) => closing(held, version)),
        [],
      );
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
      if (over.length > 1) {
        for (const one of over) await this.#close([one]);
        return;
      }
    }
    for (const { held } of over) this.#drop(held);
  }

  async #change(id: string, what: string, edit: (held: HeldCall, now: Date) => HoldEdit): Promise<HeldCall> {
    for (let attempt = 1; ; attempt += 1) {
      const kept = this.#kept.get(id) ?? (await this.#reload(id));
      const changed = edit(kept?.held ?? (await this.get(id)), this.#now());
      // On the condition that nobody changes what was looked at.
      const writes = this.#ending(changed, kept);
      await this.#parts.stall?.(what, id);
      try {
        await this.#put(writes.puts, writes.events, writes.erase);
      } catch (thrown) {
        if (!isConflict(thrown) || attempt === ATTEMPTS) throw thrown;
        await this.#reload(id);
        continue;
      }
      writes.done();
      return changed.held;
    }
  }

  /** The writes of an edit of what is kept here; of what is not, a put that cannot succeed. */
  #ending(edit: HoldEdit, before = this.#kept.get(edit.held.id)): HoldWrites {
    const { held } = edit;
    const expect = before?.version ?? 1;
    return {
      puts: [{ collection: 'holds', id: held.id, expect, body: heldCallJson(held) }],
      events: [holdEvent(edit, before?.held, this.#parts.sources)],
      erase: isOpen(held) ? [] : [{ decision: held.id, name: HELD_REQUEST }],
      done: () => {
        this.#keep({ held, version: expect + 1 });
        this.#tell({ what: edit.what, held });
      },
      outrun: async () => {
        await this.#reload(held.id);
      },
    };
  }

  async #put(puts: readonly Put[], events: readonly LogEvent[], erase?: Along['erase']): Promise<void> {
    await this.#parts.store.transact(puts, events, { erase });
  }

  /** As the store has it: somebody else may have changed it. */
  async #reload(id: string): Promise<Kept | undefined> {
    const document = await this.#parts.store.get('holds', id);
    if (document !== undefined) {
      this.#keep({ held: readHeldCall(id, document.body), version: document.version });
      return this.#kept.get(id);
    }
    const known = this.#kept.get(id);
    if (known !== undefined && isOpen(known.held)) {
      const closed = await this.#parts.store.get('closed', closedId(id));
      if (closed === undefined) this.#drop(known.held);
      else this.#keep({ held: readHeldCall(id, closed.body), version: known.version + 1 });
    }
    return this.#kept.get(id);
  }

  #find(id: string | undefined): HeldCall | undefined {
    return id === undefined ? undefined : this.#kept.get(id)?.held;
  }

  #keep(kept: Kept): void {
    const { id, digests } = kept.held;
    const known = this.#kept.get(id);
    if (known !== undefined && known.version >= kept.version) return;
    this.#kept.set(id, kept);
    const { agent } = kept.held;
    if (known === undefined) this.#ofAgents.set(agent, (this.#ofAgents.get(agent) ?? 0) + 1);
    // Of the same request or change the newest is what a retry means.
    this.#byRequest.set(digests.request, id);
    if (isOpen(kept.held)) this.#byChange.set(digests.change, id);
    else if (this.#byChange.get(digests.change) === id) this.#byChange.delete(digests.change);
  }

  #drop({ id, agent, digests }: HeldCall): void {
    if (!this.#kept.delete(id)) return;
    const left = (this.#ofAgents.get(agent) ?? 1) - 1;
    if (left > 0) this.#ofAgents.set(agent, left);
    else this.#ofAgents.delete(agent);
    if (this.#byRequest.get(digests.request) === id) this.#byRequest.delete(digests.request);
    if (this.#byChange.get(digests.change) === id) this.#byChange.delete(digests.change);
  }

  #tell(change: HoldChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #now(): Date {
    return this.#parts.sources.now();
  }
}

const SILENCE = 'nobody decided in time, and silence is a no';
const UNUSED = 'the approved call did not come in time';

function isConflict(thrown: unknown): boolean {
  return thrown instanceof SallyportError && thrown.code === 'record/conflict';
}

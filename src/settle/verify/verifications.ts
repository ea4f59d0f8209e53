import { messageOf, SallyportError } from '../../errors.ts';
import type { Sources } from '../../identify/sources.ts';
import type { JsonObject } from '../../json.ts';
import type { Claim } from '../../operate/schedule/attempt.ts';
import type { Schedule } from '../../operate/schedule/schedule.ts';
import type { Task } from '../../operate/schedule/task.ts';
import type { CaseFile } from '../../record/case-file.ts';
import type { LogEvent, Store } from '../../record/store.ts';
import type { Delivery } from '../delivery.ts';
import { begun, mayHaveRun, mayHaveRunBefore, verificationEvent } from './begun.ts';
import type { Expansion } from './lane-verifier.ts';
import type { Look } from './look.ts';
import { type Kept, OpenVerifications, type Standing, type Step } from './open-verifications.ts';
import { planToJson } from './plan.ts';
import { conclude, pause } from './progress.ts';
import { lastSeen, looked, progressOf, type Verification } from './verification.ts';

export interface VerificationsParts {
  readonly store: Pick<Store, 'transact' | 'get' | 'list' | 'decision'>;
  readonly schedule: Pick<Schedule, 'plan' | 'on'>;
  readonly sources: Sources;
  /** One look by each probe of its plan, in that order. Never rejects. */
  readonly look: (verification: Verification, signal: AbortSignal) => Promise<readonly Look[]>;
  /** The rest of an act whose first share was verified. Never rejects; doing it twice does no harm. */
  readonly expand: (verification: Verification, signal: AbortSignal) => Promise<Expansion>;
  /** Why the gate may not go on with an act: its agent's authority was withdrawn, a freeze covers it. */
  readonly objection: (verification: Verification) => string | undefined;
  /** Whether a decision was taken back, or is being: then there is nothing left to verify. */
  readonly isTakenBack: (decision: string) => Promise<boolean>;
  /** Takes a decision back. */
  readonly revert: (decision: string, why: string) => Promise<unknown>;
  readonly report: (error: unknown, decision: string) => void;
}

/** What a listener is told once it is durable. */
export interface VerificationChange {
  readonly what: 'started' | 'passed' | 'failed' | 'inconclusive';
  readonly verification: Verification;
}

const KIND = 'verification';
/** How long a failure stands in the way of further changes, unless a later verification of the target passes. */
const KEEP_MS = 24 * 60 * 60 * 1000;
const LEASE_MS = 120_000;

/**
 * Verification after action (P5). It is on the books before the first byte leaves, so that a crash at any point loses none: what the
 * gate did not see the outcome of is looked at after the next start. Each look is a task of the schedule.
 */
export class Verifications {
  readonly #parts: VerificationsParts;
  readonly #open: OpenVerifications;
  readonly #listeners = new Set<(change: VerificationChange) => void>();

  private constructor(parts: VerificationsParts, open: OpenVerifications) {
    this.#parts = parts;
    this.#open = open;
  }

  /**
   * Reads what is open, and goes on with it.
   * @throws SallyportError `record/unavailable` when one cannot be read
   */
  static async open(parts: VerificationsParts): Promise<Verifications> {
    const verifications = new Verifications(parts, await OpenVerifications.load(parts.store));
    await verifications.#reconcile();
    parts.schedule.on(KIND, (task, claim) => verifications.#turn(task, claim), { lease: LEASE_MS });
    return verifications;
  }

  /** Told of each change once it is durable; must not throw. The result ends it. */
  subscribe(listener: (change: VerificationChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Puts the verification of an allowed call on the books, before anything leaves.
   * @throws SallyportError `record/unavailable`: then nothing may leave
   */
  async begin(file: CaseFile): Promise<void> {
    const verification = begun(file, this.#now());
    if (verification !== undefined) await this.#open.add(verification);
  }

  /** The call is over: from now on it is looked at whether it worked, unless it certainly did not run. */
  async ended(file: CaseFile, { sent, status }: Pick<Delivery, 'sent' | 'status'>): Promise<void> {
    const kept = this.#open.get(file.id);
    if (kept?.verification.state === 'awaiting') await this.#started(kept, mayHaveRun(sent, status));
  }

  /** How the last verification of a target stands, but for that of one call. See `OpenVerifications.standing`. */
  standing(route: string, touched: string | undefined, but: string): Standing {
    return this.#open.standing(route, touched, but);
  }

  /** Calls that had an outcome, or were lost, before their verification heard of it. */
  async #reconcile(): Promise<void> {
    for (const kept of this.#open.list()) {
      const { id, state } = kept.verification;
      if (state !== 'awaiting') continue;
      const { outcome } = (await this.#parts.store.decision(id)) ?? {};
      await this.#started(kept, mayHaveRunBefore(outcome));
    }
  }

  async #started(kept: Kept, ran: boolean): Promise<void> {
    const { verification } = kept;
    const { id, plan, canary } = verification;
    if (!ran) {
      const moot: Verification = { ...verification, state: 'moot', ended: this.#now(), why: 'the call did not run' };
      return this.#open.drop({ ...kept, verification: moot });
    }
    const started: Verification = { ...verification, state: 'running', started: this.#now() };
    const task = this.#parts.schedule.plan({
      ...{ id: `${KIND}:${id}`, kind: KIND, due: this.#in(pause(plan, 0, plan.within)), body: { decision: id } },
    });
    const whole = { plan: planToJson(plan), watched: { ...started.watched } };
    const events = [this.#event(started, 'verification.started', plan.signal, whole)];
    if (canary !== null)
      events.push(this.#event(started, 'canary.started', `${canary.first} replicas first, then ${canary.to}`, canary));
    await this.#write(kept, started, { events, task });
    this.#tell('started', started);
  }

  async #turn({ body }: Task, claim: Claim): Promise<void> {
    const id = typeof body.decision === 'string' ? body.decision : '';
    const kept = this.#open.get(id);
    if (kept === undefined) return;
    const { state, canary, fallback } = kept.verification;
    if (state === 'running' && (await this.#parts.isTakenBack(id))) await this.#drop(kept, claim);
    else if (state === 'running' && canary?.step === 'expanding') await this.#expand(kept, claim);
    else if (state === 'running') await this.#look(kept, claim);
    else if (fallback === 'due') await this.#revert(kept, claim);
    else {
      await this.#write(kept, kept.verification, { task: claim.done, closed: true });
    }
  }

  /** Somebody took the act back before it was known whether it worked. */
  async #drop({ verification, version }: Kept, claim: Claim): Promise<void> {
    const why = 'it was taken back meanwhile';
    const moot: Verification = { ...verification, state: 'moot', ended: this.#now(), why };
    const event = this.#event(moot, 'verification.moot', why, { looks: moot.looks });
    await this.#write({ verification, version }, moot, { events: [event], task: claim.done, closed: true });
  }

  async #look(kept: Kept, claim: Claim): Promise<void> {
    const looks = await this.#parts.look(kept.verification, claim.signal);
    if (claim.signal.aborted)
      throw new SallyportError('measure/busy', 'the look was called off', { fix: 'it is had again' });
    const verification = looked(kept.verification, looks, this.#now());
    const { plan, started, since, canary } = verification;
    const began = Date.parse(started ?? since);
    const now = this.#parts.sources.now().getTime();
    const came = conclude(plan, progressOf(verification), began, now);
    if (came === 'running') {
      const next = this.#in(pause(plan, verification.looks, began + plan.within - now));
      await this.#write(kept, verification, { task: claim.again(next) });
    } else if (came === 'passed' && canary?.step === 'first') await this.#toExpand(kept, verification, claim);
    else await this.#end(kept, verification, came, lastSeen(verification), claim);
  }

  /** The first share is well. That the rest follows is on the record before it does. */
  async #toExpand(kept: Kept, verification: Verification, claim: Claim): Promise<void> {
    const { canary } = verification;
    if (canary === null) return;
    const expanding: Verification = { ...verification, canary: { ...canary, step: 'expanding' } };
    const event = this.#event(expanding, 'canary.expanding', lastSeen(verification), { ...canary, step: 'expanding' });
    await this.#write(kept, expanding, { events: [event], task: claim.again(this.#now()) });
  }

  async #expand(kept: Kept, claim: Claim): Promise<void> {
    const { verification } = kept;
    const { canary } = verification;
    if (canary === null) return;
    const objection = this.#parts.objection(verification);
    const expansion: Expansion =
      objection === undefined ? await this.#parts.expand(verification, claim.signal) : { done: false, why: objection };
    if (!expansion.done) {
      const why = `the rest did not follow: ${expansion.why}`;
      const aborted = this.#event(verification, 'canary.aborted', why, canary);
      await this.#end(kept, verification, 'failed', why, claim, [aborted]);
      return;
    }
    const whole: Verification = {
      ...verification,
      ...{ canary: { ...canary, step: 'rest' }, started: this.#now(), looks: 0, progress: [] },
    };
    const event = this.#event(whole, 'canary.expanded', `all ${canary.to} replicas`, { ...canary, step: 'rest' });
    await this.#write(kept, whole, {
      events: [event],
      task: claim.again(this.#in(pause(whole.plan, 0, whole.plan.within))),
    });
  }

  async #end(
    kept: Kept,
    verification: Verification,
    state: 'passed' | 'failed' | 'inconclusive',
    why: string,
    claim: Claim,
    events: readonly LogEvent[] = [],
  ): Promise<void> {
    const due = state !== 'passed' && verification.fallback === 'promised';
    const ended: Verification = {
      ...{ ...verification, state, why, ended: this.#now() },
      ...(due ? { fallback: 'due' } : {}),
    };
    const seen = { looks: ended.looks, seen: ended.seen.map((one) => ({ ...one })), fallback: ended.fallback };
    const all = [...events, ...this.#abortedBy(ended), this.#event(ended, `verification.${state}`, why, seen)];
    if (state === 'passed') await this.#write(kept, ended, { events: all, task: claim.done, closed: true });
    else await this.#write(kept, ended, { events: all, task: claim.again(due ? this.#now() : this.#in(KEEP_MS)) });
    this.#tell(state, ended);
  }

  /** A first share that is not well stays alone. */
  #abortedBy(ended: Verification): readonly LogEvent[] {
    const { canary, state, why } = ended;
    if (state === 'passed' || canary?.step !== 'first') return [];
    return [this.#event(ended, 'canary.aborted', why, canary)];
  }

  async #revert(kept: Kept, claim: Claim): Promise<void> {
    const { verification } = kept;
    await this.#parts.revert(verification.id, `its verification ${verification.state}: ${verification.why}`);
    await this.#write(kept, { ...verification, fallback: 'done' }, { task: claim.again(this.#in(KEEP_MS)) });
  }

  async #write(kept: Kept, next: Verification, step: Step): Promise<void> {
    try {
      await this.#open.write(kept, next, step);
    } catch (error) {
      this.#parts.report(error, next.id);
      throw error;
    }
  }

  #event(verification: Verification, what: string, why: string, after: JsonObject): LogEvent {
    return verificationEvent(verification, { what, why, after }, this.#parts.sources);
  }

  #tell(what: VerificationChange['what'], verification: Verification): void {
    for (const listener of this.#listeners) {
      try {
        listener({ what, verification });
      } catch (error) {
        this.#parts.report(new Error(`a listener failed: ${messageOf(error)}`), verification.id);
      }
    }
  }

  #now(): string {
    return this.#parts.sources.now().toISOString();
  }

  #in(ms: number): string {
    return new Date(this.#parts.sources.now().getTime() + ms).toISOString();
  }
}

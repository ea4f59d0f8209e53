import type { Judge } from '../../decide/judge.ts';
import { askStops, type Counted, type Stop, type Watch } from '../../decide/stops/stop-answer.ts';
import { type StopQuestion, SUBJECT_KINDS, type SubjectKind } from '../../decide/stops/stop-question.ts';
import { messageOf } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { CaseFile } from '../../record/case-file.ts';
import type { LogEvent, Store } from '../../record/store.ts';
import type { Freezes } from '../freezes.ts';
import { Fired } from './fired.ts';
import { type CountedCall, endedAs, happeningIn } from './happenings.ts';
import { lookBack } from './look-back.ts';
import { type FiringParts, fire } from './stop-firing.ts';
import { Track } from './track.ts';
import { Tracks } from './tracks.ts';

export interface StopConditionsParts extends FiringParts {
  readonly store: Pick<Store, 'size' | 'leaves'>;
  readonly freezes: Pick<Freezes, 'set' | 'active'>;
  /** The judge in force; undefined while there is none, and then nothing runs either. */
  readonly judge: () => Judge | undefined;
  /** How fast an agent goes; undefined where that is not known. */
  readonly pace: (agent: string, now: number) => StopQuestion['pace'] | undefined;
  /** Told of what the gate itself got wrong. */
  readonly report: (error: unknown, what: string) => void;
}

const PACES = ['calls', 'changes'] as const;
const NO_PACE: StopQuestion['pace'] = { calls: 'unknown', changes: 'unknown' };
/** What could not be written is tried again after so long. */
const AGAIN_MS = 1_000;

/**
 * Stops by itself what policy says has gone wrong too often (P3). What became of calls is counted from their events, and from those
 * of verifications and reverts; policy is asked when a count moves that one of its conditions is about, never for a read that went
 * well. What is met sets an ordinary freeze, in the gate's name, with the decisions that it rests on.
 */
export class StopConditions {
  readonly #parts: StopConditionsParts;
  readonly #tracks = new Tracks();
  readonly #fired = new Fired();
  /** Changes that were let through and have not ended. */
  readonly #underWay = new Map<string, CountedCall>();
  readonly #paces = new Map<string, Readonly<Record<(typeof PACES)[number], number>>>();
  #watches: ReadonlyMap<SubjectKind, Watch> | undefined;
  /** Tracks to ask about, each with the decision that it is asked for. */
  readonly #due = new Map<Track, string>();
  #work: Promise<void> | undefined;
  #closed = false;

  private constructor(parts: StopConditionsParts) {
    this.#parts = parts;
  }

  /**
   * Reads what the log holds of the last day, and asks about everybody once: what was met when the gate was killed is stopped now.
   * @throws SallyportError `record/unavailable`
   */
  static async open(parts: StopConditionsParts): Promise<StopConditions> {
    const stops = new StopConditions(parts);
    const tell = (kind: string, id: string, body: JsonObject, at: number) => void stops.#told(kind, id, body, at);
    await lookBack(parts.store, parts.sources.now(), tell);
    // What was under way when the gate ended was given an end when it started.
    stops.#underWay.clear();
    stops.#due.clear();
    stops.refresh();
    return stops;
  }

  /** An event of a call, once it is durable. Quick, and never throws. */
  heard({ kind, id, time, body }: LogEvent, { principal, described }: Pick<CaseFile, 'principal' | 'described'>): void {
    const at = Date.parse(time);
    // Most calls are reads: nothing of them is counted, but their pace where a condition is about it.
    const reads = described?.action.class === 'read';
    if (kind === 'decided' && principal !== undefined) this.#paced(principal.agent.id, id, at, reads);
    if (kind === 'decided' && reads) return;
    for (const track of this.#told(kind, id, body, at)) this.#ask(track, id);
  }

  /** A change of the gate's own state, once it is durable. Quick, and never throws. */
  changed({ id, time, body }: LogEvent): void {
    for (const track of this.#told('changed', id, body, Date.parse(time))) this.#ask(track, id);
  }

  /** Other conditions may be in force: everybody is asked about once. */
  refresh(): void {
    this.#watches = undefined;
    for (const track of this.#tracks.all()) this.#ask(track, 'conditions');
  }

  /** Resolves when everything that was heard of so far has been asked about and written. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** Asks no more; resolves when what is being written is. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }

  /** Enters what happened; whose tracks it is on. */
  #told(kind: string, id: string, body: JsonObject, at: number): readonly Track[] {
    switch (kind) {
      case 'decided': {
        const happening = happeningIn(id, body);
        // Who takes back what agents did is none of them.
        if (happening !== undefined && this.#parts.registry.agent(happening.call.agent) === undefined) return [];
        if (happening?.kind === 'let-through') this.#underWay.set(id, happening.call);
        return happening?.kind === 'denied' ? [this.#tracks.denied(happening.call, at)] : [];
      }
      case 'outcome': {
        const call = this.#underWay.get(id);
        this.#underWay.delete(id);
        const ended = call && endedAs(call, body);
        return call === undefined || ended === undefined ? [] : this.#tracks.ended(call, ended, at);
      }
      default:
        return this.#learnt(body, at);
    }
  }

  #learnt(body: JsonObject, at: number): readonly Track[] {
    this.#fired.read(body);
    const news = typeof body.what === 'string' && Object.hasOwn(NEWS, body.what) ? NEWS[body.what] : undefined;
    if (news === undefined || typeof body.decision !== 'string') return [];
    return this.#tracks.learnt(body.decision, news, at);
  }

  /** Asks where a pace has just reached what a condition waits for, and not for each call beyond. */
  #paced(agent: string, decision: string, at: number, reads: boolean): void {
    const watch = this.#watchOf('agent');
    if (watch === undefined || (watch.calls.length === 0 && (reads || watch.changes.length === 0))) return;
    const pace = this.#parts.pace(agent, at);
    if (pace === undefined || typeof pace.calls !== 'number' || typeof pace.changes !== 'number') return;
    const now = { calls: pace.calls, changes: pace.changes };
    const before = this.#paces.get(agent) ?? { calls: 0, changes: 0 };
    this.#paces.set(agent, now);
    const reached = PACES.some((each) => watch[each].some((at) => before[each] < at && at <= now[each]));
    if (reached) this.#later(this.#tracks.of({ kind: 'agent', name: agent }), decision);
  }

  /** Puts it to policy soon, where enough is counted for any condition to be met. */
  #ask(track: Track, decision: string): void {
    const watch = this.#watchOf(track.subject.kind);
    const enough = COUNTS.some((each) => watch?.[each].some((at) => track.count(each) >= at));
    if (enough) this.#later(track, decision);
  }

  /** What many calls bring in one turn of the loop is asked about once. */
  #later(track: Track, decision: string): void {
    if (this.#closed) return;
    this.#due.set(track, decision);
    this.#work ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#run());
  }

  async #run(): Promise<void> {
    try {
      for (const [track, decision] of this.#due) {
        this.#due.delete(track);
        await this.#stop(track, decision);
      }
    } finally {
      this.#work = undefined;
    }
  }

  async #stop(track: Track, decision: string): Promise<void> {
    const { subject } = track;
    for (const stop of this.#met(track, decision)) {
      const inForce = (id: string) =>
        this.#parts.freezes.active(this.#parts.sources.now()).some((each) => each.id === id);
      if (!this.#fired.isNew(subject, stop, inForce)) continue;
      const takeBack = this.#fired.begin(subject, stop);
      try {
        const freeze = await fire(this.#parts, subject, stop, this.#tracks.intentsOf(stop.evidence));
        this.#fired.done(subject, stop, freeze.id);
      } catch (error) {
        takeBack();
        this.#parts.report(error, `stop condition ${stop.condition} of ${subject.kind} ${subject.name}`);
        setTimeout(() => this.#later(track, decision), AGAIN_MS).unref();
      }
    }
  }

  /** The conditions that are met. Where policy cannot say, the agent is stopped that it was asked of. */
  #met(track: Track, id: string): readonly Stop[] {
    const judge = this.#parts.judge();
    if (judge === undefined) return [];
    const now = this.#parts.sources.now();
    const { kind, name } = track.subject;
    const pace = (kind === 'agent' ? this.#parts.pace(name, now.getTime()) : undefined) ?? NO_PACE;
    const question = { version: 1, call: { id, time: now.toISOString() }, ...track.question(now), pace } as const;
    try {
      return askStops(judge, question).stops;
    } catch (error) {
      this.#parts.report(error, `stop conditions of ${kind} ${name}`);
      return kind === 'agent' ? [unanswered(id, error)] : [];
    }
  }

  #watchOf(kind: SubjectKind): Watch | undefined {
    this.#watches ??= this.#watch();
    return this.#watches?.get(kind);
  }

  /** The counts from which on conditions may be met; where policy cannot say, it is asked each time. */
  #watch(): ReadonlyMap<SubjectKind, Watch> | undefined {
    const judge = this.#parts.judge();
    if (judge === undefined) return undefined;
    const now = this.#parts.sources.now();
    const watchOf = (kind: SubjectKind): Watch => {
      const call = { id: 'watch', time: now.toISOString() };
      const nothing = new Track({ kind, name: '' }).question(now);
      try {
        return askStops(judge, { version: 1, call, ...nothing, pace: NO_PACE }).watch;
      } catch (error) {
        this.#parts.report(error, `stop conditions of any ${kind}`);
        return ALWAYS;
      }
    };
    return new Map(SUBJECT_KINDS.map((kind) => [kind, watchOf(kind)]));
  }
}

const COUNTS = ['failures', 'verifications', 'reverts', 'denials'] as const satisfies readonly Counted[];
const ALWAYS: Watch = { failures: [1], verifications: [1], reverts: [1], denials: [1], calls: [], changes: [] };

/** What events of the gate's own state say of the change that they name. */
const NEWS: Readonly<Record<string, Parameters<Track['learnt']>[1]>> = {
  'verification.passed': { verification: 'passed' },
  'verification.failed': { verification: 'failed' },
  'revert.ran': { reverted: true },
};

function unanswered(decision: string, error: unknown): Stop {
  return {
    condition: 'unanswered',
    message: `policy cannot say whether it is to be stopped: ${messageOf(error)}`,
    ...{ freeze: 'subject', minutes: 0, reads: false, demote: undefined, evidence: [decision] },
  };
}

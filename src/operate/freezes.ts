import type { FreezeSubject } from '../decide/freeze-subject.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { checkFuture, checkLine, checkWhy } from '../identify/agent.ts';
import { changedEvent } from '../identify/changed-event.ts';
import type { Sources } from '../identify/sources.ts';
import type { JsonObject } from '../json.ts';
import type { Document, LogEvent, Store } from '../record/store.ts';
import { type Freeze, freezeFromJson, freezeToJson } from './freeze.ts';
import type { FreezeScope } from './freeze-scope.ts';

/** What a new freeze is made of; the id and the time are the gate's. */
export interface FreezeOrder {
  readonly scope: FreezeScope;
  /** Reads are stopped too. */
  readonly reads: boolean;
  /** The operator. */
  readonly by: string;
  readonly why: string;
  /** RFC 3339 with an offset, in the future; null: until somebody lifts it. */
  readonly until: string | null;
  /** What else is put on the record with it, all or nothing. */
  readonly events?: (freeze: Freeze) => readonly LogEvent[];
}

/** What a listener is told after a change is durable and in force. */
export interface FreezeChange {
  readonly what: 'set' | 'lifted';
  readonly freeze: Freeze;
}

interface Kept {
  readonly freeze: Freeze;
  readonly version: number;
}

interface Change {
  readonly before: Kept | undefined;
  readonly after: Freeze;
  readonly by: string;
  readonly why: string;
  readonly now: Date;
  readonly events: readonly LogEvent[];
}

const NONE: readonly Freeze[] = [];

/**
 * The stop button (P3). A freeze is in force as soon as it is durable and until its time is over or somebody lifts it;
 * the ones in force are kept in memory, so that asking costs the hot path nothing.
 */
export class Freezes {
  readonly #store: Store;
  readonly #sources: Sources;
  readonly #inForce = new Map<string, Kept>();
  readonly #listeners = new Set<(change: FreezeChange) => void>();

  private constructor(store: Store, sources: Sources) {
    this.#store = store;
    this.#sources = sources;
  }

  /** Loads the freezes that are in force. @throws SallyportError `record/unavailable` when one cannot be read. */
  static async open(store: Store, sources: Sources): Promise<Freezes> {
    const freezes = new Freezes(store, sources);
    for (const document of await store.list('freezes')) freezes.#keep(read(document));
    return freezes;
  }

  /**
   * Records a freeze, then puts it in force, then tells the listeners.
   * @throws SallyportError `request/invalid`; `record/unavailable` and `record/conflict`, and then nothing is in force.
   */
  async set(order: FreezeOrder): Promise<Freeze> {
    const now = this.#sources.now();
    const freeze: Freeze = {
      id: this.#sources.newId(),
      scope: checkScope(order.scope),
      reads: order.reads,
      by: checkLine('by', order.by, 253),
      why: checkWhy(order.why),
      since: now.toISOString(),
      until: order.until === null ? null : checkFuture('until', order.until, now).toISOString(),
      lifted: null,
    };
    const events = order.events?.(freeze) ?? [];
    await this.#record({ before: undefined, after: freeze, by: freeze.by, why: freeze.why, now, events });
    this.#keep({ freeze, version: 1 });
    this.#tell({ what: 'set', freeze });
    return freeze;
  }

  /**
   * Ends a freeze before its time.
   * @throws SallyportError `request/not-found` when there is none such; `record/conflict` when it was lifted already.
   */
  async lift(id: string, by: string, why: string): Promise<Freeze> {
    const lifted = { by: checkLine('by', by, 253), why: checkWhy(why), at: this.#sources.now().toISOString() };
    const before = await this.#find(id);
    if (before.freeze.lifted !== null) throw alreadyLifted(before.freeze);
    const freeze: Freeze = { ...before.freeze, lifted };
    await this.#record({ before, after: freeze, by, why: lifted.why, now: new Date(lifted.at), events: [] });
    this.#inForce.delete(id);
    this.#tell({ what: 'lifted', freeze });
    return freeze;
  }

  /** One freeze, in force or over. @throws SallyportError `request/not-found`. */
  async get(id: string): Promise<Freeze> {
    return (await this.#find(id)).freeze;
  }

  /** All freezes, over and lifted ones too, newest first. */
  async list(): Promise<readonly Freeze[]> {
    const all = (await this.#store.list('freezes')).map((document) => read(document).freeze);
    return all.sort((a, b) => (a.since < b.since ? 1 : a.since > b.since ? -1 : a.id < b.id ? 1 : -1));
  }

  /** The freezes in force at `now`. */
  active(now: Date): readonly Freeze[] {
    if (this.#inForce.size === 0) return NONE;
    const active: Freeze[] = [];
    for (const { freeze } of this.#inForce.values()) if (isActive(freeze, now)) active.push(freeze);
    return active;
  }

  /** The freezes in force at `now` that stop this call; empty when none does. */
  covering(now: Date, subject: FreezeSubject): readonly Freeze[] {
    if (this.#inForce.size === 0) return NONE;
    return coveringFreezes(
      [...this.#inForce.values()].map(({ freeze }) => freeze),
      now,
      subject,
    );
  }

  /** Calls `listener` after each change is in force; the result ends that. */
  subscribe(listener: (change: FreezeChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #find(id: string): Promise<Kept> {
    const kept = this.#inForce.get(id);
    if (kept !== undefined) return kept;
    const document = await this.#store.get('freezes', id);
    if (document === undefined) throw new SallyportError('request/not-found', `there is no freeze ${id}`);
    return read(document);
  }

  async #record(change: Change): Promise<void> {
    const { before, after, by, why, now } = change;
    const body = freezeToJson(after);
    const event = changedEvent(
      {
        what: before === undefined ? 'freeze.set' : 'freeze.lifted',
        by,
        why,
        about: { freeze: after.id, ...whose(after.scope) },
        before: before === undefined ? null : freezeToJson(before.freeze),
        after: body,
      },
      this.#sources,
      now,
    );
    try {
      await this.#store.transact(
        [{ collection: 'freezes', id: after.id, expect: before?.version ?? 0, body }],
        [event, ...change.events],
      );
    } catch (thrown) {
      throw unrecorded(thrown, change);
    }
  }

  #keep(kept: Kept): void {
    const now = this.#sources.now();
    for (const { freeze } of this.#inForce.values()) if (!isActive(freeze, now)) this.#inForce.delete(freeze.id);
    if (isActive(kept.freeze, now)) this.#inForce.set(kept.freeze.id, kept);
  }

  #tell(change: FreezeChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** Those of the freezes that are in force at `now` and stop this call. */
export function coveringFreezes(freezes: readonly Freeze[], now: Date, subject: FreezeSubject): readonly Freeze[] {
  return freezes.filter((freeze) => isActive(freeze, now) && covers(freeze, subject));
}

function covers(freeze: Freeze, subject: FreezeSubject): boolean {
  if (subject.reading && !freeze.reads) return false;
  switch (freeze.scope.kind) {
    case 'everything':
      return true;
    case 'route':
      return freeze.scope.route === subject.route;
    case 'agent':
      return freeze.scope.agent === subject.agent;
    case 'environment':
      return isIn(freeze.scope.environment, subject.environments);
    case 'service':
      return belongsTo(freeze.scope.service, subject.services);
    case 'team':
      return belongsTo(freeze.scope.team, subject.teams);
    case 'runbook':
      return freeze.scope.runbook === subject.runbook;
  }
}

function belongsTo(owner: string, named: readonly string[]): boolean {
  return named.includes(owner) || named.includes('unknown');
}

function isIn(environment: string, names: readonly string[]): boolean {
  const said = names.filter((name) => name !== 'none');
  return said.length === 0 || said.includes('unknown') || said.includes(environment);
}

function isActive(freeze: Freeze, now: Date): boolean {
  return freeze.lifted === null && (freeze.until === null || now.toISOString() < freeze.until);
}

/** By whom or what its record is found besides. */
function whose(scope: FreezeScope): JsonObject {
  if (scope.kind === 'agent') return { agent: scope.agent };
  return scope.kind === 'runbook' ? { runbook: scope.runbook } : {};
}

function checkScope(scope: FreezeScope): FreezeScope {
  for (const [kind, name] of Object.entries(scope)) if (kind !== 'kind') checkLine(kind, name, 253);
  return scope;
}

function read(document: Document): Kept {
  const freeze = freezeFromJson(document.body);
  if (freeze === undefined) {
    // A freeze that cannot be read may be one that has to hold: starting without it would be a thaw nobody ordered.
    throw new SallyportError('record/unavailable', `freeze ${document.id} in the store cannot be read`, {
      fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
    });
  }
  return { freeze, version: document.version };
}

function alreadyLifted(freeze: Freeze): SallyportError {
  return new SallyportError(
    'record/conflict',
    `freeze ${freeze.id} was lifted by ${freeze.lifted?.by}, ${freeze.lifted?.at}`,
  );
}

function unrecorded(thrown: unknown, change: Change): SallyportError {
  const { id } = change.after;
  if (thrown instanceof SallyportError && thrown.code === 'record/conflict') {
    return new SallyportError('record/conflict', `freeze ${id} was changed meanwhile`, {
      fix: 'look at it again (GET /v1/freezes?all=true), then decide again',
      cause: thrown,
    });
  }
  const state = change.before === undefined ? 'the freeze is NOT in force' : `freeze ${id} is still in force`;
  return new SallyportError('record/unavailable', `${state}: it could not be recorded (${messageOf(thrown)})`, {
    fix: 'make the store writable again (space, permissions), or stop the gate itself: a stopped gate forwards nothing',
    cause: thrown,
  });
}

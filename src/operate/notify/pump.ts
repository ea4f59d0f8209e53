import type { Sources } from '../../identify/sources.ts';
import type { Document, Put, Store } from '../../record/store.ts';
import type { Clock } from '../../serve/bundle-source/source.ts';
import type { Bell } from './bell.ts';
import { BURST_MS, Bursts } from './bursts.ts';
import { addToDigest, nextDigest, takeDigest } from './digest.ts';
import { byPlace, type Entry, entryId, entryJson, readEntry, type StoredEntry } from './entry.ts';
import { nextFreezeEnd, noteFreezeEnd, takeFreezeEnds } from './freeze-ends.ts';
import type { Head } from './head.ts';
import { HeldCalls } from './held-calls.ts';
import { foldIntoGroup } from './hold-groups.ts';
import { Lane, type Patience } from './lane.ts';
import type { LogFollower } from './log-follower.ts';
import type { Notice } from './notice.ts';
import { StagedDocuments } from './staged-documents.ts';
import type { Target } from './target.ts';
import type { Teller } from './telling/change.ts';
import { noticeOf, type ToldEvent } from './telling/notice-of.ts';

/** Skipped leaves after which it is noted how far the log was told. */
const NOTE_AFTER = 10_000;
/** Milliseconds between two looks whether other gates have written. */
const LOOK_MS = 5_000;
/** Milliseconds in which events gather, so that they share a write. */
const GATHER_MS = 20;
/** Milliseconds that events may keep those waiting that were told before their turn. */
const GAP_MS = 50;

export interface PumpParts {
  readonly store: Store;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly targets: readonly Target[];
  readonly teller: Teller;
  /** Milliseconds after which small things are told, together. */
  readonly digest: number;
  readonly patience: Patience;
}

/** Where an entry stands, and what tells it apart from others there. */
interface Place {
  readonly seq: number;
  readonly part: string;
}

/** Takes from the log what people are told, and puts it into the outbox. */
export class Pump {
  readonly lanes: readonly Lane[];
  readonly #parts: PumpParts;
  readonly #head: Head;
  readonly #follower: LogFollower;
  /** Digests and groups. */
  readonly #documents: StagedDocuments;
  readonly #held: HeldCalls;
  readonly #bursts = new Bursts();
  readonly #orphans: readonly StoredEntry[];

  /** @param documents all that the outbox holds */
  constructor(parts: PumpParts, head: Head, follower: LogFollower, documents: readonly Document[]) {
    this.#parts = parts;
    this.#head = head;
    this.#follower = follower;
    this.#held = new HeldCalls(parts.store);
    const entries = documents.map(readEntry).filter((each) => each !== undefined);
    this.#documents = new StagedDocuments(documents.filter(({ id }) => /^(digest|group|ends)\./.test(id)));
    this.lanes = parts.targets.map((target) => {
      const own = entries.filter(({ entry }) => entry.target === target.name);
      return new Lane({ ...parts, target }, own.sort(byPlace));
    });
    const names = new Set(parts.targets.map(({ name }) => name));
    this.#orphans = entries.filter(({ entry }) => entry.state === 'waiting' && !names.has(entry.target));
  }

  /** Until the signal. @throws SallyportError `record/conflict` when another gate has taken over, `record/unavailable`. */
  async run(signal: AbortSignal, bell: Bell): Promise<void> {
    const { clock } = this.#parts;
    await this.#buryOrphans();
    let looked = clock.ticks();
    while (!signal.aborted) {
      const isTold = await this.#turn();
      if (isTold) await clock.sleep(GATHER_MS, signal);
      if (this.#follower.isReady) continue;
      await bell.heard(this.#rest(), clock);
      // Events that are written together are told in any order; those of other gates never come.
      if (this.#follower.hasGap) await clock.sleep(GAP_MS, signal);
      if (!this.#follower.hasGap && clock.ticks() - looked < LOOK_MS) continue;
      looked = clock.ticks();
      await this.#follower.catchUp();
    }
  }

  /** Lets another gate begin at once, unless one has. */
  async release(): Promise<void> {
    await this.#parts.store.transact([this.#head.release(this.#follower.cursor)], []).catch(() => undefined);
  }

  /** Milliseconds for which there is nothing to do unless something happens. */
  #rest(): number {
    const withRoom = this.lanes.filter(({ room }) => room > 0).map(({ target }) => target.name);
    const digest = nextDigest(this.#documents, withRoom);
    const due = Math.min(digest ?? Infinity, nextFreezeEnd(this.#documents) ?? Infinity);
    return Math.max(1, Math.min(LOOK_MS, due - this.#parts.clock.now().getTime(), this.#head.renewIn));
  }

  /** Takes what is there, and writes what people are told of it; true when there was something. */
  async #turn(): Promise<boolean> {
    const entries: StoredEntry[] = [];
    const back: string[] = [];
    for (const event of await this.#follower.next()) {
      const told = noticeOf(await this.#held.fill(event), this.#parts.teller);
      if (told === undefined) continue;
      if (told.change.what === 'notice.retried') back.push(told.change.word('notice'));
      noteFreezeEnd(this.#documents, told);
      const notice = foldIntoGroup(this.#documents, told);
      if (notice !== undefined) this.#spread({ ...told, notice }, { seq: event.seq, part: 'event' }, entries);
    }
    const { cursor } = this.#follower;
    for (const notice of takeFreezeEnds(this.#documents, this.#parts.clock.now())) {
      const at = { seq: cursor - 1, part: `over-${notice.about.freeze}` };
      this.#spread({ notice, ...{ quiet: false, mayWait: false, targets: [] } }, at, entries);
    }
    this.#takeDigests(cursor, entries);
    const puts = [...this.#documents.puts(), ...entries.map(({ id, entry }) => newEntry(id, entry))];
    const isDue = this.#head.renewIn <= 0 || cursor - this.#head.cursor >= NOTE_AFTER;
    if (puts.length > 0 || isDue) {
      await this.#parts.store.transact([this.#head.put(cursor), ...puts], []);
      this.#head.written(cursor);
      this.#documents.written();
    }
    for (const stored of entries) this.#laneOf(stored)?.push(stored);
    for (const id of back) await this.#putBack(id);
    return puts.length > 0;
  }

  /** To everybody who wants it. */
  #spread(told: Omit<ToldEvent, 'change'>, at: Place, entries: StoredEntry[]): void {
    const { notice, mayWait } = told;
    const now = this.#parts.clock.now().getTime();
    for (const { target, room } of this.lanes) {
      const isNamed = told.targets.includes(target.name);
      if ((!isNamed && !target.wants(notice, told)) || isAbout(notice, target.name)) continue;
      const queued = entries.filter(({ entry }) => entry.target === target.name).length;
      const isFull = queued >= room;
      const isOverflow = isFull || (!mayWait && this.#bursts.isTooFast(target, notice, now));
      if (!mayWait && !isOverflow) entries.push(this.#entry(target.name, at, notice));
      else {
        const wait = mayWait ? this.#parts.digest : isFull ? 0 : BURST_MS;
        addToDigest(this.#documents, target.name, notice, { due: new Date(now + wait).toISOString(), isOverflow });
      }
    }
  }

  #takeDigests(cursor: number, entries: StoredEntry[]): void {
    const now = this.#parts.clock.now();
    for (const { target, room } of this.lanes) {
      const queued = entries.filter(({ entry }) => entry.target === target.name).length;
      if (queued >= room) continue;
      const notice = takeDigest(this.#documents, target.name, now, cursor - 1);
      if (notice !== undefined) entries.push(this.#entry(target.name, { seq: cursor - 1, part: 'digest' }, notice));
    }
  }

  #entry(target: string, { seq, part }: Place, notice: Notice): StoredEntry {
    const now = this.#parts.clock.now().toISOString();
    const entry: Entry = {
      ...{ target, place: seq, notice, state: 'waiting', attempts: 0 },
      ...{ since: now, next: now, error: '' },
    };
    return { id: entryId(target, seq, part), version: 1, entry };
  }

  async #putBack(id: string): Promise<void> {
    const document = await this.#parts.store.get('outbox', id);
    const stored = document === undefined ? undefined : readEntry(document);
    if (stored?.entry.state === 'waiting') this.#laneOf(stored)?.push(stored);
  }

  /** What waits for a target that is no longer configured is dead; it can be sent once there is one of that name again. */
  async #buryOrphans(): Promise<void> {
    for (const { id, version, entry } of this.#orphans) {
      const dead: Entry = { ...entry, state: 'dead', error: 'there is no target of this name any more' };
      await this.#parts.store.transact([{ collection: 'outbox', id, expect: version, body: entryJson(dead) }], []);
    }
  }

  #laneOf({ entry }: StoredEntry): Lane | undefined {
    return this.lanes.find(({ target }) => target.name === entry.target);
  }
}

function newEntry(id: string, entry: Entry): Put {
  return { collection: 'outbox', id, expect: 0, body: entryJson(entry) };
}

/** That a target cannot be told is told to others, and once: not that this could not be told either. */
function isAbout({ kind, about }: Notice, target: string): boolean {
  return kind === 'notice.dead' && (about.target === target || about.told === 'notice.dead');
}

import { messageOf } from '../../errors.ts';
import type { Sources } from '../../identify/sources.ts';
import type { Document, Put, Store } from '../../record/store.ts';
import type { Clock } from '../../serve/bundle-source/source.ts';
import type { Bell } from './bell.ts';
import { nextDigest } from './digest.ts';
import { byPlace, type Entry, entryJson, readEntry, type StoredEntry } from './entry.ts';
import { nextFreezeEnd, noteFreezeEnd, takeFreezeEnds } from './freeze-ends.ts';
import type { Head } from './head.ts';
import { HeldCalls } from './held-calls.ts';
import { foldIntoGroup } from './hold-groups.ts';
import { Lane, type Patience } from './lane.ts';
import type { LogFollower } from './log-follower.ts';
import type { Recorded } from './recorded.ts';
import { Spreader } from './spreader.ts';
import { StagedDocuments } from './staged-documents.ts';
import type { Target } from './target.ts';
import type { Teller } from './telling/change.ts';
import { noticeOf } from './telling/notice-of.ts';

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
  /** Told of what goes wrong with the outbox itself, in a sentence. */
  readonly report: (error: string) => void;
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
  readonly #spreader: Spreader;
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
    this.#spreader = new Spreader(this.lanes, this.#documents, parts.digest, parts.clock);
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
    const back: string[] = [];
    for (const event of await this.#follower.next()) {
      this.#tell(await this.#held.fill(event));
      if (event.body.what === 'notice.retried') back.push(String(event.body.notice));
    }
    const { cursor } = this.#follower;
    for (const notice of takeFreezeEnds(this.#documents, this.#parts.clock.now())) {
      const at = { seq: cursor - 1, part: `over-${notice.about.freeze}` };
      this.#spreader.spread({ notice, ...{ quiet: false, mayWait: false, targets: [] } }, at);
    }
    this.#spreader.spreadDigests(cursor - 1);
    const entries = this.#spreader.take();
    const puts = [...this.#documents.puts(), ...entries.map(newEntry)];
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

  #tell(event: Recorded): void {
    try {
      const told = noticeOf(event, this.#parts.teller);
      if (told === undefined) return;
      noteFreezeEnd(this.#documents, told);
      const notice = foldIntoGroup(this.#documents, told);
      if (notice !== undefined) this.#spreader.spread({ ...told, notice }, { seq: event.seq, part: 'event' });
    } catch (thrown) {
      // One event that cannot be told must not keep all others from being told.
      this.#parts.report(`leaf ${event.seq} of the log cannot be told: ${messageOf(thrown)}`);
    }
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

function newEntry({ id, entry }: StoredEntry): Put {
  return { collection: 'outbox', id, expect: 0, body: entryJson(entry) };
}

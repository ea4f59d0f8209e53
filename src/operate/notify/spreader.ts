import type { Clock } from '../../serve/bundle-source/source.ts';
import { BURST_MS, Bursts } from './bursts.ts';
import { addToDigest, takeDigest } from './digest.ts';
import { type Entry, entryId, type StoredEntry } from './entry.ts';
import type { Lane } from './lane.ts';
import type { Notice } from './notice.ts';
import type { StagedDocuments } from './staged-documents.ts';
import type { Target } from './target.ts';
import type { ToldEvent } from './telling/notice-of.ts';

/** Where an entry stands in the queues, and what tells it apart from others there. */
export interface Place {
  readonly seq: number;
  readonly part: string;
}

/** Says for each target whether a notice goes to it at once, later with others, or not at all. */
export class Spreader {
  readonly #lanes: readonly Lane[];
  readonly #documents: StagedDocuments;
  readonly #digest: number;
  readonly #clock: Clock;
  readonly #bursts = new Bursts();
  #entries: StoredEntry[] = [];

  /** @param digest milliseconds in which small things gather */
  constructor(lanes: readonly Lane[], documents: StagedDocuments, digest: number, clock: Clock) {
    this.#lanes = lanes;
    this.#documents = documents;
    this.#digest = digest;
    this.#clock = clock;
  }

  /** To everybody who wants it, and to those whom it names. */
  spread(told: Omit<ToldEvent, 'change'>, at: Place): void {
    const { notice, mayWait, targets } = told;
    const now = this.#clock.now().getTime();
    for (const { target, room } of this.#lanes) {
      const isWanted = targets.includes(target.name) || target.wants(notice, told);
      if (!isWanted || isAbout(notice, target.name)) continue;
      const isFull = this.#queued(target.name) >= room && !mustBeSaid(target, notice);
      const isOverflow = isFull || (!mayWait && this.#bursts.isTooFast(target, notice, now));
      if (!mayWait && !isOverflow) this.#add(target.name, at, notice);
      else {
        const wait = mayWait ? this.#digest : isFull ? 0 : BURST_MS;
        addToDigest(this.#documents, target.name, notice, { due: new Date(now + wait).toISOString(), isOverflow });
      }
    }
  }

  /** What is due for those who have room for it. */
  spreadDigests(seq: number): void {
    const now = this.#clock.now();
    for (const { target, room } of this.#lanes) {
      if (this.#queued(target.name) >= room) continue;
      const notice = takeDigest(this.#documents, target.name, now, seq);
      if (notice !== undefined) this.#add(target.name, { seq, part: `digest-${now.getTime()}` }, notice);
    }
  }

  /** The entries that are to be written since the last time. */
  take(): readonly StoredEntry[] {
    return this.#entries.splice(0);
  }

  #queued(target: string): number {
    return this.#entries.filter(({ entry }) => entry.target === target).length;
  }

  #add(target: string, { seq, part }: Place, notice: Notice): void {
    const now = this.#clock.now().toISOString();
    const entry: Entry = {
      ...{ target, place: seq, notice, state: 'waiting', attempts: 0 },
      ...{ since: now, next: now, error: '' },
    };
    this.#entries.push({ id: entryId(target, seq, part), version: 1, entry });
  }
}

/** A pager whose alert is not resolved goes on for ever. There are no more of these than alerts. */
function mustBeSaid({ kind }: Pick<Target, 'kind'>, { alert }: Notice): boolean {
  return kind === 'pagerduty' && alert?.action === 'resolve';
}

/** That a target cannot be told is told to others, and once: not that this could not be told either. */
function isAbout({ kind, about }: Notice, target: string): boolean {
  return kind === 'notice.dead' && (about.target === target || about.told === 'notice.dead');
}

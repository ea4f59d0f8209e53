import { SallyportError } from '../../errors.ts';
import { changedEvent } from '../../identify/changed-event.ts';
import type { Sources } from '../../identify/sources.ts';
import type { Store } from '../../record/store.ts';
import { byPlace, type Entry, entryJson, readEntry, type StoredEntry } from './entry.ts';

/**
 * What people see and do of notices that are on their way or dead, on any gate of the store: the one that sends learns of it from
 * the log.
 */
export class Notices {
  readonly #store: Store;
  readonly #sources: Sources;
  readonly #targets: readonly string[];

  /** @param targets the names of those that are configured */
  constructor(store: Store, sources: Sources, targets: readonly string[]) {
    this.#store = store;
    this.#sources = sources;
    this.#targets = targets;
  }

  /** Those that are not delivered, dead ones first, each in the order in which they are sent. */
  async list(): Promise<readonly StoredEntry[]> {
    const all = (await this.#store.list('outbox'))
      .map(readEntry)
      .filter((each) => each !== undefined)
      .sort(byPlace);
    return [...all.filter(({ entry }) => entry.state === 'dead'), ...all.filter(({ entry }) => entry.state !== 'dead')];
  }

  /**
   * Has a dead notice sent again, after those that wait. @param by an operator's id
   * @throws SallyportError `request/not-found`, `request/invalid` when it is not dead; `record/conflict`, `record/unavailable`
   */
  async retry(id: string, by: string, why: string): Promise<StoredEntry> {
    const { version, entry } = await this.#dead(id);
    const now = this.#sources.now().toISOString();
    const again: Entry = {
      ...{ ...entry, state: 'waiting', attempts: 0, since: now, next: now },
      place: await this.#store.size(),
    };
    const event = this.#event('notice.retried', id, entry, { by, why });
    await this.#store.transact([{ collection: 'outbox', id, expect: version, body: entryJson(again) }], [event]);
    return { id, version: version + 1, entry: again };
  }

  /** Gives a dead notice up for good. @throws SallyportError as `retry` */
  async drop(id: string, by: string, why: string): Promise<StoredEntry> {
    const dead = await this.#dead(id);
    const event = this.#event('notice.dropped', id, dead.entry, { by, why });
    await this.#store.transact([{ collection: 'outbox', id, expect: dead.version, body: null }], [event]);
    return dead;
  }

  /** Has a target told that it can be told. @throws SallyportError `request/not-found`, `record/unavailable` */
  async test(target: string, by: string, why: string): Promise<void> {
    if (!this.#targets.includes(target)) {
      const fix = `the targets are: ${this.#targets.join(', ') || 'none; add one under notify in the configuration'}`;
      throw new SallyportError('request/not-found', `there is no target ${JSON.stringify(target)}`, { fix });
    }
    const change = { what: 'notice.test', by, why, about: { target }, before: null, after: null };
    await this.#store.append(changedEvent(change, this.#sources, this.#sources.now()));
  }

  async #dead(id: string): Promise<StoredEntry> {
    const document = await this.#store.get('outbox', id);
    const stored = document === undefined ? undefined : readEntry(document);
    if (stored === undefined) {
      throw new SallyportError('request/not-found', `there is no notice ${id}, or it was delivered`, {
        fix: 'sallyport notices list shows those that were not',
      });
    }
    if (stored.entry.state === 'dead') return stored;
    throw new SallyportError(
      'request/invalid',
      `the notice ${id} is still tried; the next time at ${stored.entry.next}`,
      {
        fix: 'only a dead notice is sent again or dropped by hand',
      },
    );
  }

  #event(what: string, id: string, { target, notice, error }: Entry, { by, why }: { by: string; why: string }) {
    const about = { ...notice.about, notice: id, target, told: notice.kind };
    const change = { what, by, why, about, before: { state: 'dead', error }, after: null };
    return changedEvent(change, this.#sources, this.#sources.now());
  }
}

import { type Entry, entryId, entryJson } from '../../../src/operate/notify/entry.ts';
import type { Store } from '../../../src/record/store.ts';
import { NOTICE } from './notices.ts';

/** Puts notices into the outbox that did not reach their targets; resolves with their ids. */
export async function storeEntries(store: Store, entries: readonly Partial<Entry>[]): Promise<readonly string[]> {
  const ids = entries.map(({ target = 'pager' }, i) => entryId(target, i, 'event'));
  const puts = entries.map((entry, i) => {
    const whole: Entry = {
      ...{ target: 'pager', place: i, notice: NOTICE, state: 'dead', attempts: 200 },
      ...{ since: '2030-01-15T12:00:00.000Z', next: '2030-01-16T12:00:00.000Z', error: 'it answered 503' },
      ...entry,
    };
    return { collection: 'outbox' as const, id: ids[i] ?? '', expect: 0, body: entryJson(whole) };
  });
  await store.transact(puts, []);
  return ids;
}

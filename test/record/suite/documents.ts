import { expect, it } from 'vitest';
import type { Put, Store } from '../../../src/record/store.ts';
import { endOf, event } from '../events.ts';

/** Documents, which change with their events or not at all. */
export function documentSuite(fresh: () => Promise<Store>): void {
  const put = (id: string, expected: number, body: Put['body']): Put => ({
    collection: 'agents',
    id,
    expect: expected,
    body,
  });

  it('writes, changes and removes documents, each with its event', async () => {
    const store = await fresh();
    expect(await store.get('agents', 'a')).toBeUndefined();
    expect(await store.list('agents')).toEqual([]);
    expect(await store.transact([put('b', 0, { level: 1 }), put('a', 0, { level: 2 })], [])).toEqual([]);
    expect(
      await store.transact([put('a', 1, { level: 3 })], [event('changed', 'c-1'), event('changed', 'c-2')]),
    ).toEqual([0, 1]);
    expect(await store.get('agents', 'a')).toEqual({ collection: 'agents', id: 'a', version: 2, body: { level: 3 } });
    expect(await store.list('agents')).toEqual([
      { collection: 'agents', id: 'a', version: 2, body: { level: 3 } },
      { collection: 'agents', id: 'b', version: 1, body: { level: 1 } },
    ]);
    expect(await store.get('operators', 'a')).toBeUndefined();
    expect(await store.transact([put('a', 2, null)], [event('changed', 'c-3')])).toEqual([2]);
    expect(await store.get('agents', 'a')).toBeUndefined();
  });

  it.each<[string, Put, string]>([
    [
      'adds what is there',
      put('a', 0, { level: 9 }),
      'agents/a was changed meanwhile: expected version 0, found version 1',
    ],
    [
      'changes an older version',
      put('a', 7, { level: 9 }),
      'agents/a was changed meanwhile: expected version 7, found version 1',
    ],
    [
      'changes what is not there',
      put('x', 1, { level: 9 }),
      'agents/x was changed meanwhile: expected version 1, found version 0',
    ],
    [
      'removes an older version',
      put('a', 2, null),
      'agents/a was changed meanwhile: expected version 2, found version 1',
    ],
    [
      'removes what is not there',
      put('x', 0, null),
      'agents/x was changed meanwhile: expected version 0, found version 0',
    ],
  ])('writes nothing at all when one put %s', async (_, wrong, message) => {
    const store = await fresh();
    await store.transact([put('a', 0, { level: 1 })], [event('changed', 'c-1')]);
    const end = await endOf(store.transact([put('b', 0, { level: 1 }), wrong], [event('changed', 'c-2')]));
    expect(end).toEqual({ code: 'record/conflict', message });
    expect(await store.list('agents')).toEqual([{ collection: 'agents', id: 'a', version: 1, body: { level: 1 } }]);
    expect(await store.size()).toBe(1);
  });

  it('changes no document when an event was recorded before', async () => {
    const store = await fresh();
    await store.append(event('changed', 'c-1'));
    const end = await endOf(store.transact([put('a', 0, {})], [event('changed', 'c-2'), event('changed', 'c-1')]));
    expect(end).toEqual({ code: 'record/conflict', message: 'already recorded: changed c-2, changed c-1' });
    expect(await store.list('agents')).toEqual([]);
    expect(await store.size()).toBe(1);
  });

  it('lets exactly one of many concurrent changes win, and leaves no gap for the others', async () => {
    const store = await fresh();
    await store.transact([put('a', 0, { level: 0 })], []);
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        endOf(store.transact([put('a', 1, { level: i })], [event('changed', `c-${i}`)])),
      ),
    );
    const conflict = {
      code: 'record/conflict',
      message: 'agents/a was changed meanwhile: expected version 1, found version 2',
    };
    expect(ends).toEqual([[0], ...Array.from({ length: 19 }, () => conflict)]);
    expect(await store.get('agents', 'a')).toEqual({ collection: 'agents', id: 'a', version: 2, body: { level: 0 } });
    expect(await store.append(event('changed', 'next'))).toBe(1);
  });
}

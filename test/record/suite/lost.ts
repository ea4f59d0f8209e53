import { expect, it } from 'vitest';
import type { Store } from '../../../src/record/store.ts';
import { decided, event, expectedLeaf, LATER } from '../events.ts';
import type { StorePlace } from '../places.ts';

/** Calls that have no end get one at the next start. */
export function lostSuite(fresh: () => Promise<Store>, create: () => Promise<StorePlace>): void {
  const lost = (id: string, after: 'asked' | 'decided') =>
    event(
      'outcome',
      id,
      {
        state: 'lost',
        after,
        sent: after === 'asked' ? false : 'unknown',
        end: 'unknown',
        status: null,
        bytes: null,
        ms: null,
        error: null,
      },
      LATER,
    );

  it('gives an end to what was asked or allowed and has none, and to nothing else', async () => {
    const store = await fresh();
    const before = [
      event('asked', 'only-asked'),
      decided('allowed'),
      event('asked', 'asked-and-allowed'),
      decided('asked-and-allowed'),
      decided('denied', { did: 'deny' }),
      decided('held', { did: 'hold' }),
      event('asked', 'asked-and-denied'),
      decided('asked-and-denied', { did: 'deny' }),
      decided('ended'),
      event('outcome', 'ended', { state: 'answered' }),
      event('asked', 'asked-and-ended'),
      event('outcome', 'asked-and-ended', { state: 'refused' }),
      event('changed', 'change-1'),
    ];
    for (const each of before) await store.append(each);
    expect(await store.closeLost(LATER)).toEqual(['only-asked', 'allowed', 'asked-and-allowed']);
    expect(await store.leaves(before.length, 9)).toEqual([
      expectedLeaf(13, lost('only-asked', 'asked')),
      expectedLeaf(14, lost('allowed', 'decided')),
      expectedLeaf(15, lost('asked-and-allowed', 'decided')),
    ]);
    expect(await store.closeLost(LATER)).toEqual([]);
    expect(await store.size()).toBe(16);
  });

  it('finds them however long ago they were left, over several starts', async () => {
    const place = await create();
    const first = await place.open();
    await first.append(decided('left-open-long-ago'));
    // More than an implementation may look through anew at a start.
    const others = Array.from({ length: 3_000 }, (_, i) => [
      decided(`call-${i}`),
      event('outcome', `call-${i}`),
    ]).flat();
    for (let i = 0; i < others.length; i += 500)
      await Promise.all(others.slice(i, i + 500).map((each) => first.append(each)));
    await first.append(event('asked', 'left-open-lately'));
    await first.close();
    const second = await place.open();
    expect(await second.closeLost(LATER)).toEqual(['left-open-long-ago', 'left-open-lately']);
    await second.close();
    const third = await place.open();
    expect(await third.closeLost(LATER)).toEqual([]);
    await third.close();
  });
}

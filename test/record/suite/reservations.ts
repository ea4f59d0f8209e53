import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import type { Reservation } from '../../../src/record/reservation.ts';
import type { Store } from '../../../src/record/store.ts';
import { decided, endOf, event, LATER, TIME } from '../events.ts';
import type { StorePlace } from '../places.ts';

/** Reservations, taken with a decision from accounts that nobody else took from meanwhile. */
export function reservationSuite(fresh: () => Promise<Store>, create: () => Promise<StorePlace>): void {
  const taking = (
    decision: string,
    accounts: Readonly<Record<string, string | null>>,
    { time = TIME, body = { took: decision } }: { time?: string; body?: JsonObject } = {},
  ): Reservation => ({
    op: 'reserve',
    decision,
    time,
    accounts: Object.entries(accounts).map(([id, last]) => ({ id, last })),
    body,
  });
  const take = (store: Store, ...args: Parameters<typeof taking>) =>
    store.append(
      decided(args[0], args[2]?.time === undefined ? {} : { time: args[2].time }),
      undefined,
      taking(...args),
    );
  const stale = (account: string) => ({
    code: 'record/conflict',
    message: `something was taken from account ${account} meanwhile`,
  });

  it('are there with their decision, and accounts name who took last', async () => {
    const place = await create();
    const store = await place.open();
    await take(store, 'call-1', { 'agent:a': null, 'service:s': null });
    await store.append(decided('call-2'));
    await take(store, 'call-3', { 'agent:a': 'call-1' }, { time: LATER });
    const stored = [
      { seq: 0, decision: 'call-1', time: TIME, body: { took: 'call-1' } },
      { seq: 2, decision: 'call-3', time: LATER, body: { took: 'call-3' } },
    ];
    const heads = [
      { id: 'agent:a', last: 'call-3', time: LATER },
      { id: 'service:s', last: 'call-1', time: TIME },
    ];
    const found = async (each: Store) => [
      await each.reservations(TIME, 0, 10),
      [...(await each.accounts())].sort((a, b) => (a.id < b.id ? -1 : 1)),
    ];
    expect(await found(store)).toEqual([stored, heads]);
    await store.close();
    const again = await place.open();
    expect(await found(again)).toEqual([stored, heads]);
    await again.close();
  });

  it('are read in pages, from a number and a time on', async () => {
    const store = await fresh();
    for (let i = 0; i < 5; i += 1) await take(store, `call-${i}`, { [`agent:${i}`]: null });
    await take(store, 'call-5', { 'agent:5': null }, { time: LATER });
    const decisions = async (...args: Parameters<Store['reservations']>) =>
      (await store.reservations(...args)).map(({ decision }) => decision);
    expect(await decisions(TIME, 0, 2)).toEqual(['call-0', 'call-1']);
    expect(await decisions(TIME, 3, 10)).toEqual(['call-3', 'call-4', 'call-5']);
    expect(await decisions(LATER, 0, 10)).toEqual(['call-5']);
  });

  it('are refused, and their decision with them, when somebody else took from an account meanwhile', async () => {
    const store = await fresh();
    await take(store, 'call-1', { 'agent:a': null });
    const ends = await Promise.all([
      endOf(take(store, 'call-2', { 'service:s': null, 'agent:a': null })),
      endOf(take(store, 'call-3', { 'agent:a': 'call-0' })),
      endOf(take(store, 'call-4', { 'service:s': 'call-2', 'agent:a': 'call-1' })),
      endOf(take(store, 'call-5', { 'agent:a': 'call-1' })),
      endOf(take(store, 'call-6', { 'agent:a': 'call-5' })),
    ]);
    expect(ends).toEqual([stale('agent:a'), stale('agent:a'), stale('service:s'), 1, 2]);
    expect((await store.leaves(0, 10)).map(({ id }) => id)).toEqual(['call-1', 'call-5', 'call-6']);
    expect((await store.reservations(TIME, 0, 10)).map(({ decision }) => decision)).toEqual([
      'call-1',
      'call-5',
      'call-6',
    ]);
    expect(await store.accounts()).toEqual([{ id: 'agent:a', last: 'call-6', time: TIME }]);
  });

  it('let exactly one of many through that judged by the same state', async () => {
    const store = await fresh();
    const ends = await Promise.all(
      Array.from({ length: 50 }, (_, i) => endOf(take(store, `call-${i}`, { 'agent:a': null }))),
    );
    expect(ends.filter((end) => typeof end === 'number')).toEqual([0]);
    expect(await store.size()).toBe(1);
  });

  it('are settled or removed with the outcome, which is recorded even where there is nothing to settle', async () => {
    const store = await fresh();
    for (const id of ['call-1', 'call-2', 'call-3']) await take(store, id, { [`agent:${id}`]: null });
    const settle = (decision: string, body: JsonObject | null) =>
      store.append(event('outcome', decision), undefined, { op: 'settle', decision, body });
    await Promise.all([settle('call-1', { took: 'nothing' }), settle('call-2', null), settle('call-9', null)]);
    expect((await store.reservations(TIME, 0, 10)).map(({ decision, body }) => [decision, body])).toEqual([
      ['call-1', { took: 'nothing' }],
      ['call-3', { took: 'call-3' }],
    ]);
    expect((await store.leaves(3, 10)).map(({ kind, id }) => [kind, id])).toEqual([
      ['outcome', 'call-1'],
      ['outcome', 'call-2'],
      ['outcome', 'call-9'],
    ]);
  });

  it('are forgotten with their accounts when their time is past', async () => {
    const store = await fresh();
    await take(store, 'call-1', { 'agent:a': null, 'service:s': null });
    await take(store, 'call-2', { 'agent:a': 'call-1' }, { time: LATER });
    expect(await store.forgetReservations(LATER)).toBe(1);
    expect((await store.reservations(TIME, 0, 10)).map(({ decision }) => decision)).toEqual(['call-2']);
    expect(await store.accounts()).toEqual([{ id: 'agent:a', last: 'call-2', time: LATER }]);
    expect(await store.size()).toBe(2);
  });
}

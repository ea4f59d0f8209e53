import { expect, it } from 'vitest';
import type { Store } from '../../../src/record/store.ts';
import { decided, endOf, event, LATER, TIME } from '../events.ts';

/** Sealed bytes, kept with their event and erased in time. */
export function sealedSuite(fresh: () => Promise<Store>): void {
  const blob = (decision: string, name: string, byte: number, until = LATER) => ({
    decision,
    name,
    bytes: Uint8Array.of(byte, 0, 255),
    until,
  });

  it('keeps a blob with its event and erases it when its time has come', async () => {
    const store = await fresh();
    await store.append(decided('call-1'), blob('call-1', 'object-before', 1));
    await store.append(decided('call-2'), blob('call-2', 'object-before', 2, '2026-12-01T00:00:00.000Z'));
    expect(await store.sealed('call-1', 'object-before')).toEqual(Uint8Array.of(1, 0, 255));
    expect(await store.sealed('call-1', 'other')).toBeUndefined();
    expect(await store.eraseSealed(TIME)).toBe(0);
    expect(await store.eraseSealed(LATER)).toBe(1);
    expect(await store.sealed('call-1', 'object-before')).toBeUndefined();
    expect(await store.sealed('call-2', 'object-before')).toEqual(Uint8Array.of(2, 0, 255));
    expect(await store.size()).toBe(2);
  });

  it('keeps neither when one of both cannot be kept', async () => {
    const store = await fresh();
    await store.append(decided('call-1'), blob('call-1', 'object-before', 1));
    const taken = await endOf(store.append(decided('call-2'), blob('call-1', 'object-before', 2)));
    const again = await endOf(store.append(decided('call-1'), blob('call-1', 'object-after', 3)));
    const undated = await endOf(store.append(decided('call-3'), blob('call-3', 'object-before', 4, 'tomorrow')));
    expect([taken, again, undated]).toEqual([
      { code: 'record/conflict', message: 'already recorded: decided call-2' },
      { code: 'record/conflict', message: 'already recorded: decided call-1' },
      { code: 'record/unavailable', message: '"tomorrow" is no RFC 3339 time' },
    ]);
    expect(await store.sealed('call-1', 'object-before')).toEqual(Uint8Array.of(1, 0, 255));
    expect(await store.sealed('call-1', 'object-after')).toBeUndefined();
    expect(await store.decision('call-2')).toBeUndefined();
    expect(await store.append(decided('call-4'))).toBe(1);
  });

  it('keeps and erases with a transaction, or not when the transaction is not made', async () => {
    const store = await fresh();
    const put = { collection: 'holds' as const, id: 'call-1', expect: 0, body: { state: 'waiting' } };
    await store.transact([put], [decided('call-1')], { sealed: blob('call-1', 'held-request', 1) });
    expect(await store.sealed('call-1', 'held-request')).toEqual(Uint8Array.of(1, 0, 255));
    const erase = [{ decision: 'call-1', name: 'held-request' }];
    const stale = await endOf(store.transact([put], [event('changed', 'change-1')], { erase }));
    expect(stale).toMatchObject({ code: 'record/conflict' });
    expect(await store.sealed('call-1', 'held-request')).toEqual(Uint8Array.of(1, 0, 255));
    await store.transact([{ ...put, expect: 1, body: null }], [event('changed', 'change-2')], { erase });
    expect(await store.sealed('call-1', 'held-request')).toBeUndefined();
  });
}

import { expect, it } from 'vitest';
import type { Store } from '../../../src/record/store.ts';
import { decided, endOf, LATER, TIME } from '../events.ts';

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
}

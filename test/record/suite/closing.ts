import { expect, it } from 'vitest';
import { decided, endOf } from '../events.ts';
import type { StorePlace } from '../places.ts';

/** How a store ends. */
export function closingSuite(create: () => Promise<StorePlace>): void {
  it('writes what is pending before it closes, and then refuses everything', async () => {
    const place = await create();
    const store = await place.open();
    const pending = Array.from({ length: 50 }, (_, i) => store.append(decided(`call-${i}`)));
    await Promise.all([store.close(), store.close()]);
    expect(await Promise.all(pending)).toEqual(pending.map((_, i) => i));
    const closed = { code: 'record/unavailable', message: 'the record is closed' };
    expect(await endOf(store.append(decided('late')))).toEqual(closed);
    expect(await endOf(store.transact([], []))).toEqual(closed);
    expect(await endOf(store.size())).toEqual(closed);
    expect(await endOf(store.decisions({ limit: 1 }))).toEqual(closed);
    const again = await place.open();
    expect(await again.size()).toBe(50);
    expect(await again.append(decided('call-50'))).toBe(50);
    await again.close();
  });
}

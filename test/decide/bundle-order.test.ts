import { describe, expect, it } from 'vitest';
import { type BundleCandidate, olderBecause, StoredBundleOrder } from '../../src/decide/bundle-order.ts';
import { MemoryStore } from '../identify/memory-store.ts';

const sources = { now: () => new Date('2030-01-15T12:00:00.000Z'), newId: () => 'e1' };

function candidate(name: string, serial?: number, over: Partial<BundleCandidate> = {}): BundleCandidate {
  return { member: 'library', contentDigest: `sha256:${name}`, revision: name, serial, signed: true, ...over };
}

describe('whether a bundle is older', () => {
  const newest = { digest: 'sha256:b', serial: 5 };
  it.each([
    ['nothing judged before', undefined, candidate('a', 1), undefined],
    ['it is newer', newest, candidate('c', 6), undefined],
    ['it is the same', newest, candidate('b', 5), undefined],
    ['it is the same, signed again with a lower serial', newest, candidate('b', 4), undefined],
    ['it is the same without a serial', newest, candidate('b'), undefined],
    ['it is older', newest, candidate('a', 4), 'its serial is 4, the newest one seen here has 5'],
    ['another one has its serial', newest, candidate('a', 5), 'both have the serial 5 and are not the same'],
    ['it is signed and says nothing', newest, candidate('a'), 'it has no serial'],
    ['neither says anything', { ...newest, serial: null }, candidate('a'), 'it has no serial'],
    ['the one before said nothing', { ...newest, serial: null }, candidate('a', 0), undefined],
    ['it is unsigned and says nothing', newest, candidate('a', undefined, { signed: false }), undefined],
    ['it is unsigned and older', newest, candidate('a', 4, { signed: false }), 'its serial is 4'],
  ])('%s', (_, before, next, why) => {
    expect(olderBecause(before, next)).toEqual(why === undefined ? undefined : expect.stringContaining(why));
  });
});

describe('the newest bundle seen', () => {
  it('is remembered across restarts, for each member apart', async () => {
    const store = new MemoryStore();
    await new StoredBundleOrder(store, sources).admit([candidate('b', 5), candidate('s', 9, { member: 'site' })]);
    const again = new StoredBundleOrder(store, sources);
    await expect(again.admit([candidate('a', 4)])).rejects.toMatchObject({
      code: 'bundle/older',
      message: expect.stringContaining(`the library's bundle, revision "a", is older than one that judged here`),
    });
    await expect(again.admit([candidate('t', 6, { member: 'site' })])).rejects.toMatchObject({ code: 'bundle/older' });
    await again.admit([candidate('c', 6)]);
    await again.admit([candidate('c', 6), candidate('t', 10, { member: 'site' })]);
  });

  it('is not moved by a pair of which one is older', async () => {
    const store = new MemoryStore();
    const order = new StoredBundleOrder(store, sources);
    await order.admit([candidate('b', 5), candidate('s', 9, { member: 'site' })]);
    const pair = [candidate('c', 7), candidate('t', 8, { member: 'site' })];
    await expect(order.admit(pair)).rejects.toMatchObject({ code: 'bundle/older' });
    await order.admit([candidate('d', 6)]);
  });

  it('is one for all keys: an old bundle of a key that signs no more stays out', async () => {
    const order = new StoredBundleOrder(new MemoryStore(), sources);
    await order.admit([candidate('of the new key', 8)]);
    await expect(order.admit([candidate('of the old key', 7)])).rejects.toMatchObject({ code: 'bundle/older' });
  });

  it('does not move back when the same one is signed again', async () => {
    const order = new StoredBundleOrder(new MemoryStore(), sources);
    await order.admit([candidate('b', 5)]);
    await order.admit([candidate('b', 3)]);
    await expect(order.admit([candidate('a', 4)])).rejects.toMatchObject({ code: 'bundle/older' });
  });

  it('moves back at the word of an operator, on the record, and then binds again', async () => {
    const store = new MemoryStore();
    const order = new StoredBundleOrder(store, sources);
    await order.admit([candidate('b', 5)]);
    expect(await store.size()).toBe(0);
    await order.admit([candidate('a', 3)], { by: 'op1', why: 'b stops the shop' });
    const [leaf] = await store.leaves(0, 2);
    expect(JSON.parse(leaf?.leaf ?? '')).toEqual({
      ...{ v: 1, kind: 'changed', id: 'e1', time: '2030-01-15T12:00:00.000Z' },
      ...{ what: 'bundle.rolled-back', by: 'op1', why: 'b stops the shop', member: 'library' },
      before: { digest: 'sha256:b', revision: 'b', serial: 5 },
      after: { digest: 'sha256:a', revision: 'a', serial: 3 },
    });
    await expect(order.admit([candidate('z', 2)])).rejects.toMatchObject({ code: 'bundle/older' });
    await order.admit([candidate('b', 5)]);
    expect(await store.size()).toBe(1);
  });

  it('a roll-back to what is no older is none', async () => {
    const store = new MemoryStore();
    const order = new StoredBundleOrder(store, sources);
    await order.admit([candidate('b', 5)]);
    await order.admit([candidate('c', 6)], { by: 'op1', why: 'to be sure' });
    expect(await store.size()).toBe(0);
  });

  it('that cannot be read lets nothing in', async () => {
    const store = new MemoryStore();
    const body = { digest: 1 };
    await store.transact([{ collection: 'meta', id: 'newest-bundle/library', expect: 0, body }], []);
    await expect(new StoredBundleOrder(store, sources).admit([candidate('a', 9)])).rejects.toMatchObject({
      code: 'record/unavailable',
    });
  });

  it('that cannot be written lets nothing in', async () => {
    const store = new MemoryStore();
    store.break();
    await expect(new StoredBundleOrder(store, sources).admit([candidate('a', 9)])).rejects.toMatchObject({
      code: 'record/unavailable',
    });
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LogFollower } from '../../../src/operate/notify/log-follower.ts';
import type { LogEvent } from '../../../src/record/store.ts';
import { MemoryStore } from '../../identify/memory-store.ts';

/** Changes concern people, outcomes do not. */
function event(kind: 'changed' | 'outcome', id: string): LogEvent {
  return { kind, id, time: '2030-01-15T12:00:00.000Z', body: { what: 'a.test' } };
}

/** Counts what is read. */
class CountingStore extends MemoryStore {
  reads = 0;

  override async leaves(...args: Parameters<MemoryStore['leaves']>) {
    this.reads += 1;
    return super.leaves(...args);
  }
}

async function taken(follower: LogFollower): Promise<readonly string[]> {
  const ids: string[] = [];
  while (follower.isReady) ids.push(...(await follower.next()).map(({ id }) => id));
  return ids;
}

it('finds everything once and in order, whatever it is told of, and in whatever order', async () => {
  const step = fc.record({
    kind: fc.constantFrom('changed' as const, 'outcome' as const),
    told: fc.constantFrom('at once', 'later', 'never'),
    take: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const store = new MemoryStore();
      const follower = new LogFollower(store, 0, () => undefined);
      const found: string[] = [];
      let late: (() => void)[] = [];
      for (const [i, { kind, told, take }] of steps.entries()) {
        const recorded = event(kind, String(i));
        const seq = await store.append(recorded);
        if (told === 'at once') {
          follower.told(recorded, seq);
          for (const tell of late.reverse()) tell();
          late = [];
        } else if (told === 'later') late.push(() => follower.told(recorded, seq));
        if (take) found.push(...(await taken(follower)));
      }
      await follower.catchUp();
      found.push(...(await taken(follower)));
      await follower.catchUp();
      found.push(...(await taken(follower)));
      expect(found).toEqual(steps.flatMap(({ kind }, i) => (kind === 'changed' ? [String(i)] : [])));
      expect(follower.cursor).toBe(steps.length);
    }),
    { numRuns: 200 },
  );
});

it('reads nothing while it is told of events in their order', async () => {
  const store = new CountingStore();
  let woken = 0;
  const follower = new LogFollower(store, 0, () => {
    woken += 1;
  });
  await taken(follower);
  expect(store.reads).toBe(1);
  for (let i = 0; i < 5_000; i += 1) {
    const outcome = event('outcome', `read ${i}`);
    follower.told(outcome, await store.append(outcome));
  }
  expect([woken, follower.isReady, follower.cursor]).toEqual([0, false, 5_000]);
  const change = event('changed', 'a change');
  follower.told(change, await store.append(change));
  expect([woken, await taken(follower), follower.cursor, store.reads]).toEqual([1, ['a change'], 5_001, 1]);
});

it('keeps a bounded number of events, and reads the others from the log', async () => {
  const store = new CountingStore();
  const follower = new LogFollower(store, 0, () => undefined);
  await taken(follower);
  const many = 2_500;
  for (let i = 0; i < many; i += 1) {
    const change = event('changed', String(i));
    follower.told(change, await store.append(change));
  }
  expect(await taken(follower)).toEqual(Array.from({ length: many }, (_, i) => String(i)));
  expect(store.reads).toBeGreaterThan(1);
});

it('loses nothing that is told while it reads', async () => {
  const store = new MemoryStore();
  const reading = Promise.withResolvers<void>();
  const slow = {
    size: () => store.size(),
    leaves: async (from: number, limit: number) => {
      const leaves = await store.leaves(from, limit);
      await reading.promise;
      return leaves;
    },
  };
  const follower = new LogFollower(slow, 0, () => undefined);
  await store.append(event('changed', 'before'));
  const first = follower.next();
  const during = event('changed', 'during');
  follower.told(during, await store.append(during));
  reading.resolve();
  expect([(await first).map(({ id }) => id), await taken(follower)]).toEqual([['before', 'during'], []]);
});

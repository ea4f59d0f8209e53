import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommitQueue } from '../../src/record/commit-queue.ts';
import { prepareDatabaseFile } from '../../src/record/database-file.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Batch } from '../../src/record/sqlite-messages.ts';
import { type SqliteThread, startSqliteThread } from '../../src/record/sqlite-thread.ts';
import { decided, endOf, event } from './events.ts';
import { temporaryFolder } from './places.ts';

async function start(): Promise<{ thread: SqliteThread; path: string }> {
  const path = join(await temporaryFolder(), 'sallyport.db');
  await prepareDatabaseFile(path);
  return { thread: await startSqliteThread({ path, maxBytes: undefined, reserveBytes: 65_536 }), path };
}

// SQLite's strict tables refuse half a millisecond: an error that nobody expects, as a bug would be.
const impossible = { decision: 'call-1', name: 'object-before', until: 0.5, bytes: new Uint8Array(1) };

describe('after an error that nobody expects', () => {
  it('all pending and all later calls reject, and nothing of them is written', async () => {
    const { thread, path } = await start();
    const queue = new CommitQueue((batch) => thread.commit(batch));
    await queue.add([event('gate', 'start-1')], []);
    const ends = await Promise.all([
      endOf(queue.add([decided('neighbour')], [])),
      endOf(queue.add([decided('call-1')], [], { sealed: impossible })),
      endOf(thread.ask('size')),
    ]);
    const refusal = {
      code: 'record/unavailable',
      message: `${path} cannot be used: cannot store REAL value in INTEGER column sealed.until`,
    };
    expect(ends).toEqual([refusal, refusal, 1]);
    expect(await endOf(queue.add([decided('later')], []))).toEqual(refusal);
    expect(await endOf(thread.ask('size'))).toEqual(refusal);
    await queue.drain();
    await thread.close();

    const store = await openSqliteStore({ path, reserveBytes: 65_536 });
    expect((await store.leaves(0, 9)).map(({ id }) => id)).toEqual(['start-1']);
    await store.close();
  });

  it('nothing waits for an answer that never comes', async () => {
    const { thread } = await start();
    const queue = new CommitQueue((batch) => thread.commit(batch));
    const failing = endOf(queue.add([decided('call-1')], [], { sealed: impossible }));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const behind = [endOf(thread.ask('size')), endOf(queue.add([decided('call-2')], []))];
    const refusal = { code: 'record/unavailable', message: expect.stringContaining('cannot store REAL value') };
    expect(await Promise.all([failing, ...behind])).toEqual([refusal, refusal, refusal]);
    await thread.close();
  });
});

describe('group commit', () => {
  it('keeps one batch on its way and gathers what arrives meanwhile', async () => {
    const sent: Batch[] = [];
    const answers: (() => void)[] = [];
    const queue = new CommitQueue(
      (batch) =>
        new Promise((resolve) => {
          sent.push(batch);
          answers.push(() => resolve(batch.items.map((_, i) => 10 * sent.length + i)));
        }),
    );
    const turn = () => new Promise(setImmediate);
    const first = [queue.add([event('gate', 'a')], []), queue.add([event('gate', 'b')], [])];
    await turn();
    const second = ['c', 'd', 'e'].map((id) => queue.add([event('gate', id)], []));
    await turn();
    expect(sent.map(({ items }) => items.length)).toEqual([2]);
    answers[0]?.();
    expect(await Promise.all(first)).toEqual([10, 11]);
    await turn();
    expect(sent.map(({ items }) => items.length)).toEqual([2, 3]);
    answers[1]?.();
    expect(await Promise.all(second)).toEqual([20, 21, 22]);
    await queue.drain();
  });

  it('lets outcomes wait for company, in their order, and no longer than until the queue is asked to catch up', async () => {
    const sent: string[][] = [];
    const queue = new CommitQueue(async ({ items }) => {
      sent.push(items.map((item) => ('puts' in item ? 'several' : item[1])));
      return items.map((_, i) => i);
    });
    const waiting = [queue.add([event('outcome', 'a')], []), queue.add([event('outcome', 'b')], [])];
    const urgent = queue.add([decided('c')], []);
    expect(await Promise.all([...waiting, urgent])).toEqual([0, 1, 2]);
    expect(sent).toEqual([['a', 'b', 'c']]);
    const alone = queue.add([event('outcome', 'd')], []);
    await queue.caughtUp();
    expect(sent).toEqual([['a', 'b', 'c'], ['d']]);
    expect(await alone).toBe(0);
    // Nobody asks for anything: it is written all the same.
    expect(await queue.add([event('outcome', 'e')], [])).toBe(0);
  });

  it('carries leaves of any size, whole', async () => {
    const { thread, path } = await start();
    await thread.close();
    const store = await openSqliteStore({ path, reserveBytes: 65_536 });
    const texts = [1, 60_000, 200_000, 3].map((length) => '€'.repeat(length));
    await Promise.all(texts.map((text, i) => store.append(event('changed', `c-${i}`, { text }))));
    const leaves = await store.leaves(0, 9);
    expect(leaves.map(({ leaf }) => JSON.parse(leaf).text)).toEqual(texts);
    await store.close();
  });
});

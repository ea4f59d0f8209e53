import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSpace } from '../../src/record/space.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Store } from '../../src/record/store.ts';
import { decided, endOf, event, TIME } from './events.ts';
import { temporaryFolder } from './places.ts';

const NO_ROOM = {
  code: 'record/unavailable',
  message: 'there is no room to record this call: database or disk is full',
};
const LIMITS = { maxBytes: 1_048_576, reserveBytes: 262_144 };
const large = { filler: 'x'.repeat(3_000) };

/** A store whose database is full: one decision more does not fit. Resolves with how many did. */
async function fill(store: Store): Promise<number> {
  for (let i = 0; ; i++) {
    const end = await endOf(store.append(decided(`fill-${i}`, { more: large })));
    if (typeof end === 'number') continue;
    expect(end).toEqual(NO_ROOM);
    return i;
  }
}

async function openFull(): Promise<{ store: Store; path: string; filled: number }> {
  const path = join(await temporaryFolder(), 'sallyport.db');
  const store = await openSqliteStore({ path, ...LIMITS });
  onTestFinished(() => store.close());
  await store.append(decided('first', { more: large }), {
    decision: 'first',
    name: 'object-before',
    bytes: new Uint8Array(262_144),
    until: TIME,
  });
  return { store, path, filled: await fill(store) };
}

describe('a full database', () => {
  it('refuses new calls and still takes outcomes and changes, in one sequence', async () => {
    const { store, filled } = await openFull();
    const freeze = { collection: 'freezes', id: 'all', expect: 0, body: { why: 'incident' } } as const;
    const ends = await Promise.all([
      endOf(store.append(event('asked', 'new', large))),
      endOf(store.append(event('outcome', 'first', large))),
      endOf(store.append(decided('new', { more: large }))),
      endOf(store.transact([freeze], [event('changed', 'freeze-1', large)])),
      endOf(store.append(event('gate', 'stop-1', large))),
    ]);
    const next = filled + 1;
    expect(ends).toEqual([NO_ROOM, next, NO_ROOM, [next + 1], next + 2]);
    expect(await store.get('freezes', 'all')).toEqual({
      collection: 'freezes',
      id: 'all',
      version: 1,
      body: freeze.body,
    });
    expect((await store.leaves(next, 9)).map(({ seq, kind }) => [seq, kind])).toEqual([
      [next, 'outcome'],
      [next + 1, 'changed'],
      [next + 2, 'gate'],
    ]);
    expect(await store.decision('new')).toBeUndefined();
  });

  it('stays within its bytes, and says so when the reserve is used up too', async () => {
    const { store, path } = await openFull();
    let refused: unknown;
    let written = 0;
    for (; refused === undefined; written++) {
      const end = await endOf(store.append(event('outcome', `call-${written}`, large)));
      if (typeof end !== 'number') refused = end;
    }
    expect(refused).toEqual(NO_ROOM);
    expect(written).toBeGreaterThan(40);
    await store.close();
    expect((await stat(path)).size).toBeLessThanOrEqual(LIMITS.maxBytes);
  });

  it('takes calls again when there is room again', async () => {
    const { store, filled } = await openFull();
    expect(await store.eraseSealed(TIME)).toBe(1);
    expect(await store.append(decided('new', { more: large }))).toBe(filled + 1);
  });

  it('takes calls again when it may grow', async () => {
    const { store, path, filled } = await openFull();
    await store.close();
    const larger = await openSqliteStore({ path, ...LIMITS, maxBytes: 2 * LIMITS.maxBytes });
    expect(await larger.append(decided('new', { more: large }))).toBe(filled + 1);
    await larger.close();
  });
});

describe('the reserve on the disk', () => {
  const full = () => new Sqlite.SqliteError('database or disk is full', 'SQLITE_FULL');

  async function withSpace() {
    const path = join(await temporaryFolder(), 'sallyport.db');
    const db = new Sqlite(path);
    onTestFinished(() => {
      db.close();
    });
    return {
      db,
      path,
      file: `${path}.reserve`,
      space: createSpace(db, path, { maxBytes: undefined, reserveBytes: 3_000_000 }),
    };
  }

  it('is set aside at the start and kept over starts', async () => {
    const { db, path, file, space } = await withSpace();
    expect(space.exhausted).toBe(false);
    const made = await stat(file);
    expect([made.size, made.mode & 0o777]).toEqual([3_000_000, 0o600]);
    // Blocks of 512 bytes: the space is taken, not only promised.
    expect(made.blocks * 512).toBeGreaterThanOrEqual(3_000_000);
    createSpace(db, path, { maxBytes: undefined, reserveBytes: 3_000_000 });
    expect((await stat(file)).mtimeMs).toBe(made.mtimeMs);
  });

  it('is given up for a write that must succeed, and taken again when there is room', async () => {
    const { file, space } = await withSpace();
    let tries = 0;
    const write = () => {
      tries += 1;
      if (tries === 1) throw full();
      return 'written';
    };
    expect(space.withReserve(write)).toBe('written');
    expect(space.exhausted).toBe(true);
    expect(await endOf(stat(file))).toMatchObject({ code: 'ENOENT' });
    expect(space.recovered()).toBe(true);
    expect(space.exhausted).toBe(false);
    expect((await stat(file)).size).toBe(3_000_000);
  });

  it('is kept when a write fails for another reason', async () => {
    const { file, space } = await withSpace();
    const write = () => {
      throw new Error('something else');
    };
    expect(() => space.withReserve(write)).toThrow('something else');
    expect(space.exhausted).toBe(false);
    expect((await stat(file)).size).toBe(3_000_000);
  });

  it('stops new calls but not the start when it cannot be set aside', async () => {
    const path = join(await temporaryFolder(), 'sallyport.db');
    await mkdir(`${path}.reserve`);
    const store = await openSqliteStore({ path, reserveBytes: 65_536 });
    expect(await endOf(store.append(decided('call-1')))).toEqual({
      code: 'record/unavailable',
      message: 'there is no room to record this call: the reserve is kept for outcomes and changes',
    });
    expect(await store.append(event('changed', 'freeze-1'))).toBe(0);
    await store.close();
  });
});

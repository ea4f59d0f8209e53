import { chmod, mkdir, open, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Store } from '../../src/record/store.ts';
import { decided, endOf, event } from './events.ts';
import { temporaryFolder } from './places.ts';

const openAt = (path: string): Promise<Store> => openSqliteStore({ path, reserveBytes: 65_536 });

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

describe('the files of the SQLite store', () => {
  it('are for their owner only', async () => {
    const folder = join(await temporaryFolder(), 'state', 'deeper');
    const path = join(folder, 'sallyport.db');
    const store = await openAt(path);
    await store.append(event('gate', 'start-1'));
    const files = [folder, path, `${path}-wal`, `${path}.reserve`];
    expect(await Promise.all(files.map(modeOf))).toEqual(['700', '600', '600', '600']);
    await store.close();
  });

  it('are refused when others can get at them', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'sallyport.db');
    await (await openAt(path)).close();
    await chmod(path, 0o640);
    expect(await endOf(openAt(path))).toEqual({
      code: 'config/invalid',
      message: `${path} is open to others than its owner`,
    });
    await chmod(path, 0o600);
    await chmod(folder, 0o750);
    expect(await endOf(openAt(path))).toEqual({
      code: 'config/invalid',
      message: `${folder} is open to others than its owner`,
    });
  });

  it('are written ahead, and synchronously', async () => {
    const path = join(await temporaryFolder(), 'sallyport.db');
    await (await openAt(path)).close();
    const db = new Sqlite(path, { readonly: true });
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
  });

  it.each([
    [
      'maxBytes',
      { maxBytes: 65_536, reserveBytes: 65_536 },
      'maxBytes must be a count of bytes above the reserve of 65536',
    ],
    ['maxBytes', { maxBytes: 1.5 }, 'maxBytes must be a count of bytes above the reserve of 16777216'],
    ['reserveBytes', { reserveBytes: -1 }, 'reserveBytes must be a count of bytes'],
  ])('are not made with a wrong %s', async (_, options, message) => {
    const path = join(await temporaryFolder(), 'sallyport.db');
    const end = await endOf(openSqliteStore({ path, ...options }));
    expect(end).toEqual({ code: 'config/invalid', message: `the SQLite store's ${message}` });
    expect(await endOf(stat(path))).toMatchObject({ code: 'ENOENT' });
  });

  it('may not be a folder', async () => {
    const path = join(await temporaryFolder(), 'sallyport.db');
    await mkdir(path, { mode: 0o700 });
    expect(await endOf(openAt(path))).toEqual({
      code: 'record/unavailable',
      message: `${path} cannot be used: unable to open database file`,
    });
  });
});

describe('a damaged database', () => {
  async function filled(): Promise<string> {
    const path = join(await temporaryFolder(), 'sallyport.db');
    const store = await openAt(path);
    const events = Array.from({ length: 100 }, (_, i) => decided(`call-${i}`, { more: { filler: 'x'.repeat(3_000) } }));
    await Promise.all(events.map((each) => store.append(each)));
    await store.close();
    return path;
  }

  it('is refused when it is no database at all', async () => {
    const path = join(await temporaryFolder(), 'sallyport.db');
    await writeFile(path, 'not a database, '.repeat(1_000), { mode: 0o600 });
    expect(await endOf(openAt(path))).toEqual({
      code: 'record/unavailable',
      message: `${path} is damaged or no database: file is not a database`,
    });
  });

  it('is refused when it was cut off', async () => {
    const path = await filled();
    await truncate(path, 16_384);
    expect(await endOf(openAt(path))).toEqual({
      code: 'record/unavailable',
      message: `${path} is damaged or no database: database disk image is malformed`,
    });
  });

  it('answers nothing from damaged pages', async () => {
    const path = await filled();
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(40 * 4_096, 0xff), 0, 40 * 4_096, 20 * 4_096);
    await file.close();
    const store = await openAt(path);
    expect(await endOf(store.leaves(0, 100))).toEqual({
      code: 'record/unavailable',
      message: `${path} is damaged or no database: database disk image is malformed`,
    });
    await store.close();
  });

  it('is refused when a start that follows a crash cannot read what it must', async () => {
    const path = await filled();
    const db = new Sqlite(path);
    db.exec('UPDATE open_calls SET upto = 0');
    db.close();
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(40 * 4_096, 0xff), 0, 40 * 4_096, 20 * 4_096);
    await file.close();
    expect(await endOf(openAt(path))).toEqual({
      code: 'record/unavailable',
      message: `${path} is damaged or no database: database disk image is malformed`,
    });
  });
});

import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MIGRATIONS, type Migration, migrate } from '../../src/record/migrations.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import { endOf, event } from './events.ts';
import { temporaryFolder } from './places.ts';

function inMemory(): Database {
  const db = new Sqlite(':memory:');
  onTestFinished(() => {
    db.close();
  });
  return db;
}

const versionOf = (db: Database) => db.pragma('user_version', { simple: true });
const namesIn = (db: Database) =>
  db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();

const first: Migration = { version: 1, name: 'one', sql: 'CREATE TABLE one (a TEXT); INSERT INTO one VALUES (1)' };
const second: Migration = { version: 2, name: 'two', sql: "CREATE TABLE two AS SELECT a || '!' AS a FROM one" };

describe('migrations', () => {
  it('are numbered from 1 without gaps', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  it('make the schema in an empty database, once', () => {
    const db = inMemory();
    migrate(db, 'x.db');
    migrate(db, 'x.db');
    expect(versionOf(db)).toBe(MIGRATIONS.length);
    expect(namesIn(db)).toEqual([
      'accounts',
      'decided',
      'documents',
      'log',
      'open_calls',
      'related',
      'reservations',
      'sealed',
    ]);
  });

  it('go on from where an older program left off, and keep what was there', () => {
    const db = inMemory();
    migrate(db, 'x.db', [first]);
    migrate(db, 'x.db', [first, second]);
    expect(versionOf(db)).toBe(2);
    expect(db.prepare('SELECT a FROM two').pluck().all()).toEqual(['1!']);
  });

  it('leave everything as it was when one fails', () => {
    const db = inMemory();
    const broken: Migration = { version: 2, name: 'broken', sql: 'CREATE TABLE two (a); SELECT * FROM nowhere' };
    migrate(db, 'x.db', [first]);
    expect(() => migrate(db, 'x.db', [first, broken])).toThrow('no such table: nowhere');
    expect([versionOf(db), namesIn(db)]).toEqual([1, ['one']]);
  });

  it('never touch a database of a newer program', async () => {
    const path = join(await temporaryFolder(), 'sallyport.db');
    const store = await openSqliteStore({ path, reserveBytes: 65_536 });
    await store.append(event('gate', 'start-1'));
    await store.close();
    const db = new Sqlite(path);
    db.pragma('user_version = 99');
    db.close();
    expect(await endOf(openSqliteStore({ path, reserveBytes: 65_536 }))).toEqual({
      code: 'config/invalid',
      message: `${path} has schema version 99, and this program knows versions up to ${MIGRATIONS.length}`,
    });
  });

  it.each([
    ['tables of its own', 'CREATE TABLE songs (title TEXT)'],
    ['an application id of its own', 'PRAGMA application_id = 1234'],
    ['a version of its own', 'PRAGMA user_version = 1'],
  ])('never touch a database with %s', (_, sql) => {
    const db = inMemory();
    db.exec(sql);
    expect(() => migrate(db, 'x.db')).toThrow('x.db is a database of another program');
    expect(namesIn(db)).not.toContain('log');
  });
});

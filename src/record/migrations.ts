import type { Database } from 'better-sqlite3';
import { SallyportError } from '../errors.ts';

/** `SPRT`: lets `file` and the gate itself tell its database from somebody else's. */
const APPLICATION_ID = 0x53505254;

export interface Migration {
  /** 1, 2, 3, ... without gaps; what `PRAGMA user_version` says afterwards. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/**
 * The schema, forward only: a migration that was released is never edited, the next one changes what it made.
 *
 * - `log`: the leaves. The one index keeps (kind, id) unique and finds a decision's leaves.
 * - `decided`: what decisions are listed by, without their leaves: some fifty bytes a row, written in order, so that a
 *   filter reads a few pages where an index per filter would cost each write.
 * - `reservations`: what allowed changes took of their accounts within the last hour or so, by their `decided` event.
 * - `accounts`: which decision took from an account last: what a reservation is conditional on.
 * - `related`: what a leaf concerns besides the decision whose id it bears (`hold:ID`, `intent:ID`), to be found by.
 * - `open_calls`: one row, how far the log was looked through for calls without an end and which were open there.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'log, documents, sealed blobs',
    sql: `
      CREATE TABLE log (
        seq INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,
        id TEXT NOT NULL,
        hash BLOB NOT NULL,
        leaf TEXT NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX log_by_id ON log (id, kind);

      CREATE TABLE decided (
        seq INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,
        did TEXT,
        agent TEXT,
        route TEXT
      ) STRICT;

      CREATE TABLE documents (
        collection TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL CHECK (version > 0),
        body TEXT NOT NULL,
        PRIMARY KEY (collection, id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE sealed (
        decision TEXT NOT NULL,
        name TEXT NOT NULL,
        until INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (decision, name)
      ) STRICT;
      CREATE INDEX sealed_by_time ON sealed (until);

      CREATE TABLE open_calls (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        upto INTEGER NOT NULL,
        ids TEXT NOT NULL
      ) STRICT;
      INSERT INTO open_calls VALUES (1, 0, '[]');
    `,
  },
  {
    version: 2,
    name: 'reservations',
    sql: `
      CREATE TABLE reservations (
        seq INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,
        body TEXT NOT NULL
      ) STRICT;

      CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        last TEXT NOT NULL,
        time INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 3,
    name: 'what leaves concern',
    sql: `
      CREATE TABLE related (
        link TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (link, seq)
      ) STRICT, WITHOUT ROWID;
    `,
  },
];

/**
 * Brings a database to the newest schema, each step in a transaction of its own, or leaves it as it was.
 * @throws SallyportError `config/invalid` when it belongs to a newer program or to another one.
 */
export function migrate(db: Database, path: string, migrations: readonly Migration[] = MIGRATIONS): void {
  const newest = migrations.length;
  const found = numberOf(db.pragma('user_version', { simple: true }));
  if (found > newest) {
    throw new SallyportError(
      'config/invalid',
      `${path} has schema version ${found}, and this program knows versions up to ${newest}`,
      { fix: 'run the newer sallyport that wrote it, or restore a backup from before the upgrade' },
    );
  }
  const application = numberOf(db.pragma('application_id', { simple: true }));
  const tables = numberOf(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
  if (application !== APPLICATION_ID && (application !== 0 || found !== 0 || tables !== 0)) {
    throw new SallyportError('config/invalid', `${path} is a database of another program`, {
      fix: 'name another file in `store:`',
    });
  }
  for (const migration of migrations) {
    if (migration.version <= found) continue;
    db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${migration.version}`);
    })();
  }
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number')
    throw new SallyportError('record/unavailable', `SQLite answered ${typeof value}, not a number`);
  return value;
}

import Sqlite, { type Database } from 'better-sqlite3';
import { messageOf, SallyportError } from '../errors.ts';
import { migrate } from './migrations.ts';

/** Another gate that is just stopping gives its lock up within this time. Milliseconds. */
const BUSY_TIMEOUT = 1_000;
/** Pages in the write-ahead log before they are moved into the database: 16 MiB, for fewer pauses than SQLite's 4 MiB. */
const CHECKPOINT_PAGES = 4_000;
/** The write-ahead log is cut back to this after it had to grow. Bytes. */
const WAL_LIMIT = 67_108_864;

/**
 * Opens the database for this process alone, checks that it is one, and migrates it.
 * @throws SallyportError `record/unavailable` when another process has it or it is damaged, `config/invalid` when it is
 *   not ours or too new.
 */
export function openDatabase(path: string): Database {
  let db: Database | undefined;
  try {
    db = new Sqlite(path, { timeout: BUSY_TIMEOUT, fileMustExist: true });
    // Before the first access, so that the lock is taken with it and held; SQLite drops it whatever way the process ends.
    db.pragma('locking_mode = EXCLUSIVE');
    if (db.pragma('journal_mode = WAL', { simple: true }) !== 'wal') throw new Error('it cannot be put into WAL mode');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    // What is deleted is overwritten, not only forgotten.
    db.pragma('secure_delete = ON');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${WAL_LIMIT}`);
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    migrate(db, path);
    return db;
  } catch (thrown) {
    db?.close();
    throw explain(path, thrown);
  }
}

/** True when there was no room to write, and a later try may find some. */
export function isFull(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  // A quota or a file size limit shows as a failed write, not as a full disk.
  return code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_WRITE';
}

/** True when a row that must be unique was there already. */
export function isTaken(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

function sqliteCode(thrown: unknown): string {
  return thrown instanceof Sqlite.SqliteError ? thrown.code : '';
}

/** What SQLite says, as an error that names the file and what to do. */
export function explain(path: string, thrown: unknown): SallyportError {
  if (thrown instanceof SallyportError) return thrown;
  const code = sqliteCode(thrown);
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new SallyportError('record/unavailable', `${path} is open already, here or in another process`, {
      fix: 'stop the other gate, or give this one a database of its own in `store:`',
      cause: thrown,
    });
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return new SallyportError('record/unavailable', `${path} is damaged or no database: ${messageOf(thrown)}`, {
      fix: 'restore it from a backup; move the damaged file aside, do not delete it',
      cause: thrown,
    });
  }
  return new SallyportError('record/unavailable', `${path} cannot be used: ${messageOf(thrown)}`, { cause: thrown });
}

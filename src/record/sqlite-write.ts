import { hash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { messageOf, SallyportError } from '../errors.ts';
import { KINDS } from './leaf.ts';
import type { Space } from './space.ts';
import { isFull, isTaken } from './sqlite-database.ts';
import {
  type Batch,
  type EntryRow,
  type Failure,
  failureOf,
  type Item,
  type ItemResult,
  type PutRow,
  type Row,
  type SealedRow,
} from './sqlite-messages.ts';
import { createUnfinishedCalls } from './unfinished.ts';

export interface Committer {
  commit(batch: Batch): ItemResult[];
  /** Erases the blobs whose time, in milliseconds since the epoch, has come; answers how many. */
  eraseSealed(now: number): number;
  /** Forgets what was reserved before a time, in milliseconds since the epoch; answers how many reservations. */
  forgetReservations(before: number): number;
  /** Notes where this run ended, for a quick start of the next one. */
  end(): void;
}

/**
 * Writes batches: one transaction each, so that an fsync is shared. An item whose condition does not hold is left out
 * and its neighbours are written. When there is no room for all of them each is tried alone, so that what may use the
 * reserve still gets in.
 * @throws whatever SQLite throws when the database can no longer be used.
 */
export function createCommitter(db: Database, space: Space): Committer {
  const statements = prepare(db);
  const openCalls = createUnfinishedCalls(db);
  let next = db.prepare<[], number>('SELECT coalesce(max(seq) + 1, 0) FROM log').pluck().get() ?? 0;

  function commit(items: Batch['items'], bytes: Bytes): ItemResult[] {
    const before = next;
    statements.begin.run();
    try {
      openCalls.note(next);
      const results = items.map((item) => write(item, bytes));
      statements.commit.run();
      for (const [i, item] of items.entries()) {
        if (typeof results[i] === 'number') for (const row of rowsOf(item)) openCalls.follow(row);
      }
      return results;
    } catch (thrown) {
      next = before;
      // SQLite has rolled back by itself after some errors.
      if (db.inTransaction) statements.rollback.run();
      throw thrown;
    }
  }

  function write(item: Row | Item, bytes: Bytes): ItemResult {
    const first = next;
    try {
      if ('puts' in item) writeTogether(item, bytes);
      else insert(item, bytes);
      return first;
    } catch (thrown) {
      next = first;
      if (isTaken(thrown)) return taken(item);
      if (thrown instanceof SallyportError) return failureOf(thrown);
      throw thrown;
    }
  }

  // One event is one statement that can fail, and that undoes itself; here there are several.
  function writeTogether({ puts, rows, links, sealed, entry, erase }: Item, bytes: Bytes): void {
    statements.savepoint.run();
    try {
      for (const put of puts) apply(put);
      for (const [i, row] of rows.entries()) {
        for (const link of links[i] ?? []) statements.link.run(link, next);
        insert(row, bytes);
      }
      for (const { decision, name } of erase ?? []) statements.eraseOne.run(decision, name);
      if (sealed !== undefined) keep(sealed);
      if (entry !== undefined) enter(entry);
    } catch (thrown) {
      if (db.inTransaction) statements.undo.run();
      throw thrown;
    } finally {
      if (db.inTransaction) statements.release.run();
    }
  }

  function insert([kind, id, start, end, time, did, agent, route]: Row, bytes: Bytes): void {
    // The byte before a leaf is the zero that RFC 6962 puts in front of leaves.
    const digest = hash('sha256', bytes.subarray(start - 1, end), 'buffer');
    statements.event.run(next, kind, id, digest, bytes.subarray(start, end));
    if (time !== null) statements.decided.run(next, time, did, agent, route);
    next += 1;
  }

  function keep({ decision, name, until, bytes }: SealedRow): void {
    statements.sealed.run(decision, name, until, bytes);
  }

  // After its event, by whose number it goes.
  function enter(entry: EntryRow): void {
    if (entry.op === 'reserve') {
      for (const account of entry.accounts) draw(account, entry);
      statements.reserve.run(entry.time, entry.body, entry.decision, DECIDED);
    } else if (entry.body === null) statements.unreserve.run(entry.decision, DECIDED);
    else statements.settle.run(entry.body, entry.decision, DECIDED);
  }

  function draw({ id, last }: { readonly id: string; readonly last: string | null }, entry: Taking): void {
    const { decision, time } = entry;
    const { changes } =
      last === null ? statements.open.run(id, decision, time) : statements.draw.run(decision, time, id, last);
    if (changes === 1) return;
    throw new SallyportError('record/conflict', `something was taken from account ${id} meanwhile`, {
      fix: 'judge the call again by what is left',
    });
  }

  function apply({ collection, id, expect, body }: PutRow): void {
    if (changesOne(collection, id, expect, body)) return;
    const found = statements.version.get(collection, id) ?? 0;
    throw new SallyportError(
      'record/conflict',
      `${collection}/${id} was changed meanwhile: expected version ${expect}, found version ${found}`,
      { fix: 'read it again and decide again' },
    );
  }

  function changesOne(collection: string, id: string, expect: number, body: string | null): boolean {
    if (body === null) return statements.remove.run(collection, id, expect).changes === 1;
    if (expect === 0) return statements.add.run(collection, id, body).changes === 1;
    return statements.change.run(body, collection, id, expect).changes === 1;
  }

  function commitAlone(item: Row | Item, bytes: Bytes): ItemResult {
    const urgent = rowsOf(item).every(mayUseReserve);
    if (!urgent && space.exhausted) return noRoom('the reserve is kept for outcomes and changes');
    const writeIt = () => only(commit([item], bytes));
    try {
      return urgent ? space.withReserve(writeIt) : writeIt();
    } catch (thrown) {
      if (!isFull(thrown)) throw thrown;
      return noRoom(messageOf(thrown));
    }
  }

  return {
    commit({ items, bytes }) {
      if (space.exhausted && !space.recovered()) return items.map((item) => commitAlone(item, bytes));
      try {
        return commit(items, bytes);
      } catch (thrown) {
        if (!isFull(thrown)) throw thrown;
        return items.map((item) => commitAlone(item, bytes));
      }
    },
    eraseSealed(now) {
      // To erase needs room too, and gives more back.
      const erased = space.withReserve(() => statements.erase.run(now).changes);
      // Or the bytes would stay in the write-ahead log for a while.
      if (erased > 0) db.pragma('wal_checkpoint(TRUNCATE)');
      return erased;
    },
    forgetReservations(before) {
      return space.withReserve(() => {
        statements.forgetAccounts.run(before);
        return statements.forget.run(before).changes;
      });
    },
    end() {
      try {
        openCalls.noteAtEnd(next);
      } catch (thrown) {
        // Without the note the next start looks through more of the log; that is no reason not to stop.
        if (!isFull(thrown)) throw thrown;
      }
    },
  };
}

type Bytes = Batch['bytes'];
type Taking = Extract<EntryRow, { op: 'reserve' }>;
const DECIDED = KINDS.indexOf('decided');

function rowsOf(item: Row | Item): readonly Row[] {
  return 'puts' in item ? item.rows : [item];
}

/** New calls wait for room; what ends calls or changes who may do what must always get in. */
function mayUseReserve([kind]: Row): boolean {
  return KINDS[kind] !== 'asked' && KINDS[kind] !== 'decided';
}

function only(results: readonly ItemResult[]): ItemResult {
  const [result] = results;
  if (result === undefined) throw new TypeError('a batch of one had no result');
  return result;
}

function taken(item: Row | Item): Failure {
  const events = rowsOf(item).map(([kind, id]) => `${KINDS[kind]} ${id}`);
  return { code: 'record/conflict', message: `already recorded: ${events.join(', ')}`, fix: undefined };
}

function noRoom(why: string): Failure {
  return {
    code: 'record/unavailable',
    message: `there is no room to record this call: ${why}`,
    fix: 'free disk space, or allow the database more bytes; the gate goes on by itself',
  };
}

function prepare(db: Database) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    savepoint: db.prepare('SAVEPOINT item'),
    release: db.prepare('RELEASE item'),
    undo: db.prepare('ROLLBACK TO item'),
    // Bytes are bound and cast, because turning a JavaScript string into UTF-8 for SQLite costs five times as much.
    event: db.prepare<[number, number, string, Uint8Array, Uint8Array]>(
      'INSERT INTO log (seq, kind, id, hash, leaf) VALUES (?, ?, ?, ?, CAST(? AS TEXT))',
    ),
    decided: db.prepare<[number, number, string | null, string | null, string | null]>(
      'INSERT INTO decided (seq, time, did, agent, route) VALUES (?, ?, ?, ?, ?)',
    ),
    link: db.prepare<[string, number]>('INSERT INTO related (link, seq) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    sealed: db.prepare<[string, string, number, Uint8Array]>(
      'INSERT INTO sealed (decision, name, until, bytes) VALUES (?, ?, ?, ?)',
    ),
    eraseOne: db.prepare<[string, string]>('DELETE FROM sealed WHERE decision = ? AND name = ?'),
    erase: db.prepare<[number]>('DELETE FROM sealed WHERE until <= ?'),
    reserve: db.prepare<[number, string, string, number]>(
      'INSERT INTO reservations (seq, time, body) SELECT seq, ?, ? FROM log WHERE id = ? AND kind = ?',
    ),
    unreserve: db.prepare<[string, number]>(
      'DELETE FROM reservations WHERE seq = (SELECT seq FROM log WHERE id = ? AND kind = ?)',
    ),
    settle: db.prepare<[string, string, number]>(
      'UPDATE reservations SET body = ? WHERE seq = (SELECT seq FROM log WHERE id = ? AND kind = ?)',
    ),
    open: db.prepare<[string, string, number]>(
      'INSERT INTO accounts (id, last, time) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    draw: db.prepare<[string, number, string, string]>(
      'UPDATE accounts SET last = ?, time = ? WHERE id = ? AND last = ?',
    ),
    forget: db.prepare<[number]>('DELETE FROM reservations WHERE time < ?'),
    forgetAccounts: db.prepare<[number]>('DELETE FROM accounts WHERE time < ?'),
    version: db
      .prepare<[string, string], number>('SELECT version FROM documents WHERE collection = ? AND id = ?')
      .pluck(),
    add: db.prepare<[string, string, string]>(
      'INSERT INTO documents (collection, id, version, body) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING',
    ),
    change: db.prepare<[string, string, string, number]>(
      'UPDATE documents SET version = version + 1, body = ? WHERE collection = ? AND id = ? AND version = ?',
    ),
    remove: db.prepare<[string, string, number]>(
      'DELETE FROM documents WHERE collection = ? AND id = ? AND version = ?',
    ),
  };
}

import { SallyportError } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import { CommitQueue } from './commit-queue.ts';
import { prepareDatabaseFile } from './database-file.ts';
import { instantOf } from './leaf.ts';
import { readDecision, readDocument, readLeaf, readReservation } from './read-stored.ts';
import type { AccountHead, LedgerEntry, StoredReservation } from './reservation.ts';
import type { EntryRow, PutRow, SealedRow } from './sqlite-messages.ts';
import type { Filter, StoredDecision } from './sqlite-read.ts';
import { type SqliteThread, startSqliteThread } from './sqlite-thread.ts';
import type { Along, Collection, DecisionQuery, LogEvent, Put, Sealed, Store } from './store.ts';

export interface SqliteOptions {
  /** The database file; made, with its folder, when it is not there. */
  readonly path: string;
  /** What the database may grow to, in bytes, the reserve included; unbounded unless told. */
  readonly maxBytes?: number;
  /** What is kept back for outcomes and changes when there is no more room, in bytes; 16 MiB unless told. */
  readonly reserveBytes?: number;
}

const RESERVE_BYTES = 16_777_216;
/** How much of the log is looked through for decisions before writes get their turn again. */
const SEARCH_WINDOW = 50_000;

/**
 * The embedded store: SQLite in a thread of its own, WAL, synchronous FULL, opened by one process at a time.
 * @throws SallyportError `config/invalid` on bad options, a file others can read, or a database of a newer program;
 *   `record/unavailable` when it is damaged or another process has it.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { path, maxBytes, reserveBytes = RESERVE_BYTES } = options;
  if (!Number.isSafeInteger(reserveBytes) || reserveBytes < 0) throw badOption('reserveBytes', 'a count of bytes');
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes > reserveBytes)) {
    throw badOption('maxBytes', `a count of bytes above the reserve of ${reserveBytes}`);
  }
  await prepareDatabaseFile(path);
  return new SqliteStore(await startSqliteThread({ path, maxBytes, reserveBytes }));
}

class SqliteStore implements Store {
  readonly #thread: SqliteThread;
  readonly #queue: CommitQueue;
  #closing: Promise<void> | undefined;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
    this.#queue = new CommitQueue((batch) => thread.commit(batch));
  }

  append(event: LogEvent, sealed?: Sealed, entry?: LedgerEntry): Promise<number> {
    return this.#write([event], [], { sealed, entry });
  }

  async transact(puts: readonly Put[], events: readonly LogEvent[], along: Along = {}): Promise<readonly number[]> {
    const first = await this.#write(events, puts, along);
    return events.map((_, i) => first + i);
  }

  async get(collection: Collection, id: string) {
    const found = await this.#thread.ask('document', collection, id);
    return found === undefined ? undefined : readDocument(collection, found);
  }

  async list(collection: Collection) {
    return (await this.#thread.ask('documents', collection)).map((found) => readDocument(collection, found));
  }

  async leaves(from: number, limit: number) {
    await this.#queue.caughtUp();
    return (await this.#thread.ask('leaves', from, limit)).map(readLeaf);
  }

  async related(link: string, from: number, limit: number) {
    await this.#queue.caughtUp();
    return (await this.#thread.ask('related', link, from, limit)).map(readLeaf);
  }

  async size() {
    await this.#queue.caughtUp();
    return this.#thread.ask('size');
  }

  async decisions(query: DecisionQuery) {
    await this.#queue.caughtUp();
    const since = query.since === undefined ? null : instantOf(query.since);
    const filter: Filter = {
      agent: query.agent ?? null,
      route: query.route ?? null,
      did: query.outcome ?? null,
      since,
    };
    const found: StoredDecision[] = [];
    let before = query.before ?? (await this.size());
    while (before > 0 && found.length < query.limit) {
      const from = Math.max(0, before - SEARCH_WINDOW);
      const page = await this.#thread.ask('decisions', from, before, filter, query.limit - found.length);
      found.push(...page.found);
      // Times rise along the log but for calls that overtake each other: a whole window of older ones is the end.
      if (since !== null && page.newest !== null && page.newest < since) break;
      before = from;
    }
    return found.map(readDecision);
  }

  async decision(id: string) {
    await this.#queue.caughtUp();
    const found = await this.#thread.ask('decision', id);
    return found === undefined ? undefined : readDecision(found);
  }

  async closeLost(time: string) {
    await this.#queue.caughtUp();
    const open = await this.#thread.ask('openCalls');
    const closed = await Promise.all(open.map(([id, after]) => this.#closeLost(id, after, time)));
    return closed.filter((id) => id !== undefined);
  }

  async #closeLost(id: string, after: 'asked' | 'decided', time: string): Promise<string | undefined> {
    try {
      await this.append(lostEvent(id, after, time));
      return id;
    } catch (thrown) {
      // Somebody gave it an end meanwhile.
      if (thrown instanceof SallyportError && thrown.code === 'record/conflict') return undefined;
      throw thrown;
    }
  }

  sealed(decision: string, name: string) {
    return this.#thread.ask('sealed', decision, name);
  }

  async eraseSealed(now: string) {
    return this.#thread.ask('eraseSealed', instantOf(now));
  }

  async reservations(since: string, from: number, limit: number): Promise<readonly StoredReservation[]> {
    await this.#queue.caughtUp();
    return (await this.#thread.ask('reservations', instantOf(since), from, limit)).map(readReservation);
  }

  async accounts(): Promise<readonly AccountHead[]> {
    await this.#queue.caughtUp();
    const heads = await this.#thread.ask('accounts');
    return heads.map(({ id, last, time }) => ({ id, last, time: new Date(time).toISOString() }));
  }

  forgetReservations(before: string) {
    return this.#thread.ask('forgetReservations', instantOf(before));
  }

  close() {
    this.#closing ??= this.#queue.drain().then(() => this.#thread.close());
    return this.#closing;
  }

  async #write(events: readonly LogEvent[], puts: readonly Put[], { sealed, entry, erase }: Along): Promise<number> {
    if (this.#closing !== undefined) throw new SallyportError('record/unavailable', 'the record is closed');
    return this.#queue.add(events, puts.map(putRow), {
      sealed: sealed === undefined ? undefined : sealedRow(sealed),
      entry: entry === undefined ? undefined : entryRow(entry),
      erase,
    });
  }
}

function lostEvent(id: string, after: 'asked' | 'decided', time: string): LogEvent {
  return {
    kind: 'outcome',
    id,
    time,
    body: {
      state: 'lost',
      after,
      // An intent is durable before the first byte leaves: without one nothing was sent, with one nobody knows.
      sent: after === 'asked' ? false : 'unknown',
      end: 'unknown',
      status: null,
      bytes: null,
      ms: null,
      error: null,
    },
  };
}

function putRow({ collection, id, expect, body }: Put): PutRow {
  return { collection, id, expect, body: body === null ? null : canonicalJson(body) };
}

function sealedRow({ decision, name, bytes, until }: Sealed): SealedRow {
  return { decision, name, bytes, until: instantOf(until) };
}

function entryRow(entry: LedgerEntry): EntryRow {
  const { decision } = entry;
  const body = entry.body === null ? null : canonicalJson(entry.body);
  if (entry.op === 'settle' || body === null) return { op: 'settle', decision, body };
  return { op: 'reserve', decision, time: instantOf(entry.time), accounts: entry.accounts, body };
}

function badOption(name: string, expected: string): SallyportError {
  return new SallyportError('config/invalid', `the SQLite store's ${name} must be ${expected}`);
}

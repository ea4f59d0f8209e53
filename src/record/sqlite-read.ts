import type { Database } from 'better-sqlite3';
import { KINDS } from './leaf.ts';
import { findUnfinishedCalls } from './unfinished.ts';

/** A filter on decisions as the database knows it: null matches everything; `since` in milliseconds since the epoch. */
export interface Filter {
  readonly agent: string | null;
  readonly route: string | null;
  readonly did: string | null;
  readonly since: number | null;
}

export interface StoredLeaf {
  readonly seq: number;
  readonly kind: number;
  readonly id: string;
  readonly leaf: string;
  readonly hash: Uint8Array;
}

export interface StoredDecision {
  readonly id: string;
  readonly seq: number;
  readonly asked: string | undefined;
  readonly decided: string;
  readonly outcome: string | undefined;
}

export interface StoredDocument {
  readonly id: string;
  readonly version: number;
  readonly body: string;
}

export interface ReservationRow {
  readonly seq: number;
  readonly decision: string;
  readonly time: number;
  readonly body: string;
}

export type Reader = ReturnType<typeof createReader>;

/** The questions about what is stored; each is short, so that writes are never kept waiting for long. */
export function createReader(db: Database) {
  const documents = db.prepare<[string], StoredDocument>(
    'SELECT id, version, body FROM documents WHERE collection = ? ORDER BY id',
  );
  const document = db.prepare<[string, string], StoredDocument>(
    'SELECT id, version, body FROM documents WHERE collection = ? AND id = ?',
  );
  const leaves = db.prepare<[number, number], StoredLeaf>(
    'SELECT seq, kind, id, leaf, hash FROM log WHERE seq >= ? ORDER BY seq LIMIT ?',
  );
  const related = db.prepare<[string, number, number], StoredLeaf>(`
    SELECT log.seq, kind, id, leaf, hash FROM related JOIN log USING (seq)
    WHERE link = ? AND seq >= ? ORDER BY seq LIMIT ?`);
  const size = db.prepare<[], number>('SELECT coalesce(max(seq) + 1, 0) FROM log').pluck();
  const page = db.prepare<[number, number, Filter & { limit: number }], { seq: number }>(`
    SELECT seq FROM decided WHERE seq >= ? AND seq < ?
      AND ($agent IS NULL OR agent = $agent) AND ($route IS NULL OR route = $route)
      AND ($did IS NULL OR did = $did) AND ($since IS NULL OR time >= $since)
    ORDER BY seq DESC LIMIT $limit`);
  const newest = db
    .prepare<[number, number], number>('SELECT max(time) FROM decided WHERE seq >= ? AND seq < ?')
    .pluck();
  const idAt = db.prepare<[number], string>('SELECT id FROM log WHERE seq = ?').pluck();
  const byId = db.prepare<[string], StoredLeaf>('SELECT seq, kind, id, leaf, hash FROM log WHERE id = ? ORDER BY kind');
  const sealed = db
    .prepare<[string, string], Uint8Array>('SELECT bytes FROM sealed WHERE decision = ? AND name = ?')
    .pluck();

  const reservations = db.prepare<[number, number, number], ReservationRow>(`
    SELECT seq, log.id AS decision, time, body FROM reservations JOIN log USING (seq)
    WHERE seq >= ? AND time >= ? ORDER BY seq LIMIT ?`);
  const accounts = db.prepare<[], { id: string; last: string; time: number }>('SELECT id, last, time FROM accounts');

  function decision(id: string): StoredDecision | undefined {
    const found = new Map(byId.all(id).map((leaf) => [KINDS[leaf.kind], leaf]));
    const decided = found.get('decided');
    if (decided === undefined) return undefined;
    return {
      id,
      seq: decided.seq,
      asked: found.get('asked')?.leaf,
      decided: decided.leaf,
      outcome: found.get('outcome')?.leaf,
    };
  }

  return {
    decision,
    document: (collection: string, id: string) => document.get(collection, id),
    documents: (collection: string) => documents.all(collection),
    leaves: (from: number, limit: number) => leaves.all(from, limit),
    related: (link: string, from: number, limit: number) => related.all(link, from, limit),
    size: () => size.get() ?? 0,
    /** Matching decisions with `from <= seq < before`, newest first, and the newest time in that window, if any. */
    decisions(from: number, before: number, filter: Filter, limit: number) {
      const rows = page.all(from, before, { ...filter, limit });
      const ids = rows.map(({ seq }) => idAt.get(seq) ?? '');
      return {
        found: ids.map(decision).filter((each) => each !== undefined),
        newest: filter.since === null ? null : (newest.get(from, before) ?? null),
      };
    },
    openCalls: () => [...findUnfinishedCalls(db).open],
    reservations: (since: number, from: number, limit: number) => reservations.all(from, since, limit),
    accounts: () => accounts.all(),
    sealed: (decisionId: string, name: string) => sealed.get(decisionId, name),
  };
}

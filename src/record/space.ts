import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { isFull } from './sqlite-database.ts';

/** The room that is kept for what must always be written. */
export interface Space {
  /** True while the reserve is not there: nothing that may not use it is written. */
  readonly exhausted: boolean;
  /** Looks whether there is room again and, if so, restores the reserve. */
  recovered(): boolean;
  /** Runs a write that may use the reserve: first the pages kept back, then the file that holds disk space. */
  withReserve<T>(write: () => T): T;
}

/**
 * Two reserves, because a database fills up in two ways. Against `maxBytes`, `reserveBytes` of its pages are kept back
 * (`PRAGMA max_page_count`). Against a full disk, a file of `reserveBytes` lies beside it and is given up when needed.
 * `maxBytes` bounds the database file; its write-ahead log comes on top, a few MiB of it.
 */
export function createSpace(
  db: Database,
  path: string,
  { maxBytes, reserveBytes }: { readonly maxBytes: number | undefined; readonly reserveBytes: number },
): Space {
  const file = `${path}.reserve`;
  const limits = pageLimits(db, maxBytes, reserveBytes);
  const limit = (pages: number) => db.pragma(`max_page_count = ${pages}`);
  let held = hold(file, reserveBytes);
  limit(limits.usual);
  return {
    get exhausted() {
      return !held;
    },
    recovered() {
      held = isRoomFor(path, reserveBytes) && hold(file, reserveBytes);
      return held;
    },
    withReserve(write) {
      limit(limits.all);
      try {
        return write();
      } catch (thrown) {
        if (!held || !isFull(thrown)) throw thrown;
        rmSync(file, { force: true });
        held = false;
        return write();
      } finally {
        limit(limits.usual);
      }
    },
  };
}

const NO_LIMIT = 0xfffffffe;

function pageLimits(db: Database, maxBytes: number | undefined, reserveBytes: number): { usual: number; all: number } {
  if (maxBytes === undefined) return { usual: NO_LIMIT, all: NO_LIMIT };
  const size = Number(db.pragma('page_size', { simple: true }));
  return { usual: Math.floor((maxBytes - reserveBytes) / size), all: Math.floor(maxBytes / size) };
}

function hold(file: string, bytes: number): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.size === bytes) return true;
  let handle: number;
  try {
    handle = openSync(file, 'w', 0o600);
  } catch {
    return false;
  }
  // Random, so that a file system that compresses or leaves out zeros really sets the space aside.
  const chunk = randomFillSync(new Uint8Array(1_048_576));
  try {
    for (let left = bytes; left > 0; ) left -= writeSync(handle, chunk, 0, Math.min(chunk.length, left));
    return true;
  } catch {
    // Half a reserve is none, and gives back what it took.
    rmSync(file, { force: true });
    return false;
  } finally {
    closeSync(handle);
  }
}

/** Twice the reserve, so that the gate does not go back and forth at the edge. */
function isRoomFor(path: string, bytes: number): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize > 2 * bytes;
}

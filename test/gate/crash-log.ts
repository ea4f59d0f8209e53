import { join } from 'node:path';
import { isObject, type JsonObject } from '../../src/json.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Leaf } from '../../src/record/store.ts';
import { numberIn } from './crash-calls.ts';
import { tryIn } from './crash-watches.ts';

/** A leaf of the log, with the call or the watch that it is about. */
export interface Logged {
  readonly seq: number;
  readonly id: string;
  /** The number of the call, -1 where the leaf does not say. */
  readonly n: number;
  /** The name of the watch's try. */
  readonly watch: string | undefined;
  readonly body: JsonObject;
}

/** Reads the whole log of a gate that has ended. */
export async function readLog(state: string): Promise<readonly Leaf[]> {
  const store = await openSqliteStore({ path: join(state, 'sallyport.db') });
  try {
    return await store.leaves(0, 1_000_000);
  } finally {
    await store.close();
  }
}

/** The leaves of one kind. */
export function logged(leaves: readonly Leaf[], kind: Leaf['kind']): readonly Logged[] {
  return leaves
    .filter((leaf) => leaf.kind === kind)
    .map(({ seq, id, leaf }) => {
      const body: JsonObject = JSON.parse(leaf);
      const call = isObject(body.call) ? body.call : {};
      const text = `${call.path} ${call.name}`;
      return { seq, id, body, n: numberIn(text) ?? -1, watch: tryIn(text) };
    });
}

/** What is there more than once. */
export function twice<T>(values: readonly T[]): readonly T[] {
  const seen = new Set<T>();
  return values.filter((value) => seen.size === seen.add(value).size);
}

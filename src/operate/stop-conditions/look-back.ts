import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { Store } from '../../record/store.ts';

/** How far back anything counts. */
const SINCE_MS = 24 * 60 * 60 * 1000;
/** Leaves that are read at most: a start must not take longer for what was long ago. */
const MOST_LEAVES = 20_000;
const PAGE = 1_000;

/**
 * Tells what the log holds of the last day, in order; of no more than its last 20,000 leaves.
 * @throws SallyportError `record/unavailable`
 */
export async function lookBack(
  store: Pick<Store, 'size' | 'leaves'>,
  now: Date,
  tell: (kind: string, id: string, body: JsonObject, at: number) => void,
): Promise<void> {
  const size = await store.size();
  const since = now.getTime() - SINCE_MS;
  for (let from = Math.max(0, size - MOST_LEAVES); from < size; from += PAGE) {
    for (const { kind, id, time, leaf } of await store.leaves(from, PAGE)) {
      const at = Date.parse(time);
      if (at < since || (kind !== 'decided' && kind !== 'outcome' && kind !== 'changed')) continue;
      const body: Json = JSON.parse(leaf);
      if (isObject(body)) tell(kind, id, body, at);
    }
  }
}

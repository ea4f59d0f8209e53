import type { Leaf, Store } from '../../record/store.ts';

/** Leaves that are read at once; between two pages the gate serves others. */
const PAGE = 100;
/** How far an event may lie behind those that were recorded before it: it has its time before its turn comes. */
const SLACK_MS = 10 * 60_000;

/**
 * The leaves of a span of time, in order, a page at a time: however large the log, no more than a page is held. Begins a
 * little earlier and ends a little later, so that whoever reads looks at each leaf's own time.
 */
export async function* leavesBetween(
  store: Pick<Store, 'leaves' | 'size'>,
  from: string,
  to: string,
): AsyncGenerator<readonly Leaf[]> {
  const last = new Date(Date.parse(to) + SLACK_MS).toISOString();
  let next = await firstAt(store, new Date(Date.parse(from) - SLACK_MS).toISOString());
  for (;;) {
    const page = await store.leaves(next, PAGE);
    const end = page.at(-1);
    if (end === undefined) return;
    yield page;
    if (end.time >= last) return;
    next = end.seq + 1;
  }
}

/** The place of the first leaf that is not older, by halving: times grow with the log, but for the slack. */
async function firstAt(store: Pick<Store, 'leaves' | 'size'>, time: string): Promise<number> {
  let [low, high] = [0, await store.size()];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [leaf] = await store.leaves(middle, 1);
    if (leaf !== undefined && leaf.time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

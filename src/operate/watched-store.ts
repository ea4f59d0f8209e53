import type { LogEvent, Put, Store } from '../record/store.ts';

/**
 * The same store, with `durable` told of every event, and its sequence number, once it is written: how changes of agents,
 * operators and freezes reach the event stream and the outbox without each of them knowing of it. `written` is told of what was put.
 * Neither may throw.
 */
export function watchStore(
  store: Store,
  durable: (event: LogEvent, seq: number) => void,
  written: (puts: readonly Put[]) => void = () => undefined,
): Store {
  return {
    append: async (event, sealed, entry) => {
      const seq = await store.append(event, sealed, entry);
      durable(event, seq);
      return seq;
    },
    transact: async (puts, events, along) => {
      const seqs = await store.transact(puts, events, along);
      written(puts);
      for (const [i, event] of events.entries()) durable(event, seqs[i] ?? 0);
      return seqs;
    },
    get: (collection, id) => store.get(collection, id),
    list: (collection) => store.list(collection),
    leaves: (from, limit) => store.leaves(from, limit),
    related: (link, from, limit) => store.related(link, from, limit),
    size: () => store.size(),
    decisions: (query) => store.decisions(query),
    decision: (id) => store.decision(id),
    closeLost: (time) => store.closeLost(time),
    sealed: (decision, name) => store.sealed(decision, name),
    eraseSealed: (now) => store.eraseSealed(now),
    reservations: (since, from, limit) => store.reservations(since, from, limit),
    accounts: () => store.accounts(),
    forgetReservations: (before) => store.forgetReservations(before),
    close: () => store.close(),
  };
}

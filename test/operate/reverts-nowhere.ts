import { StoredLedger } from '../../src/decide/budget/ledger.ts';
import { createDecider } from '../../src/decide/decider.ts';
import type { Sources } from '../../src/identify/sources.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import { createSealer } from '../../src/record/seal.ts';
import type { Store } from '../../src/record/store.ts';
import { openReverts, type Reverts } from '../../src/settle/revert/reverts.ts';

/** What takes decisions back behind an operations API that has no route to any upstream. */
export async function revertsNowhere(store: Store, sources: Sources): Promise<Reverts> {
  const { now } = sources;
  const sealer = createSealer(new Uint8Array(32));
  const ledger = await StoredLedger.open(store, now);
  return openReverts({
    ...{ store, sources, sealer, ledger, epoch: { value: 0 }, measureWithin: 1_000 },
    recorder: createRecorder({ store, ledger, sealer, now, published: () => undefined }),
    decider: createDecider({
      ...{ now, ledger, can: [], freezes: { covering: () => [] } },
      judge: () => {
        throw new TypeError('there is nothing to judge by');
      },
      registry: { agent: () => undefined, isTokenRevoked: () => false },
    }),
    laneOf: () => undefined,
    newDecisionId: sources.newId,
    named: (text) => text,
    report: (error) => {
      throw error;
    },
  });
}

import type { Store } from '../../record/store.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';

/** The log itself: how long it is and how it ends. */
export function logEndpoints(store: Store): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      { method: 'get', path: '/v1/log', summary: 'Number of leaves and the last one', body: nothing, query: nothing },
      async () => {
        const size = await store.size();
        const [last] = size === 0 ? [] : await store.leaves(size - 1, 1);
        return {
          kind: 'json',
          value: {
            size,
            last:
              last === undefined
                ? null
                : {
                    seq: last.seq,
                    kind: last.kind,
                    id: last.id,
                    time: last.time,
                    hash: `sha256:${Buffer.from(last.hash).toString('hex')}`,
                  },
          },
        };
      },
    ),
  ];
}

import type { Bundles, LoadedBundle } from '../decide/bundles.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { changedEvent } from '../identify/changed-event.ts';
import type { Sources } from '../identify/sources.ts';
import type { Store } from '../record/store.ts';
import type { BundleControl, BundleState } from './endpoints/bundle.ts';

/** Reloads the bundle of the configuration at an operator's word, on the record. */
export function createBundleControl(parts: {
  readonly bundles: Bundles;
  /** Where the configuration says it is. */
  readonly path: string;
  readonly store: Store;
  readonly sources: Sources;
}): BundleControl {
  const { bundles, path, store, sources } = parts;
  return {
    current: () => stateOf(bundles.current),
    async reload(by, why) {
      const before = { ...stateOf(bundles.current) };
      const after = { ...stateOf(await bundles.load(path)) };
      const event = changedEvent({ what: 'bundle.loaded', by, why, about: {}, before, after }, sources, sources.now());
      try {
        await store.append(event);
      } catch (cause) {
        const message = `bundle ${after.revision} judges now, but that could not be recorded (${messageOf(cause)})`;
        throw new SallyportError('record/unavailable', message, {
          fix: 'make the store writable again; until then no call is let through',
          cause,
        });
      }
      return after;
    },
  };
}

function stateOf({ bundle }: LoadedBundle): BundleState {
  return { digest: bundle.contentDigest, archive: bundle.digest, revision: bundle.revision };
}

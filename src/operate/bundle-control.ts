import type { BundleContents } from '../decide/bundle.ts';
import type { BundleArchives, Bundles, LoadedBundle } from '../decide/bundles.ts';
import type { SallyportError } from '../errors.ts';
import { changedEvent } from '../identify/changed-event.ts';
import type { Sources } from '../identify/sources.ts';
import type { JsonObject } from '../json.ts';
import type { Store } from '../record/store.ts';
import type { BundleState, MemberState } from './endpoints/bundle.ts';

/** Who has another bundle loaded, and why. */
export interface LoadReason {
  readonly by: string;
  readonly why: string;
  /** Whether an older one than has judged before is meant, as only an administrator may say. */
  readonly rollback?: boolean;
  /** What else the record says of it. */
  readonly about: JsonObject;
}

/** The bundles of a gate, each load of which is on the record before it judges. */
export interface RecordedBundles {
  /** Undefined before the first one is loaded. */
  inForce(): BundleState | undefined;
  /**
   * Swaps in another one; when it is refused, or cannot be recorded, the old one stays.
   * @param reason undefined: not recorded here, because the event of the gate's start says it
   * @throws SallyportError `bundle/invalid`, `bundle/signature`, `record/unavailable`.
   */
  load(archives: BundleArchives, reason: LoadReason | undefined): Promise<BundleState>;
  /** Puts on the record that archives were refused, by member and digest. @throws SallyportError `record/unavailable`. */
  refused(archives: JsonObject, error: SallyportError, reason: LoadReason): Promise<void>;
}

/** What is refused may have a say in why. */
const LONGEST_MESSAGE = 1_000;

/** Ties bundles to the record. */
export function recordBundles(parts: {
  readonly bundles: Bundles;
  readonly store: Store;
  readonly sources: Sources;
}): RecordedBundles {
  const { bundles, store, sources } = parts;
  const record = async (
    what: string,
    reason: LoadReason,
    before: BundleState | undefined,
    after: JsonObject | null,
  ) => {
    const { by, why, about } = reason;
    const change = { what, by, why, about, before: before === undefined ? null : leafOf(before), after };
    await store.append(changedEvent(change, sources, sources.now()));
  };
  const inForce = () => (bundles.isLoaded ? stateOf(bundles.current) : undefined);
  return {
    inForce,
    async load(archives, reason) {
      const options =
        reason === undefined
          ? {}
          : {
              record: (next: LoadedBundle, before: LoadedBundle | undefined) =>
                record('bundle.loaded', reason, before && stateOf(before), leafOf(stateOf(next))),
              rollBack: reason.rollback === true ? { by: reason.by, why: reason.why } : undefined,
            };
      return stateOf(await bundles.loadArchives(archives, options));
    },
    async refused(archives, { code, message }, reason) {
      const about = { ...reason.about, refused: { archives, code, message: message.slice(0, LONGEST_MESSAGE) } };
      await record('bundle.refused', { ...reason, about }, inForce(), null);
    },
  };
}

function stateOf({ bundle, site, judge, warnings }: LoadedBundle): BundleState {
  return {
    digest: judge.bundleDigest,
    revision: judge.revision,
    archive: bundle.digest,
    library: memberOf(bundle),
    site: site === undefined ? null : memberOf(site),
    warnings,
  };
}

function memberOf({ contentDigest, digest, revision, serial }: BundleContents): MemberState {
  return { digest: contentDigest, archive: digest, revision, serial: serial ?? null };
}

function leafOf({ digest, revision, archive, library, site }: BundleState): JsonObject {
  const members = site === null ? {} : { library: { ...library }, site: { ...site } };
  return { digest, revision, archive, ...members };
}

import { readFile, stat } from 'node:fs/promises';
import { messageOf, SallyportError } from '../errors.ts';
import type { BundleContents } from './bundle.ts';
import type { BundleCandidate, BundleMember, BundleOrder, RollBack } from './bundle-order.ts';
import { type KeptBundle, KeptBundles } from './kept-bundles.ts';
import {
  type BundleArchive,
  type BundleArchives,
  type BundleDemands,
  type LoadedBundle,
  openBundles,
} from './open-bundles.ts';
import type { Trial } from './trial.ts';

export type { BundleArchive, BundleArchives, LoadedBundle } from './open-bundles.ts';

const LARGEST_ARCHIVE = 64 * 2 ** 20;

export interface BundlesOptions extends BundleDemands {
  /** The folder that keeps every bundle that judged anything, by digest; it is made when needed. */
  readonly archive: string;
  /** Refuses what is older than what judged before; when absent, any order will do. */
  readonly order?: BundleOrder;
  /** Tries what is to take the place of what judges, where nobody waits for it. */
  readonly trial?: Pick<Trial, 'run'>;
}

export interface LoadOptions {
  /** Puts the load on the record: awaited when everything holds and before the swap. What it throws keeps the one before. */
  readonly record?: (next: LoadedBundle, before: LoadedBundle | undefined) => Promise<void>;
  /** An operator's word that an older bundle is meant; recorded with who and why when it was one. */
  readonly rollBack?: RollBack | undefined;
}

/**
 * Holds the bundles that judge. Others are loaded beside them, checked whole, kept by digest and only then swapped in, all
 * members at once; when one is refused, those before go on.
 */
export class Bundles {
  readonly #options: BundlesOptions;
  readonly #kept: KeptBundles;
  readonly #listeners = new Set<(loaded: LoadedBundle) => void>();
  #current: LoadedBundle | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: BundlesOptions) {
    this.#options = options;
    this.#kept = new KeptBundles(options.archive);
  }

  /** Whether there is one to judge by. */
  get isLoaded(): boolean {
    return this.#current !== undefined;
  }

  /** @throws SallyportError `policy/fault` before the first bundle is loaded */
  get current(): LoadedBundle {
    if (this.#current) return this.#current;
    throw new SallyportError('policy/fault', 'no bundle is loaded yet', {
      fix: 'see why with GET /v1/bundle: its source has none that can be used',
    });
  }

  /** Called after every swap, at once: whatever was judged before has to be looked at again. Returns the way to stop it. */
  onSwap(listener: (loaded: LoadedBundle) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Loads the library's bundle at `path`, see `loadArchives`.
   * @throws SallyportError `bundle/invalid`, `bundle/signature` or `bundle/older`; the bundle before stays
   */
  load(path: string): Promise<LoadedBundle> {
    return this.#inTurn(async () => this.#load({ library: await readArchive(path) }));
  }

  /**
   * Swaps in what was read elsewhere. Loads take their turns, so that the last one asked for is in force.
   * @throws SallyportError `bundle/invalid`, `bundle/signature` or `bundle/older`; what was in force before stays
   */
  loadArchives(archives: BundleArchives, options: LoadOptions = {}): Promise<LoadedBundle> {
    return this.#inTurn(() => this.#load(archives, options));
  }

  /** What judged under a digest, or undefined. @param digest `sha256:<hex>`, as a decision names it */
  async archived(digest: string): Promise<KeptBundle | undefined> {
    return await this.#kept.read(digest);
  }

  #inTurn(load: () => Promise<LoadedBundle>): Promise<LoadedBundle> {
    const loading = this.#turn.then(load);
    this.#turn = loading.catch(() => undefined);
    return loading;
  }

  async #load(archives: BundleArchives, { record, rollBack }: LoadOptions = {}): Promise<LoadedBundle> {
    const { site: asked, order } = this.#options;
    if (this.#current !== undefined) await this.#options.trial?.run({ ...archivesOf(this.#current), ...archives });
    const loaded = await openBundles(archives, this.#options, this.#current);
    const { bundle: library, site } = loaded;
    const own = site === undefined ? {} : { site: { bundle: site, trust: asked?.trust ?? [] } };
    await this.#kept.keep({ library, ...own });
    await order?.admit(this.#candidates(loaded), rollBack);
    await record?.(loaded, this.#current);
    this.#current = loaded;
    for (const listener of this.#listeners) listener(loaded);
    return loaded;
  }

  /** The package's own bundle is pinned to the package: there is no other one to be older than. */
  #candidates({ bundle, site }: LoadedBundle): readonly BundleCandidate[] {
    const { keys, site: asked, pinned } = this.#options;
    const library = pinned === undefined ? [candidate('library', bundle, keys.length > 0)] : [];
    return site === undefined ? library : [...library, candidate('site', site, (asked?.keys ?? []).length > 0)];
  }
}

/**
 * Reads a bundle's file, bounded.
 * @throws SallyportError `bundle/invalid` that names the path
 */
export async function readArchive(path: string): Promise<BundleArchive> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_ARCHIVE) throw new Error(`it is larger than ${LARGEST_ARCHIVE} bytes`);
    return { archive: await readFile(path), from: path };
  } catch (cause) {
    throw new SallyportError('bundle/invalid', `the bundle ${path} cannot be read: ${messageOf(cause)}`, {
      fix: 'see bundle.path in the configuration',
      cause,
    });
  }
}

/** What judges now, as it would be brought again. */
function archivesOf({ bundle, site }: LoadedBundle): BundleArchives {
  const from = 'what judges now';
  return { library: { archive: bundle.archive, from }, ...(site && { site: { archive: site.archive, from } }) };
}

function candidate(
  member: BundleMember,
  { contentDigest, revision, serial }: BundleContents,
  signed: boolean,
): BundleCandidate {
  return { member, contentDigest, revision, serial, signed };
}

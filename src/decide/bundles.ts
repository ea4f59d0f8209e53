import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleKey } from '../config.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { type Bundle, readBundle } from './bundle.ts';
import { createJudge, type Judge } from './judge.ts';
import { loadPolicy, type PolicyOptions } from './policy.ts';
import { verifyBundle } from './signature.ts';

const LARGEST_ARCHIVE = 64 * 2 ** 20;

export interface BundlesOptions extends PolicyOptions {
  /** When there is one, a bundle that none of them signed never loads. */
  readonly keys: readonly BundleKey[];
  /** The folder that keeps every bundle that judged anything, by digest; it is made when needed. */
  readonly archive: string;
}

/** The bytes of a bundle and where they came from (a path, an address), as errors name it. */
export interface BundleArchive {
  readonly archive: Uint8Array;
  readonly from: string;
}

/** What is to be in force, by member. */
export interface BundleArchives {
  readonly library: BundleArchive;
}

export interface LoadOptions {
  /** Puts the load on the record: awaited when everything holds and before the swap. What it throws keeps the one before. */
  readonly record?: (next: LoadedBundle, before: LoadedBundle | undefined) => Promise<void>;
}

/** A bundle that is in force. */
export interface LoadedBundle {
  readonly bundle: Bundle;
  readonly judge: Judge;
}

/**
 * Holds the bundle that judges. Another one is loaded beside it, checked whole, kept by digest and only then swapped in;
 * when it is refused, the one before goes on.
 */
export class Bundles {
  readonly #options: BundlesOptions;
  readonly #listeners = new Set<(loaded: LoadedBundle) => void>();
  #current: LoadedBundle | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: BundlesOptions) {
    this.#options = options;
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
   * @throws SallyportError `bundle/invalid` or `bundle/signature`; the bundle before stays
   */
  load(path: string): Promise<LoadedBundle> {
    return this.#inTurn(async () => this.#load({ library: await readArchive(path) }));
  }

  /**
   * Swaps in what was read elsewhere. Loads take their turns, so that the last one asked for is in force.
   * @throws SallyportError `bundle/invalid` or `bundle/signature`, which names where it came from; the bundle before stays
   */
  loadArchives(archives: BundleArchives, options: LoadOptions = {}): Promise<LoadedBundle> {
    return this.#inTurn(() => this.#load(archives, options));
  }

  #inTurn(load: () => Promise<LoadedBundle>): Promise<LoadedBundle> {
    const loading = this.#turn.then(load);
    this.#turn = loading.catch(() => undefined);
    return loading;
  }

  /** The archive of a bundle that judged something, or undefined. @param digest `sha256:<hex>` of the contents */
  async archived(digest: string): Promise<Uint8Array | undefined> {
    return await readFile(this.#fileOf(digest)).catch(() => undefined);
  }

  async #load({ library }: BundleArchives, { record }: LoadOptions = {}): Promise<LoadedBundle> {
    const { bundle, judge } = await this.#prepare(library).catch((thrown: unknown) => {
      throw located(thrown, library.from);
    });
    await this.#keep(bundle);
    const loaded = { bundle, judge };
    await record?.(loaded, this.#current);
    this.#current = loaded;
    for (const listener of this.#listeners) listener(loaded);
    return loaded;
  }

  async #prepare({ archive }: BundleArchive): Promise<LoadedBundle> {
    const bundle = readBundle(archive);
    if (this.#options.keys.length > 0) await verifyBundle(bundle.files, this.#options.keys);
    const policy = await loadPolicy(bundle, this.#options);
    return { bundle, judge: createJudge(policy, { bundleDigest: bundle.contentDigest, revision: bundle.revision }) };
  }

  /** Before it judges anything, so that every decision can be judged again. */
  async #keep({ archive, contentDigest }: Bundle): Promise<void> {
    const file = this.#fileOf(contentDigest);
    try {
      await mkdir(this.#options.archive, { recursive: true, mode: 0o700 });
      if (await stat(file).catch(() => undefined)) return;
      const staging = `${file}.${process.pid}`;
      try {
        const handle = await open(staging, 'w', 0o600);
        await handle.writeFile(archive);
        await handle.sync();
        await handle.close();
        await rename(staging, file);
      } finally {
        await rm(staging, { force: true });
      }
    } catch (cause) {
      throw new SallyportError(
        'record/unavailable',
        `the bundle cannot be kept in ${this.#options.archive}: ${messageOf(cause)}`,
        {
          fix: 'make the folder writable: what judges must be kept for replay',
          cause,
        },
      );
    }
  }

  #fileOf(digest: string): string {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
      throw new SallyportError('request/invalid', `${JSON.stringify(digest)} is not a bundle's digest`);
    }
    return join(this.#options.archive, `${digest.slice('sha256:'.length)}.tar.gz`);
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

function located(thrown: unknown, from: string): unknown {
  if (!(thrown instanceof SallyportError)) return thrown;
  const { code, message, fix, cause } = thrown;
  return new SallyportError(code, `${from}: ${message}`, { ...(fix === undefined ? {} : { fix }), cause });
}

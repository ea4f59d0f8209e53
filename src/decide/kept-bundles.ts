import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SallyportError } from '../errors.ts';
import { isArray, isObject, type Json } from '../json.ts';
import { type BundlePair, describePair, identityOf } from './bundle-judge.ts';

/** The archives of what judged something, as they came: enough to judge again. */
export interface KeptBundle {
  readonly library: Uint8Array;
  readonly site?: { readonly archive: Uint8Array; readonly trust: readonly string[] };
}

/** The folder that keeps every bundle that judged anything: archives by the digest of their contents, pairs by their own. */
export class KeptBundles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Keeps the members and what binds them, durably. Called before they judge anything, so that every decision can be
   * judged again.
   * @throws SallyportError `record/unavailable`
   */
  async keep(pair: BundlePair): Promise<void> {
    const { library, site } = pair;
    await this.#write(library.contentDigest, '.tar.gz', library.archive);
    if (site === undefined) return;
    await this.#write(site.bundle.contentDigest, '.tar.gz', site.bundle.archive);
    const text = describePair({ library, site });
    await this.#write(identityOf(pair).bundleDigest, '.json', Buffer.from(text, 'utf8'));
  }

  /**
   * What judged under a digest, or undefined when it is not kept whole.
   * @param digest `sha256:<hex>`, as a decision names it
   * @throws SallyportError `request/invalid` when it is no digest
   */
  async read(digest: string): Promise<KeptBundle | undefined> {
    const library = await this.#read(digest, '.tar.gz');
    if (library !== undefined) return { library };
    const bytes = await this.#read(digest, '.json');
    if (bytes === undefined || `sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest)
      return undefined;
    const pair: Json = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (!isObject(pair) || typeof pair.library !== 'string' || typeof pair.site !== 'string') return undefined;
    const [of, archive] = [await this.#read(pair.library, '.tar.gz'), await this.#read(pair.site, '.tar.gz')];
    if (of === undefined || archive === undefined) return undefined;
    const trust = isArray(pair.trust) ? pair.trust.filter((name) => typeof name === 'string') : [];
    return { library: of, site: { archive, trust } };
  }

  async #read(digest: string, kind: Kind): Promise<Uint8Array | undefined> {
    return await readFile(this.#fileOf(digest, kind)).catch(() => undefined);
  }

  async #write(digest: string, kind: Kind, bytes: Uint8Array): Promise<void> {
    const file = this.#fileOf(digest, kind);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      if (await stat(file).catch(() => undefined)) return;
      const staging = `${file}.${process.pid}`;
      try {
        const handle = await open(staging, 'w', 0o600);
        await handle.writeFile(bytes);
        await handle.sync();
        await handle.close();
        await rename(staging, file);
      } finally {
        await rm(staging, { force: true });
      }
    } catch (cause) {
      throw new SallyportError(
        'record/unavailable',
        `the bundle cannot be kept in ${this.#folder}: ${messageOf(cause)}`,
        {
          fix: 'make the folder writable: what judges must be kept for replay',
          cause,
        },
      );
    }
  }

  #fileOf(digest: string, kind: Kind): string {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
      throw new SallyportError('request/invalid', `${JSON.stringify(digest)} is not a bundle's digest`);
    }
    return join(this.#folder, `${digest.slice('sha256:'.length)}${kind}`);
  }
}

type Kind = '.tar.gz' | '.json';

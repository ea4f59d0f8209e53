import type { BundleKey } from '../config.ts';
import { SallyportError } from '../errors.ts';
import { type Bundle, type BundleContents, readBundle } from './bundle.ts';
import { createBundleJudge } from './bundle-judge.ts';
import type { BundleMember } from './bundle-order.ts';
import type { Judge } from './judge.ts';
import type { PolicyOptions } from './policy.ts';
import { verifyBundle } from './signature.ts';
import { readSiteBundle, type SiteBundle } from './site-bundle.ts';

/** What a bundle must be to judge. */
export interface BundleDemands extends PolicyOptions {
  /** When there is one, a library that none of them signed never loads, and no site's bundle that no key of its own signed. */
  readonly keys: readonly BundleKey[];
  /** When there is one, nothing judges before a site's bundle is loaded too. Its keys never verify a library. */
  readonly site?: { readonly keys: readonly BundleKey[]; readonly trust: readonly string[] } | undefined;
  /** The digest that the library must have, where it is the one that came with the package. */
  readonly pinned?: string;
}

/** The bytes of a bundle and where they came from (a path, an address), as errors name it. */
export interface BundleArchive {
  readonly archive: Uint8Array;
  readonly from: string;
}

/** What is to be in force, by member; one that is absent stays as it is. */
export type BundleArchives = Readonly<Partial<Record<BundleMember, BundleArchive>>>;

/** Bundles that may judge. */
export interface LoadedBundle {
  /** The library's. */
  readonly bundle: Bundle;
  readonly site: SiteBundle | undefined;
  readonly judge: Judge;
  /** What whoever runs the gate should know. */
  readonly warnings: readonly string[];
}

/**
 * Reads and verifies bundles, and makes the judge of them. What is not brought is taken from what is in force.
 * @throws SallyportError `bundle/invalid` or `bundle/signature`, which names where the bundle came from
 */
export async function openBundles(
  archives: BundleArchives,
  demands: BundleDemands,
  inForce?: LoadedBundle,
): Promise<LoadedBundle> {
  const { keys, site: asked, pinned } = demands;
  const library = await member(archives.library, inForce?.bundle, readBundle, keys, keys.length > 0);
  if (library === undefined) throw missing('library');
  if (pinned !== undefined && library.contentDigest !== pinned) throw unlike(library, pinned);
  const siteKeys = asked?.keys ?? [];
  const signed = keys.length + siteKeys.length > 0;
  const site = await member(archives.site, inForce?.site, readSiteBundle, siteKeys, signed);
  if (asked === undefined && site !== undefined) throw unasked();
  if (asked !== undefined && site === undefined) throw missing('site');
  const own = site === undefined ? {} : { site: { bundle: site, trust: asked?.trust ?? [] } };
  return { bundle: library, site, ...(await createBundleJudge({ library, ...own }, demands)) };
}

async function member<T extends BundleContents>(
  brought: BundleArchive | undefined,
  inForce: T | undefined,
  read: (archive: Uint8Array) => T,
  keys: readonly BundleKey[],
  mustBeSigned: boolean,
): Promise<T | undefined> {
  if (brought === undefined) return inForce;
  try {
    const bundle = read(brought.archive);
    if (mustBeSigned) await verifyBundle(bundle.files, keys);
    return bundle;
  } catch (thrown) {
    throw located(thrown, brought.from);
  }
}

function missing(member: BundleMember): SallyportError {
  return new SallyportError('bundle/invalid', `there is no bundle of the ${member}, and nothing judges without it`, {
    fix: `see ${member === 'site' ? 'bundle.site' : 'bundle'} in the configuration`,
  });
}

function unasked(): SallyportError {
  return new SallyportError('bundle/invalid', "a site's bundle was brought, and none is configured", {
    fix: 'give bundle.site in the configuration its keys and what it is trusted with',
  });
}

function unlike({ contentDigest }: Bundle, pinned: string): SallyportError {
  const message = `the bundle that came with the package is not the one it was published with: it is ${contentDigest}, not ${pinned}`;
  return new SallyportError('bundle/invalid', message, {
    fix: 'install the package again, or name a bundle of your own under bundle.path',
  });
}

function located(thrown: unknown, from: string): unknown {
  if (!(thrown instanceof SallyportError)) return thrown;
  const { code, message, fix, cause } = thrown;
  return new SallyportError(code, `${from}: ${message}`, { ...(fix === undefined ? {} : { fix }), cause });
}

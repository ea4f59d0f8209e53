import type { BundleKey } from '../../config.ts';
import type { BundlePair } from '../../decide/bundle-judge.ts';
import { type BundleFile, bundleFiles } from './provenance.ts';
import { checkSignature, type SignatureCheck } from './signature-check.ts';

/** Where a site's bundle comes from, and what it brings. */
export interface SiteProvenance {
  readonly revision: string;
  readonly contentDigest: string;
  readonly archiveDigest: string;
  readonly files: readonly BundleFile[];
  readonly signature: SignatureCheck;
  /** The settings that it puts in place of the library's. */
  readonly settings: readonly string[];
  /** Whether it brings a module with rules of its own. */
  readonly rules: boolean;
  /** What it is trusted with: by all else it only tightens. */
  readonly trust: readonly string[];
}

/** Checks where a site's bundle comes from. @param keys those that may sign for the site */
export async function checkSiteProvenance(
  { bundle, trust }: NonNullable<BundlePair['site']>,
  keys: readonly BundleKey[],
): Promise<SiteProvenance> {
  return {
    revision: bundle.revision,
    contentDigest: bundle.contentDigest,
    archiveDigest: bundle.digest,
    files: bundleFiles(bundle.files),
    signature: await checkSignature(bundle.files, keys),
    settings: Object.keys(bundle.settings),
    rules: bundle.rules !== undefined,
    trust,
  };
}

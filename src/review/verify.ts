import type { BundleKey } from '../config.ts';
import { type BundleContents, readBundle, readContents } from '../decide/bundle.ts';
import { covers } from '../decide/bundle-manifest.ts';
import { type BundleSignature, signedKeyId, verifyBundle } from '../decide/signature.ts';
import { readSiteBundle, SITE_ROOT } from '../decide/site-bundle.ts';
import { SallyportError } from '../errors.ts';
import { type BundleFile, bundleFiles } from './provenance/provenance.ts';

/** What a bundle is and who signed it. */
export interface VerifiedBundle {
  readonly kind: 'library' | 'site';
  readonly contents: BundleContents;
  /** Undefined when it is refused. */
  readonly signature: BundleSignature | undefined;
  /** Why the signature does not hold. */
  readonly refused: string | undefined;
  /** Name, size and SHA-256 of each file, sorted by name. */
  readonly files: readonly BundleFile[];
  /** Of a site's rules: the digest of the sources of the library that they were compiled with. */
  readonly library: string | undefined;
}

/** A key of whatever name: it verifies what is signed with it, as OPA's `--verification-key` does. */
export type AnyKey = Omit<BundleKey, 'id'>;

/** Whether a bundle is a site's own or a library: by the roots it claims. @throws SallyportError `bundle/invalid` */
export function kindOf({ roots }: Pick<BundleContents, 'roots'>): 'library' | 'site' {
  return roots.length > 0 && roots.every((root) => covers(SITE_ROOT, root)) ? 'site' : 'library';
}

/**
 * Reads a bundle whole, as the gate would, and verifies its signature.
 * @param keysOf the keys that count for what it is; those without an id count whatever the signature calls its key
 * @throws SallyportError `bundle/invalid` when it cannot be read
 */
export async function verifyArchive(
  archive: Uint8Array,
  keysOf: (kind: 'library' | 'site') => readonly (BundleKey | AnyKey)[],
): Promise<VerifiedBundle> {
  const contents = readContents(archive);
  const kind = kindOf(contents);
  const library = kind === 'site' ? readSiteBundle(archive).rules?.library.digest : undefined;
  if (kind === 'library') readBundle(archive);
  return {
    ...{ kind, contents, library },
    ...(await verified(contents.files, keysOf(kind))),
    files: bundleFiles(contents.files),
  };
}

async function verified(
  files: ReadonlyMap<string, Uint8Array>,
  keys: readonly (BundleKey | AnyKey)[],
): Promise<Pick<VerifiedBundle, 'signature' | 'refused'>> {
  let refused = 'there is no key to verify it with';
  // With each alone: two of one name must not stand in each other's way.
  for (const key of keys) {
    try {
      const named = 'id' in key ? key : { ...key, id: signedKeyId(files) };
      return { signature: await verifyBundle(files, [named]), refused: undefined };
    } catch (thrown) {
      if (!(thrown instanceof SallyportError) || thrown.code !== 'bundle/signature') throw thrown;
      refused = thrown.message;
    }
  }
  return { signature: undefined, refused };
}

import { createPublicKey } from 'node:crypto';
import type { BundleKey, SiteSource } from '../config.ts';

/** What is wrong with a site's keys beside the library's, and where under `site`. */
export function wrongSiteKeys(
  keys: readonly BundleKey[],
  site: SiteSource | undefined,
): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  if (site === undefined) return [];
  if (keys.length > 0 && site.keys.length === 0) {
    const message = "bundle.keys says that nothing unsigned loads; expected the site's own keys";
    return [{ path: ['keys'], message }];
  }
  const library = new Map(keys.map((key) => [materialOf(key), key.id]));
  return site.keys.flatMap((key, index) => {
    const same = library.get(materialOf(key));
    // What a site signs would be a library to whoever confuses the two lists.
    const message = `it is the library's key ${JSON.stringify(same)} too; a site's bundle needs a key of its own`;
    return same === undefined ? [] : [{ path: ['keys', index, 'key'], message }];
  });
}

/** One text for one key, however it is written: PKCS #1, SPKI or a certificate. */
function materialOf({ key, algorithm }: BundleKey): string {
  if (algorithm.startsWith('HS')) return key;
  try {
    return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return key;
  }
}

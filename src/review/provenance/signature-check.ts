import type { BundleKey } from '../../config.ts';
import { type BundleSignature, verifyBundle } from '../../decide/signature.ts';
import { messageOf } from '../../errors.ts';
import { claimOf } from './signature-claim.ts';

/** What is known of a bundle's signature. Only `verified` says who made it. */
export type SignatureCheck =
  | ({ readonly state: 'verified' } & BundleSignature)
  /** Nobody signed it. */
  | { readonly state: 'unsigned' }
  /** It is signed, by whoever it says, but there was no key to check it with. */
  | { readonly state: 'unchecked'; readonly claimedKey: string }
  /** There are keys, and it is not signed by any of them as it should be. */
  | { readonly state: 'refused'; readonly why: string };

/**
 * Verifies a bundle's signature with the keys at hand; without any it can only say whether there is one. Of several keys with one
 * name, one that verifies it will do.
 */
export async function checkSignature(
  files: ReadonlyMap<string, Uint8Array>,
  keys: readonly BundleKey[],
): Promise<SignatureCheck> {
  const claim = claimOf(files);
  if (keys.length === 0)
    return claim === undefined ? { state: 'unsigned' } : { state: 'unchecked', claimedKey: claim.key };
  const fitting = keys.filter(({ id }) => id === claim?.key);
  let why = '';
  for (const tried of fitting.length === 0 ? [keys] : fitting.map((key) => [key])) {
    try {
      return { state: 'verified', ...(await verifyBundle(files, tried)) };
    } catch (thrown) {
      why = messageOf(thrown);
    }
  }
  return { state: 'refused', why };
}

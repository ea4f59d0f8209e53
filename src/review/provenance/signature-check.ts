import { decodeProtectedHeader } from 'jose';
import type { BundleKey } from '../../config.ts';
import { type BundleSignature, verifyBundle } from '../../decide/signature.ts';
import { messageOf } from '../../errors.ts';
import { isArray, isObject } from '../../json.ts';

/** What is known of a bundle's signature. Only `verified` says who made it. */
export type SignatureCheck =
  | ({ readonly state: 'verified' } & BundleSignature)
  /** Nobody signed it. */
  | { readonly state: 'unsigned' }
  /** It is signed, by whoever it says, but there was no key to check it with. */
  | { readonly state: 'unchecked'; readonly claimedKey: string }
  /** There are keys, and it is not signed by any of them as it should be. */
  | { readonly state: 'refused'; readonly why: string };

const SIGNATURES = '.signatures.json';

/** Verifies a bundle's signature with the keys at hand; without any it can only say whether there is one. */
export async function checkSignature(
  files: ReadonlyMap<string, Uint8Array>,
  keys: readonly BundleKey[],
): Promise<SignatureCheck> {
  if (keys.length === 0) {
    const signed = files.get(SIGNATURES);
    return signed === undefined ? { state: 'unsigned' } : { state: 'unchecked', claimedKey: claimedKey(signed) };
  }
  try {
    return { state: 'verified', ...(await verifyBundle(files, keys)) };
  } catch (thrown) {
    return { state: 'refused', why: messageOf(thrown) };
  }
}

function claimedKey(signatures: Uint8Array): string {
  try {
    const value: unknown = JSON.parse(Buffer.from(signatures).toString('utf8'));
    const tokens = isObject(value) && isArray(value.signatures) ? value.signatures : [];
    const { kid } = decodeProtectedHeader(String(tokens[0]));
    return typeof kid === 'string' && kid !== '' ? kid : 'unnamed';
  } catch {
    return 'unreadable';
  }
}

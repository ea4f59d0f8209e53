import { byteText } from '../go-bytes.ts';

/**
 * Base64 as Go's `base64.StdEncoding` and `URLEncoding` decode it: padded, line breaks ignored, the last bits free.
 * Undefined where Go says error.
 */
export function decodeBase64(text: string, alphabet: 'std' | 'url'): Buffer | undefined {
  const compact = text.replace(/[\r\n]/g, '');
  const allowed = alphabet === 'std' ? /^[A-Za-z0-9+/]*={0,2}$/ : /^[A-Za-z0-9\-_]*={0,2}$/;
  if (compact.length % 4 !== 0 || !allowed.test(compact)) return undefined;
  return Buffer.from(compact, alphabet === 'std' ? 'base64' : 'base64url');
}

/** OPA's `base64url.decode`: as Go's, but the padding may be missing. */
export function decodeBase64Url(text: string): Buffer | undefined {
  if (text.endsWith('=')) return decodeBase64(text, 'url');
  const missing = (4 - (byteText(text).length % 4)) % 4;
  return missing === 3 ? undefined : decodeBase64(text + '='.repeat(missing), 'url');
}

import { decodeProtectedHeader } from 'jose';
import { isArray, isObject } from '../../json.ts';

/** What a signature says of itself, which anybody can write. */
export interface Claim {
  /** The name of the key; `unnamed` or `unreadable` where it says none. */
  readonly key: string;
  readonly algorithm: string;
}

const SIGNATURES = '.signatures.json';

/** What the signature in a bundle says of itself; undefined where there is none. */
export function claimOf(files: ReadonlyMap<string, Uint8Array>): Claim | undefined {
  const bytes = files.get(SIGNATURES);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const token = String(isObject(value) && isArray(value.signatures) ? value.signatures[0] : '');
    const { kid, alg } = decodeProtectedHeader(token);
    const key = typeof kid === 'string' && kid !== '' ? kid : keyIdIn(token);
    return { key, algorithm: typeof alg === 'string' ? alg : '' };
  } catch {
    return { key: 'unreadable', algorithm: '' };
  }
}

/** OPA's older place for it. */
function keyIdIn(token: string): string {
  const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return isObject(payload) && typeof payload.keyid === 'string' && payload.keyid !== '' ? payload.keyid : 'unnamed';
}

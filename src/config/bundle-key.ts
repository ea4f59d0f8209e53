import { createPublicKey } from 'node:crypto';
import type { BundleKey } from '../config.ts';
import { wrongPublicKey } from './pem.ts';

/** Bytes that RFC 7518, section 3.2 asks of an HMAC key. */
const HMAC_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };
const KEY_TYPES: Readonly<Record<string, string>> = { RS: 'rsa', PS: 'rsa', ES: 'ec', Ed: 'ed25519' };
/** Curves by algorithm (RFC 7518, section 3.4), by OpenSSL's names. */
const CURVES: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' };
/** RFC 7518, sections 3.3 and 3.5. */
const LEAST_RSA_BITS = 2048;

const ALGORITHMS = 'RS256, PS256, ES256, HS256 (or 384, 512) or EdDSA';
/** OPA's names of signature algorithms. */
export const ALGORITHM = /^((RS|PS|ES|HS)(256|384|512)|EdDSA)$/;

/** Why a key cannot verify what is signed with its algorithm, or undefined. */
export function wrongBundleKey({ key, algorithm }: BundleKey): string | undefined {
  if (!ALGORITHM.test(algorithm)) return `${algorithm} is not an algorithm; expected ${ALGORITHMS}`;
  const bytes = HMAC_BYTES[algorithm];
  if (bytes !== undefined) {
    return Buffer.byteLength(key) < bytes
      ? `${algorithm} needs a secret of at least ${bytes} bytes (RFC 7518)`
      : undefined;
  }
  const wrong = wrongPublicKey(key);
  if (wrong !== undefined) return `${wrong}; expected a PEM public key`;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(key);
  const needed = KEY_TYPES[algorithm.slice(0, 2)];
  if (type !== needed) return `${algorithm} needs a key of type ${needed}, this one is ${type}`;
  const curve = CURVES[algorithm];
  if (curve !== details?.namedCurve)
    return `${algorithm} needs a key on ${curve}, this one is on ${details?.namedCurve}`;
  const bits = details?.modulusLength;
  if (bits === undefined || bits >= LEAST_RSA_BITS) return undefined;
  return `${algorithm} needs a key of at least ${LEAST_RSA_BITS} bits (RFC 7518), this one has ${bits}`;
}

/** The algorithm that a PEM public key's type leaves no choice about; undefined for RSA, and for what is no such key. */
export function algorithmOf(pem: string): string | undefined {
  if (wrongPublicKey(pem) !== undefined) return undefined;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(pem);
  if (type === 'ed25519') return 'EdDSA';
  return Object.keys(CURVES).find((name) => CURVES[name] === details?.namedCurve);
}

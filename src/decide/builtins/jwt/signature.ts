import { constants, createHmac, timingSafeEqual, verify } from 'node:crypto';
import { integer, sequence } from '../../../listen/der.ts';
import type { KeyMaterial, VerificationKey } from './verification-key.ts';

/** A signature algorithm of JWS (RFC 7518, RFC 8037). */
export interface Algorithm {
  readonly family: 'HS' | 'RS' | 'PS' | 'ES' | 'EdDSA';
  /** As OpenSSL names it; empty for EdDSA. */
  readonly hash: string;
}

/** How OPA's two ways to verify differ: `io.jwt.verify_*` are laxer about lengths and salts, but want public keys. */
type Manner = 'verify' | 'decode_verify';

const LEAST_BITS = 1024;
/** The names that OPA's library has for its algorithms by itself, and takes in a header too. */
const INNER_NAMES = /^(?:HMAC_|RSA_|ECDSA_|EDDSA$)/;
/** Bytes of a number on each curve. */
const CURVE_BYTES = new Map([
  ['secp224r1', 28],
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
]);

/**
 * The algorithm of a name; undefined for one that OPA does not know.
 * @throws TypeError for a name that no JWS algorithm has and OPA's library takes nevertheless
 */
export function algorithmOf(name: string): Algorithm | undefined {
  if (name === 'EdDSA' || name === 'Ed25519') return { family: 'EdDSA', hash: '' };
  const [, family, bits] = /^(HS|RS|PS|ES)(256|384|512)$/.exec(name) ?? [];
  if (family === 'HS' || family === 'RS' || family === 'PS' || family === 'ES') return { family, hash: `sha${bits}` };
  if (INNER_NAMES.test(name)) throw new TypeError(`${JSON.stringify(name.slice(0, 40))} is no algorithm of JWS`);
  return undefined;
}

/** Whether a signature over an input is one of a key by an algorithm. */
export function verifySignature(
  algorithm: Algorithm,
  key: KeyMaterial,
  input: string,
  signature: Buffer,
  manner: Manner,
): boolean {
  const data = Buffer.from(input);
  if (key.kind === 'other') return false;
  if (key.kind === 'secret') {
    return manner === 'decode_verify' && key.secret.length > 0 && verifyHmac(algorithm, key.secret, data, signature);
  }
  if (manner === 'verify' && key.isPrivate) return false;
  try {
    return verifyAsymmetric(algorithm, key, data, signature, manner);
  } catch {
    return false; // OpenSSL throws at some signatures that are none
  }
}

export function verifyHmac({ family, hash }: Algorithm, secret: Buffer, data: Buffer, signature: Buffer): boolean {
  if (family !== 'HS') return false;
  const mac = createHmac(hash, secret).update(data).digest();
  return mac.length === signature.length && timingSafeEqual(mac, signature);
}

/** As OPA chooses: the key of the token's `kid` alone; without one, any key that does not name another algorithm. */
export function verifyByKeys(
  keys: readonly VerificationKey[],
  kid: string,
  alg: string,
  isSignedBy: (key: KeyMaterial) => boolean,
): boolean {
  const named = kid === '' ? undefined : keys.find((key) => key.kid === kid);
  if (named) return isSignedBy(named.material);
  return keys.some((key) => (key.alg === '' || key.alg === alg) && isSignedBy(key.material));
}

function verifyAsymmetric(
  { family, hash }: Algorithm,
  { kind, key }: Extract<KeyMaterial, { kind: 'rsa' | 'ec' | 'ed25519' }>,
  data: Buffer,
  signature: Buffer,
  manner: Manner,
): boolean {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (family) {
    case 'RS':
      return kind === 'rsa' && modulusLength >= LEAST_BITS && verify(hash, data, key, signature);
    case 'PS': {
      const saltLength = manner === 'verify' ? constants.RSA_PSS_SALTLEN_AUTO : constants.RSA_PSS_SALTLEN_DIGEST;
      const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
      return kind === 'rsa' && modulusLength >= LEAST_BITS && verify(hash, data, pss, signature);
    }
    case 'ES': {
      const isOfLength = manner === 'verify' || signature.length === 2 * (CURVE_BYTES.get(namedCurve) ?? 0);
      return kind === 'ec' && isOfLength && verify(hash, data, key, derOfPair(signature));
    }
    case 'EdDSA':
      return kind === 'ed25519' && verify(null, data, key, signature);
    default:
      return false;
  }
}

/** The two halves of a signature as the SEQUENCE of two INTEGERs that OpenSSL reads. */
function derOfPair(signature: Buffer): Buffer {
  const half = Math.floor(signature.length / 2);
  return sequence(integer(signature.subarray(0, half)), integer(signature.subarray(half)));
}

import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readJson } from '../../terms/read-json.ts';
import { isTerms, RegoObject, type Term } from '../../terms/term.ts';
import { byteText } from '../go-bytes.ts';
import { certificateTerms } from '../x509/certificate.ts';
import { DerError } from '../x509/der.ts';
import { decodePem } from '../x509/pem.ts';

/** A key that a token may be verified with; `alg` and `kid` are empty unless a JWK says them. */
export interface VerificationKey {
  readonly alg: string;
  readonly kid: string;
  readonly material: KeyMaterial;
}

/** `isPrivate`: the JWK held the private key; OPA's verify_* take no such key, decode_verify does. */
export type KeyMaterial =
  | { readonly kind: 'rsa' | 'ec' | 'ed25519'; readonly key: KeyObject; readonly isPrivate: boolean }
  | { readonly kind: 'secret'; readonly secret: Buffer }
  | { readonly kind: 'other' };

const LONGEST_TEXT = 1024 * 1024;
const MOST_KEYS = 100;
const MOST_BITS = 8192;
const CURVES = ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1'];
const JWK_CURVES = ['P-256', 'P-384', 'P-521'];
const SIGNING = /^(?:(?:RS|PS|ES|HS)(?:256|384|512)|EdDSA)$/;
/** Other algorithms that a JWK may name: such a key is passed over. One that nobody knows makes the JWK invalid. */
const OTHER_ALGORITHMS =
  /^(?:none|Ed25519|dir|RSA1_5|RSA-OAEP(?:-256|-384|-512)?|A(?:128|192|256)(?:GCM)?KW|ECDH-ES(?:\+A(?:128|192|256)KW)?|PBES2-HS(?:256\+A128|384\+A192|512\+A256)KW|ES256K)$/;
const JWK_MEMBERS = ['kty', 'alg', 'kid', 'use', 'crv', 'n', 'e', 'x', 'y', 'd', 'k', 'p', 'q', 'dp', 'dq', 'qi'];
/** What a public key of a type is made of. */
const NEEDED = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['x', 'y']],
  ['OKP', ['x']],
]);

/**
 * Keys as OPA takes them for io.jwt.*: a certificate or public key in PEM, a JWK or a set of them. Undefined where OPA
 * says error.
 * @throws TypeError for keys that are too many or too large to be used
 */
export function parseVerificationKeys(text: string): readonly VerificationKey[] | undefined {
  if (text.length > LONGEST_TEXT) throw new TypeError(`the text of a key is longer than ${LONGEST_TEXT} characters`);
  const [block, rest] = decodePem(byteText(text));
  if (!block) return parseJwks(readJson(text));
  if (rest !== '') return undefined;
  const material = block.type === 'CERTIFICATE' ? certificateKey(block.bytes) : publicKey(block.type, block.bytes);
  return material && [{ alg: '', kid: '', material }];
}

/** Read as Go does first, which refuses some that OpenSSL takes. */
function certificateKey(der: Buffer): KeyMaterial | undefined {
  if (!isOneCertificate(der)) return undefined;
  const key = importKey(() => new X509Certificate(der).publicKey);
  return (key && materialOf(key, false)) ?? { kind: 'other' };
}

function isOneCertificate(der: Buffer): boolean {
  try {
    return certificateTerms(der).length === 1;
  } catch (thrown) {
    if (thrown instanceof DerError) return false;
    throw thrown;
  }
}

function publicKey(type: string, der: Buffer): KeyMaterial | undefined {
  if (type !== 'PUBLIC KEY') return undefined;
  const key = importKey(() => createPublicKey({ key: der, format: 'der', type: 'spki' }));
  return key && materialOf(key, false);
}

function importKey(create: () => KeyObject): KeyObject | undefined {
  try {
    return create();
  } catch {
    return undefined;
  }
}

function materialOf(key: KeyObject, isPrivate: boolean): KeyMaterial | undefined {
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength > MOST_BITS) throw new TypeError(`an RSA key has more than ${MOST_BITS} bits`);
      if (publicExponent >= 2n ** 31n) throw new TypeError('an RSA key has an exponent of more than 31 bits');
      return { kind: 'rsa', key, isPrivate };
    case 'ec':
      return CURVES.includes(namedCurve) ? { kind: 'ec', key, isPrivate } : undefined;
    case 'ed25519':
      return { kind: 'ed25519', key, isPrivate };
    case 'dsa':
    case 'x25519':
      return { kind: 'other' };
    default:
      return undefined;
  }
}

function parseJwks(json: Term | undefined): readonly VerificationKey[] | undefined {
  if (!(json instanceof RegoObject)) return undefined;
  const listed = json.get('keys');
  if (listed !== undefined && !isTerms(listed)) return undefined;
  const jwks = listed ?? [json];
  if (jwks.length > MOST_KEYS) throw new TypeError(`a key set has more than ${MOST_KEYS} keys`);
  const keys: VerificationKey[] = [];
  for (const jwk of jwks) {
    const key = jwk instanceof RegoObject ? parseJwk(jwk) : undefined;
    if (!key) return undefined;
    if (key.alg === '' || SIGNING.test(key.alg)) keys.push(key);
  }
  return keys;
}

function parseJwk(jwk: RegoObject): VerificationKey | undefined {
  const members = new Map<string, string>();
  for (const name of JWK_MEMBERS) {
    const value = jwk.get(name);
    if (value === undefined) continue;
    if (typeof value !== 'string') return undefined;
    members.set(name, value);
  }
  const [alg = '', kid = ''] = [members.get('alg'), members.get('kid')];
  if (alg !== '' && !SIGNING.test(alg) && !OTHER_ALGORITHMS.test(alg)) return undefined;
  const material = jwkMaterial(members);
  return material && { alg, kid, material };
}

function jwkMaterial(members: ReadonlyMap<string, string>): KeyMaterial | undefined {
  const kty = members.get('kty') ?? '';
  const crv = members.get('crv') ?? '';
  const secret = members.get('k');
  if (kty === 'oct') return secret === undefined ? undefined : { kind: 'secret', secret: keyBytes(secret) };
  if (kty === 'EC' && !JWK_CURVES.includes(crv)) return undefined;
  if (kty === 'OKP' && !['Ed25519', 'X25519'].includes(crv)) return undefined;
  const key: JsonWebKey = kty === 'RSA' ? { kty } : { kty, crv };
  for (const name of NEEDED.get(kty) ?? ['kty', 'none']) {
    const value = members.get(name);
    if (value === undefined) return undefined;
    key[name] = keyBytes(value).toString('base64url');
  }
  const imported = importKey(() => createPublicKey({ key, format: 'jwk' }));
  return imported && materialOf(imported, members.has('d'));
}

/** Base64 of either alphabet, padded or not, as the JWK library of OPA takes it. */
function keyBytes(text: string): Buffer {
  return Buffer.from(
    text
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/={1,2}$/, ''),
    'base64url',
  );
}

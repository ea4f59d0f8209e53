import { createHmac, createPrivateKey, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { marshalJson } from '../../terms/marshal-json.ts';
import { readJson } from '../../terms/read-json.ts';
import { isTerms, RegoObject, type Term } from '../../terms/term.ts';
import { type Algorithm, algorithmOf } from './signature.ts';

const SIGNING = /^(?:(?:RS|PS|ES|HS)(?:256|384|512)|EdDSA)$/;
const MOST_BITS = 4096;

/** OPA's `io.jwt.encode_sign(headers, payload, key)`, all three values that are printed as JSON. */
export function encodeSign(headers?: Term, payload?: Term, key?: Term): string | undefined {
  if (headers === undefined || payload === undefined || key === undefined) return undefined;
  return encodeSignRaw(marshalJson(headers), marshalJson(payload), marshalJson(key));
}

/**
 * OPA's `io.jwt.encode_sign_raw(headers, payload, key)`, all three texts; undefined where OPA says error.
 * @throws TypeError for algorithms that sign with random numbers: a decision must come out the same when it is repeated
 */
export function encodeSignRaw(headers?: Term, payload?: Term, key?: Term): string | undefined {
  if (typeof headers !== 'string' || typeof payload !== 'string' || typeof key !== 'string') return undefined;
  const jwk = firstKey(readJson(key));
  const header = readJson(headers);
  const alg = header instanceof RegoObject ? header.get('alg') : undefined;
  if (!jwk || !(header instanceof RegoObject) || typeof alg !== 'string' || !SIGNING.test(alg)) return undefined;
  const typ = header.get('typ');
  const mustBeJson = typeof typ !== 'string' || typ === 'JWT';
  if (mustBeJson && readJson(payload) === undefined) return undefined;
  const algorithm = algorithmOf(alg);
  const input = [headers, payload].map((one) => Buffer.from(one).toString('base64url')).join('.');
  const signature = algorithm && signInput(algorithm, jwk, Buffer.from(input));
  return signature && `${input}.${signature.toString('base64url')}`;
}

function firstKey(json: Term | undefined): ReadonlyMap<string, string> | undefined {
  const listed = json instanceof RegoObject ? (json.get('keys') ?? [json]) : undefined;
  const [first] = isTerms(listed) ? listed : [];
  if (!(first instanceof RegoObject)) return undefined;
  const members = new Map<string, string>();
  for (const [name, value] of first.members) {
    if (typeof name === 'string' && typeof value === 'string') members.set(name, value);
  }
  return members;
}

function signInput({ family, hash }: Algorithm, jwk: ReadonlyMap<string, string>, data: Buffer): Buffer | undefined {
  if (family === 'ES' || family === 'PS') {
    throw new TypeError(`io.jwt.encode_sign: ${family}* signs with random numbers, so that it cannot be repeated`);
  }
  if (family === 'HS') {
    const secret = jwk.get('kty') === 'oct' ? jwk.get('k') : undefined;
    return secret === undefined ? undefined : hmacOf(hash, Buffer.from(secret, 'base64url'), data);
  }
  const key = privateKey(jwk, family === 'RS' ? 'rsa' : 'ed25519');
  return key && sign(family === 'RS' ? hash : null, data, key);
}

/** OPA's library signs with no secret that is empty. */
function hmacOf(hash: string, secret: Buffer, data: Buffer): Buffer | undefined {
  return secret.length === 0 ? undefined : createHmac(hash, secret).update(data).digest();
}

function privateKey(jwk: ReadonlyMap<string, string>, type: 'rsa' | 'ed25519'): KeyObject | undefined {
  if (jwk.get('d') === undefined || jwk.get('kty') !== (type === 'rsa' ? 'RSA' : 'OKP')) return undefined;
  if ((jwk.get('n') ?? '').length > MOST_BITS / 6 + 4)
    throw new TypeError(`an RSA key has more than ${MOST_BITS} bits`);
  const key: JsonWebKey = Object.fromEntries(jwk);
  try {
    const imported = createPrivateKey({ key, format: 'jwk' });
    return imported.asymmetricKeyType === type ? imported : undefined;
  } catch (cause) {
    throw new TypeError('io.jwt.encode_sign: the private key is incomplete or of another kind', { cause });
  }
}

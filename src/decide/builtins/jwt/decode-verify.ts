import { RegoNumber } from '../../terms/rego-number.ts';
import { isTerms, RegoObject, type Term } from '../../terms/term.ts';
import { decodeBase64Url } from '../encoding/base64.ts';
import { algorithmOf, verifyByKeys, verifyHmac, verifySignature } from './signature.ts';
import {
  type Compact,
  decodeHeader,
  decodeObject,
  decodeText,
  isHeaderValid,
  readHeader,
  splitToken,
  type TokenHeader,
} from './token.ts';
import { parseVerificationKeys, type VerificationKey } from './verification-key.ts';

/** What a token must fulfil. An empty text asks for nothing, but `aud`, which then no audience matches. */
interface Constraints {
  readonly keys: readonly VerificationKey[] | undefined;
  readonly secret: string;
  readonly alg: string;
  readonly iss: string;
  readonly aud: string;
  /** Nanoseconds since 1970. */
  readonly time: number;
}

const KNOWN = ['cert', 'secret', 'alg', 'iss', 'aud', 'time'];
const UNVERIFIED: Term = [false, new RegoObject([]), new RegoObject([])];

/** `io.jwt.decode_verify(token, constraints)`; `now` is the time of the call in nanoseconds. */
export function decodeVerify(token: Term, given: Term, now: number): Term | undefined {
  const constraints = given instanceof RegoObject ? readConstraints(given, now) : undefined;
  const opened = constraints && openToken(token, constraints);
  if (!constraints || !opened) return undefined;
  if (opened === 'unverified') return UNVERIFIED;
  const isMet = meets(opened.payload, constraints);
  if (isMet === undefined) return undefined;
  return isMet ? [true, opened.header, opened.payload] : UNVERIFIED;
}

/** The constraints as OPA reads them; undefined where it says error. */
function readConstraints(given: RegoObject, now: number): Constraints | undefined {
  for (const [name] of given.members) if (typeof name !== 'string' || !KNOWN.includes(name)) return undefined;
  const [cert, secret = '', alg = '', iss = '', aud = '', time = new RegoNumber(now)] = KNOWN.map((n) => given.get(n));
  if (typeof secret !== 'string' || typeof alg !== 'string') return undefined;
  if (typeof iss !== 'string' || typeof aud !== 'string' || !(time instanceof RegoNumber)) return undefined;
  if (!(time.float >= 0 && Number.isFinite(time.float))) return undefined;
  const keys = typeof cert === 'string' ? parseVerificationKeys(cert) : undefined;
  if (cert !== undefined && keys === undefined) return undefined;
  if ((keys !== undefined) === (secret !== '')) return undefined; // both, or neither
  return { keys, secret, alg, iss, aud, time: time.float };
}

interface Opened {
  readonly header: RegoObject;
  readonly payload: RegoObject;
}

/** Verifies a token and those nested in it (RFC 7519 section 7.2), down to the claims. */
function openToken(token: Term, constraints: Constraints): Opened | 'unverified' | undefined {
  let text = token;
  for (;;) {
    const compact = splitToken(text);
    const object = compact && decodeHeader(compact.header);
    const header = object && readHeader(object);
    if (!compact || !object || !header) return undefined;
    if (!isHeaderValid(header) || (constraints.alg !== '' && constraints.alg !== header.alg)) return 'unverified';
    const isSigned = isSignedAsWanted(compact, header, constraints);
    if (isSigned === undefined) return undefined;
    if (!isSigned) return 'unverified';
    const payload = decodeText(compact.payload);
    if (payload === undefined) return undefined;
    if (!/^jwt$/i.test(header.cty)) {
      const claims = decodeObject(compact.payload);
      return claims && { header: object, payload: claims };
    }
    text = payload; // a token in a token, which is shorter by a quarter
  }
}

function isSignedAsWanted(token: Compact, header: TokenHeader, wanted: Constraints): boolean | undefined {
  const signature = decodeBase64Url(token.signature);
  if (!signature) return undefined;
  const algorithm = algorithmOf(header.alg);
  const input = `${token.header}.${token.payload}`;
  if (!wanted.keys) {
    const secret = Buffer.from(wanted.secret);
    return algorithm !== undefined && verifyHmac(algorithm, secret, Buffer.from(input), signature);
  }
  return verifyByKeys(wanted.keys, header.kid, header.alg, (key) => {
    return algorithm !== undefined && verifySignature(algorithm, key, input, signature, 'decode_verify');
  });
}

/**
 * Whether the claims fulfil the constraints; undefined where OPA says error.
 * @throws TypeError where OPA itself breaks down
 */
function meets(claims: RegoObject, { iss, aud, time }: Constraints): boolean | undefined {
  const [issuer, audience, exp, nbf] = ['iss', 'aud', 'exp', 'nbf'].map((name) => claims.get(name));
  if (iss !== '') {
    if (issuer !== undefined && typeof issuer !== 'string') throw new TypeError('a claim iss is not a string');
    if (issuer !== iss) return false;
  }
  if (audience === undefined ? aud !== '' : !isAudience(audience, aud)) return false;
  const seconds = new RegoNumber(time / 1e9);
  if (exp !== undefined) {
    if (!(exp instanceof RegoNumber)) return undefined;
    if (seconds.compare(exp) >= 0) return false;
  }
  if (nbf !== undefined) {
    if (!(nbf instanceof RegoNumber)) return undefined;
    if (seconds.compare(nbf) < 0) return false;
  }
  return true;
}

function isAudience(claim: Term, aud: string): boolean {
  return isTerms(claim) ? claim.includes(aud) : claim === aud;
}

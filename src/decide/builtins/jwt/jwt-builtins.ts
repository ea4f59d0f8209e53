import type { Term } from '../../terms/term.ts';
import { decodeBase64Url } from '../encoding/base64.ts';
import { type HostBuiltin, type HostBuiltins, onTerms } from '../host-builtin.ts';
import { decodeVerify } from './decode-verify.ts';
import { encodeSign, encodeSignRaw } from './encode-sign.ts';
import { type Algorithm, verifyByKeys, verifyHmac, verifySignature } from './signature.ts';
import { decodeHeader, decodeObject, decodeText, readHeader, splitToken } from './token.ts';
import { parseVerificationKeys } from './verification-key.ts';

const BITS = ['256', '384', '512'];

/** `io.jwt.*`; `now` is the RFC 3339 time of the call that is being judged. */
export function jwtBuiltins(now: () => string): HostBuiltins {
  const verifiers = (['RS', 'PS', 'ES'] as const).flatMap((family) =>
    BITS.map((bits) => [`io.jwt.verify_${family.toLowerCase()}${bits}`, verifier({ family, hash: `sha${bits}` })]),
  );
  return {
    'io.jwt.decode': onTerms((token) => decode(token)),
    'io.jwt.decode_verify': onTerms((token = null, constraints = null) =>
      decodeVerify(token, constraints, Date.parse(now()) * 1e6),
    ),
    'io.jwt.encode_sign': onTerms(encodeSign),
    'io.jwt.encode_sign_raw': onTerms(encodeSignRaw),
    'io.jwt.verify_eddsa': verifier({ family: 'EdDSA', hash: '' }),
    ...Object.fromEntries(BITS.map((bits) => [`io.jwt.verify_hs${bits}`, secretVerifier(`sha${bits}`)])),
    ...Object.fromEntries(verifiers),
  };
}

/** `io.jwt.decode(token)`: [header, payload, signature in hexadecimal]; of nested tokens, those of the innermost. */
function decode(token: Term | undefined): Term | undefined {
  let text = token;
  for (;;) {
    const compact = splitToken(text);
    const header = compact && decodeHeader(compact.header);
    const inner = header && decodeText(compact.payload);
    if (inner === undefined) return undefined;
    const cty = header?.get('cty');
    if (cty !== undefined && typeof cty !== 'string') throw new TypeError('io.jwt.decode: cty is not a string');
    if (cty !== 'JWT') {
      const payload = decodeObject(compact?.payload ?? '');
      const signature = decodeBase64Url(compact?.signature ?? '');
      return header && payload && signature && [header, payload, signature.toString('hex')];
    }
    text = withoutQuotes(inner);
  }
}

function withoutQuotes(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && `"'`.includes(text[start] ?? '')) start += 1;
  while (end > start && `"'`.includes(text[end - 1] ?? '')) end -= 1;
  return text.slice(start, end);
}

function verifier(algorithm: Algorithm): HostBuiltin {
  return onTerms((token, keyText) => {
    const compact = splitToken(token);
    const keys = compact && typeof keyText === 'string' ? parseVerificationKeys(keyText) : undefined;
    if (!compact || !keys) return undefined;
    const signature = decodeBase64Url(compact.signature);
    const object = decodeHeader(compact.header);
    const header = object && readHeader(object);
    if (!signature || !header) return undefined;
    const input = `${compact.header}.${compact.payload}`;
    return verifyByKeys(keys, header.kid, header.alg, (key) =>
      verifySignature(algorithm, key, input, signature, 'verify'),
    );
  });
}

function secretVerifier(hash: string): HostBuiltin {
  return onTerms((token, secret) => {
    const compact = splitToken(token);
    const signature = compact && decodeBase64Url(compact.signature);
    if (!compact || !signature || typeof secret !== 'string') return undefined;
    const input = Buffer.from(`${compact.header}.${compact.payload}`);
    return verifyHmac({ family: 'HS', hash }, Buffer.from(secret), input, signature);
  });
}

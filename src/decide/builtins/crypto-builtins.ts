import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Term } from '../terms/term.ts';
import { type HostBuiltin, type HostBuiltins, onTerms } from './host-builtin.ts';

/** `crypto.*` of hashes; what is about certificates and keys is in `x509/`. */
export const cryptoBuiltins: HostBuiltins = {
  'crypto.md5': hash('md5'),
  'crypto.sha1': hash('sha1'),
  'crypto.sha256': hash('sha256'),
  'crypto.hmac.md5': hmac('md5'),
  'crypto.hmac.sha1': hmac('sha1'),
  'crypto.hmac.sha256': hmac('sha256'),
  'crypto.hmac.sha512': hmac('sha512'),
  'crypto.hmac.equal': onTerms(equal),
};

function hash(algorithm: string): HostBuiltin {
  return onTerms((text) =>
    typeof text === 'string' ? createHash(algorithm).update(text, 'utf8').digest('hex') : undefined,
  );
}

function hmac(algorithm: string): HostBuiltin {
  return onTerms((message, key) => {
    if (typeof message !== 'string' || typeof key !== 'string') return undefined;
    return createHmac(algorithm, Buffer.from(key)).update(message, 'utf8').digest('hex');
  });
}

function equal(one?: Term, other?: Term): boolean | undefined {
  if (typeof one !== 'string' || typeof other !== 'string') return undefined;
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

import { createPrivateKey } from 'node:crypto';
import type { Term } from '../../terms/term.ts';
import { structOf } from './go-json-values.ts';
import { decodePem, type PemBlock } from './pem.ts';

const KINDS = new Map<string, 'pkcs1' | 'pkcs8' | 'sec1'>([
  ['RSA PRIVATE KEY', 'pkcs1'],
  ['PRIVATE KEY', 'pkcs8'],
  ['EC PRIVATE KEY', 'sec1'],
]);
const CURVES = ['P-256', 'P-384', 'P-521', 'Ed25519'];

/** The first private key in PEM (byte text) as a JWK; null when there is none. @throws TypeError for keys not read here */
export function privateKeyTerm(pem: string): Term {
  let rest = pem;
  while (rest !== '') {
    const [block, after] = decodePem(rest);
    if (!block || after.length === rest.length) break;
    if (KINDS.has(block.type)) return jwkOf(block);
    rest = after;
  }
  return null;
}

function jwkOf({ type, bytes }: PemBlock): Term {
  const kind = KINDS.get(type) ?? 'pkcs8';
  try {
    const jwk = createPrivateKey({ key: bytes, format: 'der', type: kind }).export({ format: 'jwk' });
    if (jwk.kty !== 'RSA' && !CURVES.includes(jwk.crv ?? ''))
      throw new TypeError('a private key is of a kind not read here');
    return structOf(Object.fromEntries(Object.entries(jwk).map(([name, value]) => [name, String(value)])));
  } catch (cause) {
    throw new TypeError('a private key cannot be read', { cause });
  }
}

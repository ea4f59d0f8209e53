import { DerReader } from './der.ts';

const ALGORITHMS = new Map([
  ['1.2.840.113549.1.1.4', 2],
  ['1.2.840.113549.1.1.5', 3],
  ['1.3.14.3.2.29', 3],
  ['1.2.840.113549.1.1.11', 4],
  ['1.2.840.113549.1.1.12', 5],
  ['1.2.840.113549.1.1.13', 6],
  ['1.2.840.10040.4.3', 7],
  ['2.16.840.1.101.3.4.3.2', 8],
  ['1.2.840.10045.4.1', 9],
  ['1.2.840.10045.4.3.2', 10],
  ['1.2.840.10045.4.3.3', 11],
  ['1.2.840.10045.4.3.4', 12],
  ['1.3.101.112', 16],
]);
const PSS = '1.2.840.113549.1.1.10';
/** The three that Go takes: hash, the same for the mask, a salt as long. With and without NULL after the hashes. */
const PSS_HASHES = new Map([
  ['608648016503040201', [13, 32]],
  ['608648016503040202', [14, 48]],
  ['608648016503040203', [15, 64]],
] as const);

/**
 * Go's number for the algorithm that an AlgorithmIdentifier names; 0 for one that it does not know.
 * @throws TypeError for RSASSA-PSS with parameters that are not the usual ones
 */
export function signatureAlgorithm(content: Buffer): number {
  const identifier = new DerReader(content);
  const oid = identifier.oid().join('.');
  if (!identifier.isEmpty && oid === '1.3.101.112') return 0;
  if (oid !== PSS) return ALGORITHMS.get(oid) ?? 0;
  const parameters = identifier.isEmpty ? '' : identifier.element().raw.toString('hex');
  for (const [hash, [algorithm, salt]] of PSS_HASHES) {
    for (const end of ['0500', '']) if (parameters === pssParameters(hash, salt, end)) return algorithm;
  }
  throw new TypeError('RSASSA-PSS with unusual parameters is not read here');
}

function pssParameters(hash: string, salt: number, end: string): string {
  const identifier = wrap('30', `0609${hash}${end}`);
  const mask = wrap('30', `06092a864886f70d010108${identifier}`);
  return wrap('30', `${wrap('a0', identifier)}${wrap('a1', mask)}${wrap('a2', `0201${salt.toString(16)}`)}`);
}

function wrap(tag: string, content: string): string {
  return `${tag}${(content.length / 2).toString(16).padStart(2, '0')}${content}`;
}

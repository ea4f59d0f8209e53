import { createPublicKey } from 'node:crypto';
import type { Term } from '../../terms/term.ts';
import { DerError, DerReader } from './der.ts';
import { bytesTerm, numberOf, structOf } from './go-json-values.ts';

/** A key in a certificate or request: Go's number for its kind, and what JSON shows of it. */
export interface PublicKeyTerm {
  readonly algorithm: number;
  readonly key: Term;
}

const CURVES = new Map([
  ['1.3.132.0.33', 28],
  ['1.2.840.10045.3.1.7', 32],
  ['1.3.132.0.34', 48],
  ['1.3.132.0.35', 66],
]);

/**
 * The key of a SubjectPublicKeyInfo as Go reads it; one of an algorithm that Go does not know is null.
 * @throws TypeError for DSA keys
 */
export function publicKeyTerm(spki: Buffer): PublicKeyTerm {
  const info = new DerReader(spki).inside();
  const algorithm = info.inside();
  const oid = algorithm.oid().join('.');
  const parameters = algorithm.isEmpty ? undefined : algorithm.element();
  const { bytes, unused } = info.bitString();
  if (unused !== 0) throw new TypeError('a public key does not fill its bytes');
  switch (oid) {
    case '1.2.840.113549.1.1.1':
      if (parameters?.raw.toString('hex') !== '0500') throw new DerError();
      return { algorithm: 1, key: rsaTerm(bytes) };
    case '1.2.840.10040.4.1':
      throw new TypeError('DSA keys are not read here');
    case '1.2.840.10045.2.1':
      return { algorithm: 3, key: ecTerm(bytes, parameters?.raw, spki) };
    case '1.3.101.112':
      if (parameters !== undefined || bytes.length !== 32) throw new DerError();
      return { algorithm: 4, key: bytesTerm(bytes) };
    default:
      return { algorithm: 0, key: null };
  }
}

function rsaTerm(bytes: Buffer): Term {
  const sequence = new DerReader(bytes).inside();
  const [modulus, exponent] = [sequence.integer(), sequence.integer()];
  if (modulus <= 0n || exponent <= 0n || exponent >= 2n ** 63n) throw new DerError();
  return structOf({ N: numberOf(modulus), E: numberOf(exponent) });
}

function ecTerm(point: Buffer, parameters: Buffer | undefined, spki: Buffer): Term {
  const curve = parameters && new DerReader(parameters).oid().join('.');
  const size = CURVES.get(curve ?? '');
  if (size === undefined || point[0] !== 4 || point.length !== 1 + 2 * size) throw new DerError();
  try {
    createPublicKey({ key: spki, format: 'der', type: 'spki' }); // whether the point is on the curve
  } catch {
    throw new DerError();
  }
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map((one) =>
    BigInt(`0x${one.toString('hex')}`),
  );
  return structOf({ Curve: structOf({}), X: numberOf(x ?? 0n), Y: numberOf(y ?? 0n) });
}

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { SallyportError } from '../errors.ts';
import { createPrivateFile, readPrivateFile } from './private-file.ts';

/** The Ed25519 key that signs agents' tokens (RFC 8037). */
export interface SigningKey {
  /** The key's JWK thumbprint (RFC 7638). */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * Reads the key at `path` (PKCS #8 PEM, 0600), or makes one where there is none. Two gates that start at once on one
 * folder end up with the same key.
 * @throws SallyportError `config/invalid` when the file is open to others or holds anything else.
 */
export async function openSigningKey(path: string): Promise<SigningKey> {
  let pem = await readPrivateFile(path);
  if (pem === undefined) {
    const { privateKey } = generateKeyPairSync('ed25519');
    await createPrivateFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    pem = await readPrivateFile(path);
  }
  const privateKey = parse(pem, path);
  const publicKey = createPublicKey(privateKey);
  return { kid: await calculateJwkThumbprint(await exportJWK(publicKey)), privateKey, publicKey };
}

function parse(pem: string | undefined, path: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem ?? '');
  } catch {
    // The reason may quote the file, so it is not passed on.
    key = undefined;
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new SallyportError('config/invalid', `${path} is not an Ed25519 private key in PEM form`, {
    fix: 'put the right file back; or remove it, and every token that the gate issued is void',
  });
}

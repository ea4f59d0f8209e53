import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { wrongPublicKey } from '../../config/pem.ts';
import type { BundleKey } from '../../config.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { claimOf } from './signature-claim.ts';

const ES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/**
 * Public keys (or certificates, PEM) of files, to verify one bundle with. Its kind says with which algorithms a key can sign; which of
 * them it was, and by which name the key goes, is what the bundle says: neither could make another key verify it.
 * @throws SallyportError `config/invalid` naming the file
 */
export async function readKeyFiles(
  paths: readonly string[],
  files: ReadonlyMap<string, Uint8Array>,
  scope: string,
): Promise<readonly BundleKey[]> {
  const claim = claimOf(files);
  return Promise.all(
    paths.map(async (path) => {
      const key = await readPublicKey(path);
      return { id: claim?.key ?? path, key, algorithm: algorithmOf(path, key, claim?.algorithm ?? ''), scope };
    }),
  );
}

async function readPublicKey(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new SallyportError('config/invalid', `--key ${path} cannot be read: ${messageOf(cause)}`);
  });
  const wrong = wrongPublicKey(text);
  if (wrong === undefined) return text;
  throw new SallyportError('config/invalid', `--key ${path}: ${wrong}`, {
    fix: 'name a PEM public key or certificate',
  });
}

function algorithmOf(path: string, key: string, claimed: string): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(key);
  if (type === 'rsa' || type === 'rsa-pss') return /^[RP]S(256|384|512)$/.test(claimed) ? claimed : 'RS256';
  if (type === 'ed25519') return 'EdDSA';
  const curve = type === 'ec' ? ES[details?.namedCurve ?? ''] : undefined;
  if (curve !== undefined) return curve;
  throw new SallyportError('config/invalid', `--key ${path}: bundles are not signed with keys of type ${type}`, {
    fix: 'name an RSA, EC (P-256, P-384, P-521) or Ed25519 key',
  });
}

import type { KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import { hashBundleFile } from '../decide/bundle-file-hash.ts';
import { readTarGz } from '../decide/tar.ts';
import { SallyportError } from '../errors.ts';
import { packTar } from './pack-tar.ts';

const SIGNATURES = '.signatures.json';
const HASH = 'SHA-256';

/** What a bundle is signed with. */
export interface BundleSigner {
  /** The private key, or for HS* the secret. */
  readonly key: KeyObject;
  /** As OPA's `--signing-alg`: RS256, PS256, ES256, EdDSA, HS256, ... */
  readonly algorithm: string;
  /** By this name those who verify find the key. */
  readonly keyId: string;
  /** OPA's claim of that name: verified only by a key that is configured for it. */
  readonly scope?: string;
}

/**
 * Signs a bundle as `opa build --signing-key` does: `.signatures.json` with one JWS (RFC 7515) over the names and hashes of
 * all files. A signature that was there is replaced.
 * @param files contents by name without a leading slash
 * @returns the files with their signature
 */
export async function signFiles(
  files: ReadonlyMap<string, Uint8Array>,
  signer: BundleSigner,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const signed = new Map(files);
  signed.delete(SIGNATURES);
  const listed = [...signed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => listing(name, bytes));
  const { key, algorithm, keyId, scope } = signer;
  const payload = { files: listed, keyid: keyId, ...(scope === undefined || scope === '' ? {} : { scope }) };
  const token = await new CompactSign(Buffer.from(JSON.stringify(payload), 'utf8'))
    .setProtectedHeader({ alg: algorithm, kid: keyId })
    .sign(key);
  return signed.set(SIGNATURES, Buffer.from(`${JSON.stringify({ signatures: [token] })}\n`, 'utf8'));
}

/** Signs an archive and packs it again. @throws SallyportError `bundle/invalid` */
export async function signArchive(archive: Uint8Array, signer: BundleSigner): Promise<Uint8Array> {
  return packTar(await signFiles(readTarGz(archive), signer));
}

function listing(name: string, bytes: Uint8Array): { name: string; hash: string; algorithm: string } {
  const hash = hashBundleFile(name, bytes, HASH);
  if (hash === undefined) throw new SallyportError('bundle/invalid', `${name} cannot be hashed with ${HASH}`);
  return { name, hash, algorithm: HASH };
}

import { createHash } from 'node:crypto';
import { parse as parseYaml } from 'yaml';
import { goCanonicalJson } from './go-json.ts';

/** OPA's names of hashes. Its MD5 and SHA-1 are left out: two bundles can be made to share such a hash. */
const HASHES: Readonly<Record<string, string>> = {
  'SHA-224': 'sha224',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
  'SHA-512-224': 'sha512-224',
  'SHA-512-256': 'sha512-256',
};

/**
 * The hex hash of a bundle's file as a signature lists it: structured files by meaning, all others by their bytes. Undefined
 * when the algorithm, by OPA's name, is not accepted.
 * @throws Error when a structured file cannot be read
 */
export function hashBundleFile(name: string, bytes: Uint8Array, algorithm: string): string | undefined {
  const hash = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
  return hash === undefined ? undefined : createHash(hash).update(hashedForm(name, bytes)).digest('hex');
}

function hashedForm(name: string, bytes: Uint8Array): Uint8Array | string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (base === 'data.json' || base === '.manifest') return goCanonicalJson(Buffer.from(bytes).toString());
  if (base === 'data.yaml' || base === 'data.yml') {
    return goCanonicalJson(JSON.stringify(parseYaml(Buffer.from(bytes).toString())));
  }
  return bytes;
}

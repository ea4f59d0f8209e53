import { createHash } from 'node:crypto';
import { SallyportError } from '../errors.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../json.ts';
import { parseStructured } from './bundle-manifest.ts';

/**
 * The digest by which a bundle is pinned, recorded and kept: `sha256:` and the hex SHA-256 of one line per file, sorted by
 * name, `<hex SHA-256 of the file>  <name>\n` as `sha256sum` prints it.
 *
 * JSON files are hashed as canonical JSON (RFC 8785), everything else as its bytes. Left out is what says who built the bundle
 * and when, not what it decides: `.signatures.json`, and of the manifest the `revision` and `metadata`. So the same sources
 * give the same digest on every machine, and signing a bundle does not change it.
 *
 * @param files contents by name; a leading slash is ignored
 * @throws SallyportError `bundle/invalid` when a JSON file is not JSON, or a name appears twice.
 */
export function contentDigest(files: ReadonlyMap<string, Uint8Array>): string {
  const hashes = new Map<string, string>();
  for (const [path, bytes] of files) {
    const name = path.replace(/^\/+/, '');
    if (name === '.signatures.json') continue;
    if (hashes.has(name)) throw new SallyportError('bundle/invalid', `the bundle holds ${name} twice`);
    hashes.set(name, sha256(decisive(name, bytes)));
  }
  const names = [...hashes.keys()].sort();
  return `sha256:${sha256(names.map((name) => `${hashes.get(name)}  ${name}\n`).join(''))}`;
}

function decisive(name: string, bytes: Uint8Array): Uint8Array | string {
  if (name === '.manifest') return canonicalJson(withoutBuildFacts(parseStructured(name, bytes)));
  if (name.endsWith('.json')) return canonicalJson(parseStructured(name, bytes));
  return bytes;
}

function withoutBuildFacts(manifest: Json): JsonObject {
  if (!isObject(manifest)) throw new SallyportError('bundle/invalid', "the bundle's .manifest is not a JSON object");
  return Object.fromEntries(Object.entries(manifest).filter(([key]) => key !== 'revision' && key !== 'metadata'));
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

import { contentDigest } from './bundle-digest.ts';

/**
 * The digest of what a library's module is made from: its settings and Rego, without the module itself and the manifest. A
 * site's bundle says by it which library it was compiled with.
 * @param files of the library's bundle, by name
 */
export function sourceDigest(files: ReadonlyMap<string, Uint8Array>): string {
  return contentDigest(new Map([...files].filter(([name]) => name === 'data.json' || name.endsWith('.rego'))));
}

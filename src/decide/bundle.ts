import { createHash } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import { checkSources, readData } from './bundle-data.ts';
import { contentDigest } from './bundle-digest.ts';
import { type BundleManifest, invalidBundle, readManifest } from './bundle-manifest.ts';
import { readTarGz } from './tar.ts';

/** An archive in OPA's format, unpacked and checked for shape: the library's or a site's. */
export interface BundleContents extends BundleManifest {
  /** The archive as it came: what is kept and what `digest` is of. */
  readonly archive: Uint8Array;
  /** `sha256:<hex>` of the archive. */
  readonly digest: string;
  /** The digest of what is in it, the same however it was packed or signed. */
  readonly contentDigest: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly data: JsonObject;
}

/** The library's bundle (`opa build -t wasm`); its module has not been looked at yet. */
export interface Bundle extends BundleContents {
  readonly wasm: Uint8Array;
}

const ENTRYPOINT = 'sallyport/decision';

/**
 * Reads a bundle archive: `.manifest` with roots and a WASM entrypoint `sallyport/decision`, the module that it names,
 * and all data files merged at their folders, each within the roots.
 * @throws SallyportError `bundle/invalid` that names what is wrong
 */
export function readBundle(archive: Uint8Array): Bundle {
  const contents = readContents(archive);
  const wasm = moduleOf(contents, ENTRYPOINT);
  if (wasm === undefined) {
    const found = [...contents.modules.keys()].join(', ') || 'none';
    throw invalidBundle(`.manifest names no WASM entrypoint ${ENTRYPOINT}; it has: ${found}`);
  }
  return { ...contents, wasm };
}

/** Reads what every bundle has. @throws SallyportError `bundle/invalid` */
export function readContents(archive: Uint8Array): BundleContents {
  const files = readTarGz(archive);
  const manifest = readManifest(files);
  const data = readData(files, manifest.roots);
  checkSources(files, manifest.roots);
  return {
    ...manifest,
    archive,
    digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
    contentDigest: contentDigest(files),
    files,
    data,
  };
}

/** The module of an entrypoint, or undefined when `.manifest` names none. @throws SallyportError `bundle/invalid` */
export function moduleOf({ modules, files }: BundleContents, entrypoint: string): Uint8Array | undefined {
  const name = modules.get(entrypoint);
  if (name === undefined) return undefined;
  const module = files.get(name);
  if (module === undefined) throw invalidBundle(`${name}, which .manifest names for ${entrypoint}, is not in it`);
  return module;
}

import { createHash } from 'node:crypto';
import type { BundleKey } from '../../config.ts';
import type { Bundle } from '../../decide/bundle.ts';
import { parseStructured } from '../../decide/bundle-manifest.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { OpaOf } from '../opa-finder.ts';
import { checkModule, type ModuleCheck } from './module-check.ts';
import { checkSignature, type SignatureCheck } from './signature-check.ts';

/** One file of a bundle. */
export interface BundleFile {
  readonly name: string;
  readonly bytes: number;
  /** Hex SHA-256 of its bytes, as `sha256sum` prints it. */
  readonly sha256: string;
}

/** Where a bundle comes from, as far as the bundle itself, the keys at hand and OPA can tell. */
export interface Provenance {
  readonly revision: string;
  /** `sha256:<hex>` of what it decides by: what is recorded with each decision. */
  readonly contentDigest: string;
  /** `sha256:<hex>` of the archive file. */
  readonly archiveDigest: string;
  readonly roots: readonly string[];
  readonly files: readonly BundleFile[];
  /** What the builder wrote into the manifest (who, when, commit, OPA); as true as the signature. */
  readonly built: JsonObject;
  readonly signature: SignatureCheck;
  readonly module: ModuleCheck;
}

export interface ProvenanceOptions {
  readonly keys: readonly BundleKey[];
  readonly opaOf: OpaOf;
}

/** Checks where a bundle comes from: its signature, and whether its module is what its sources give. */
export async function checkProvenance(bundle: Bundle, options: ProvenanceOptions): Promise<Provenance> {
  const built = buildFactsOf(bundle);
  return {
    revision: bundle.revision,
    contentDigest: bundle.contentDigest,
    archiveDigest: bundle.digest,
    roots: bundle.roots,
    files: bundleFiles(bundle.files),
    built,
    signature: await checkSignature(bundle.files, options.keys),
    module: await checkModule(bundle, built, options.opaOf),
  };
}

/** The files of a bundle by name, with their digests. */
export function bundleFiles(files: ReadonlyMap<string, Uint8Array>): readonly BundleFile[] {
  return [...files].map(fileOf).sort((one, other) => (one.name < other.name ? -1 : 1));
}

function fileOf([name, bytes]: readonly [string, Uint8Array]): BundleFile {
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function buildFactsOf(bundle: Bundle): JsonObject {
  const manifest = parseStructured('.manifest', bundle.files.get('.manifest') ?? new Uint8Array());
  const metadata = isObject(manifest) && isObject(manifest.metadata) ? manifest.metadata : {};
  return isObject(metadata.built) ? metadata.built : {};
}

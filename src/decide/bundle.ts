import { createHash } from 'node:crypto';
import { parse as parseYaml } from 'yaml';
import { messageOf, SallyportError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { contentDigest } from './bundle-digest.ts';
import { readTarGz } from './tar.ts';

/** An OPA bundle (`opa build -t wasm`), unpacked and checked for shape; its module has not been looked at yet. */
export interface Bundle {
  /** The archive as it came: what is kept and what `digest` is of. */
  readonly archive: Uint8Array;
  /** `sha256:<hex>` of the archive. */
  readonly digest: string;
  /** The digest of what is in it, the same however it was packed or signed. */
  readonly contentDigest: string;
  readonly revision: string;
  readonly roots: readonly string[];
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly wasm: Uint8Array;
  readonly data: JsonObject;
}

const ENTRYPOINT = 'sallyport/decision';
const DATA_FILE = /(?:^|\/)data\.(?:json|yaml|yml)$/;

/**
 * Reads a bundle archive: `.manifest` with roots and a WASM entrypoint `sallyport/decision`, the module that it names,
 * and all data files merged at their folders, each within the roots.
 * @throws SallyportError `bundle/invalid` that names what is wrong
 */
export function readBundle(archive: Uint8Array): Bundle {
  const files = readTarGz(archive);
  const manifest = readManifest(files);
  const wasm = files.get(manifest.module);
  if (!wasm) throw invalid(`${manifest.module}, which .manifest names for ${ENTRYPOINT}, is not in it`);
  const data = readData(files, manifest.roots);
  return {
    archive,
    digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
    contentDigest: contentDigest(files),
    revision: manifest.revision,
    roots: manifest.roots,
    files,
    wasm,
    data,
  };
}

/** Parses JSON or YAML of a bundle's file. @throws SallyportError `bundle/invalid` */
export function parseStructured(name: string, bytes: Uint8Array): Json {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: Json = /\.ya?ml$/.test(name) ? parseYaml(text, { maxAliasCount: 100 }) : JSON.parse(text);
    return value;
  } catch (cause) {
    throw invalid(`${name} cannot be read: ${messageOf(cause)}`);
  }
}

interface Manifest {
  readonly revision: string;
  readonly roots: readonly string[];
  /** Name of the module file of the decision entrypoint. */
  readonly module: string;
}

function readManifest(files: ReadonlyMap<string, Uint8Array>): Manifest {
  const bytes = files.get('.manifest');
  if (!bytes) throw invalid('it has no .manifest');
  const manifest = parseStructured('.manifest', bytes);
  if (!isObject(manifest)) throw invalid('.manifest is not an object');
  const revision = manifest.revision ?? '';
  if (typeof revision !== 'string') throw invalid('.manifest: revision is not a string');
  const wasm = manifest.wasm;
  const resolver = isArray(wasm) ? wasm.filter(isObject).find((one) => one.entrypoint === ENTRYPOINT) : undefined;
  const module = resolver?.module;
  if (typeof module !== 'string') {
    const found = isArray(wasm) ? wasm.filter(isObject).map((one) => String(one.entrypoint)) : [];
    throw invalid(`.manifest names no WASM entrypoint ${ENTRYPOINT}; it has: ${found.join(', ') || 'none'}`);
  }
  return { revision, roots: readRoots(manifest.roots ?? ['']), module: module.replace(/^\/+/, '') };
}

/** OPA's rule: no root may lie within another. */
function readRoots(value: Json): readonly string[] {
  if (!isArray(value)) throw invalid('.manifest: roots is not a list');
  const roots = value.map((root) => {
    if (typeof root !== 'string') throw invalid('.manifest: a root is not a string');
    return root.replace(/^\/+|\/+$/g, '');
  });
  for (const [index, root] of roots.entries()) {
    const other = roots.find((one, at) => at !== index && covers(one, root));
    if (other !== undefined) throw invalid(`.manifest: the roots "${other}" and "${root}" overlap`);
  }
  return roots;
}

function covers(root: string, path: string): boolean {
  return root === '' || root === path || path.startsWith(`${root}/`);
}

function readData(files: ReadonlyMap<string, Uint8Array>, roots: readonly string[]): JsonObject {
  const data: Record<string, Json> = {};
  for (const name of [...files.keys()].filter((one) => DATA_FILE.test(one)).sort()) {
    const value = parseStructured(name, files.get(name) ?? new Uint8Array());
    if (!isObject(value)) throw invalid(`${name} is not an object`);
    const folder = name.split('/').slice(0, -1);
    const placed = folder.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), value);
    checkRoots(placed, '', roots, name);
    merge(data, placed, name);
  }
  return data;
}

/** Every leaf of the data must lie within a root. */
function checkRoots(value: Json, path: string, roots: readonly string[], name: string): void {
  if (roots.some((root) => covers(root, path))) return;
  const within = path === '' ? roots : roots.filter((root) => root.startsWith(`${path}/`));
  if (!isObject(value) || within.length === 0)
    throw invalid(`${name} has data at "${path}", outside the roots of .manifest`);
  for (const [key, member] of Object.entries(value)) {
    checkRoots(member, path === '' ? key : `${path}/${key}`, roots, name);
  }
}

function merge(into: Record<string, Json>, from: JsonObject, name: string): void {
  for (const [key, value] of Object.entries(from)) {
    const there = Object.hasOwn(into, key) ? into[key] : undefined;
    if (there === undefined)
      Object.defineProperty(into, key, { value, enumerable: true, writable: true, configurable: true });
    else if (isObject(there) && isObject(value)) {
      const both: Record<string, Json> = { ...there };
      merge(both, value, name);
      into[key] = both;
    } else throw invalid(`${name} gives "${key}" a second time`);
  }
}

function invalid(why: string): SallyportError {
  return new SallyportError('bundle/invalid', `the bundle cannot be used: ${why}`, {
    fix: `build it with \`opa build -b -t wasm -e ${ENTRYPOINT}\``,
  });
}

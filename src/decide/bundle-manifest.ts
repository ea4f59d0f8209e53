import { parse as parseYaml } from 'yaml';
import { messageOf, SallyportError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';

/** What is nested deeper exhausts the stack of whoever walks it. */
const DEEPEST = 128;

/** What a bundle's `.manifest` says, checked. */
export interface BundleManifest {
  readonly revision: string;
  /** Without slashes around; none lies within another. */
  readonly roots: readonly string[];
  /** Names of module files by entrypoint, as OPA writes it: `sallyport/decision`. */
  readonly modules: ReadonlyMap<string, string>;
  /**
   * `metadata.sallyport.serial`: greater for whatever was built later, so that an older bundle is known as one; undefined
   * where whoever built it gave none, as plain `opa build` does.
   */
  readonly serial: number | undefined;
  /** `metadata.built`: who built it, when, of which commit, with which OPA; as it was written. */
  readonly built: JsonObject;
}

/** Reads `.manifest` as OPA does. @throws SallyportError `bundle/invalid` */
export function readManifest(files: ReadonlyMap<string, Uint8Array>): BundleManifest {
  const bytes = files.get('.manifest');
  if (!bytes) throw invalidBundle('it has no .manifest');
  const manifest = parseStructured('.manifest', bytes);
  if (!isObject(manifest)) throw invalidBundle('.manifest is not an object');
  const revision = manifest.revision ?? '';
  if (typeof revision !== 'string') throw invalidBundle('.manifest: revision is not a string');
  const roots = readRoots(manifest.roots ?? ['']);
  const metadata = isObject(manifest.metadata) ? manifest.metadata : {};
  return {
    revision,
    roots,
    modules: readModules(manifest.wasm ?? [], roots),
    serial: readSerial(isObject(metadata.sallyport) ? metadata.sallyport.serial : undefined),
    built: isObject(metadata.built) ? metadata.built : {},
  };
}

/** Whether a path (`settings/levels`) lies within a root. */
export function covers(root: string, path: string): boolean {
  return root === '' || root === path || path.startsWith(`${root}/`);
}

/** Parses JSON or YAML of a bundle's file. @throws SallyportError `bundle/invalid` */
export function parseStructured(name: string, bytes: Uint8Array): Json {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: Json = /\.ya?ml$/.test(name) ? parseYaml(text, { maxAliasCount: 100 }) : JSON.parse(text);
    if (isDeeper(value, DEEPEST)) throw new Error(`it is nested more than ${DEEPEST} deep`);
    return value;
  } catch (cause) {
    throw invalidBundle(`${name} cannot be read: ${messageOf(cause)}`);
  }
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

/** The error of whatever is wrong with what is in a bundle. */
export function invalidBundle(
  why: string,
  fix = 'build it with `sallyport build`, or with `opa build -b -t wasm -e sallyport/decision`',
): SallyportError {
  return new SallyportError('bundle/invalid', `the bundle cannot be used: ${why}`, { fix });
}

/** OPA's rule: no root may lie within another. */
function readRoots(value: Json): readonly string[] {
  if (!isArray(value)) throw invalidBundle('.manifest: roots is not a list');
  const roots = value.map((root) => {
    if (typeof root !== 'string') throw invalidBundle('.manifest: a root is not a string');
    return root.replace(/^\/+|\/+$/g, '');
  });
  for (const [index, root] of roots.entries()) {
    const other = roots.find((one, at) => at !== index && covers(one, root));
    if (other !== undefined) throw invalidBundle(`.manifest: the roots "${other}" and "${root}" overlap`);
  }
  return roots;
}

function readModules(value: Json, roots: readonly string[]): ReadonlyMap<string, string> {
  const modules = new Map<string, string>();
  for (const resolver of isArray(value) ? value.filter(isObject) : []) {
    const { entrypoint, module } = resolver;
    if (typeof entrypoint !== 'string' || typeof module !== 'string') continue;
    if (modules.has(entrypoint)) throw invalidBundle(`.manifest: the entrypoint ${entrypoint} is given twice`);
    if (!roots.some((root) => covers(root, entrypoint))) {
      throw invalidBundle(`.manifest: the entrypoint ${entrypoint} is outside its roots`);
    }
    modules.set(entrypoint, module.replace(/^\/+/, ''));
  }
  return modules;
}

/** A whole number that JSON keeps exactly, so that no two serials are taken for one. */
function readSerial(value: Json | undefined): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return value;
  throw invalidBundle('.manifest: metadata.sallyport.serial is not a whole number of 0 to 2^53 - 1');
}

import { isObject, type Json, type JsonObject } from '../json.ts';
import { covers, invalidBundle, parseStructured } from './bundle-manifest.ts';

const DATA_FILE = /(?:^|\/)data\.(?:json|yaml|yml)$/;

/**
 * All data files of a bundle, merged at their folders, each within the roots.
 * @throws SallyportError `bundle/invalid` that names the file
 */
export function readData(files: ReadonlyMap<string, Uint8Array>, roots: readonly string[]): JsonObject {
  const data: Record<string, Json> = {};
  for (const name of [...files.keys()].filter((one) => DATA_FILE.test(one)).sort()) {
    const value = parseStructured(name, files.get(name) ?? new Uint8Array());
    if (!isObject(value)) throw invalidBundle(`${name} is not an object`);
    const folder = name.split('/').slice(0, -1);
    const placed = folder.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), value);
    checkData(placed, '', roots, name);
    merge(data, placed, name);
  }
  return data;
}

/**
 * The sources that lie beside the module are for people to read; what is read there must not claim to be another's.
 * @throws SallyportError `bundle/invalid` that names a Rego file whose package is outside the roots, or that has none
 */
export function checkSources(files: ReadonlyMap<string, Uint8Array>, roots: readonly string[]): void {
  for (const [name, bytes] of files) {
    if (!name.endsWith('.rego')) continue;
    const path = packagePath(Buffer.from(bytes).toString('utf8'));
    if (path === undefined) throw invalidBundle(`${name} has no package`);
    if (!roots.some((root) => covers(root, path))) {
      throw invalidBundle(`${name} is of package ${path.replaceAll('/', '.')}, outside the roots of .manifest`);
    }
  }
}

/** The package of a Rego file as a path: `package a.b["c d"]` → `a/b/c d`; undefined when there is none. */
export function packagePath(rego: string): string | undefined {
  const [, dotted] = /^[ \t]*package[ \t]+([^\s#]+(?:\["[^"\n]*"\])*)/m.exec(rego.replace(/^[ \t]*#.*$/gm, '')) ?? [];
  return dotted?.replace(/\["([^"]*)"\]/g, '.$1').replaceAll('.', '/');
}

/** Every leaf of the data must lie within a root. */
function checkData(value: Json, path: string, roots: readonly string[], name: string): void {
  if (roots.some((root) => covers(root, path))) return;
  const within = path === '' ? roots : roots.filter((root) => root.startsWith(`${path}/`));
  if (!isObject(value) || within.length === 0)
    throw invalidBundle(`${name} has data at "${path}", outside the roots of .manifest`);
  for (const [key, member] of Object.entries(value)) {
    checkData(member, path === '' ? key : `${path}/${key}`, roots, name);
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
    } else throw invalidBundle(`${name} gives "${key}" a second time`);
  }
}

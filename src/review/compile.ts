import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTarGz } from '../decide/tar.ts';
import { SallyportError } from '../errors.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../json.ts';
import { MAY_SELECT_BY_NUMBER, selectionsByNumber } from './number-keys.ts';
import { run } from './opa.ts';

const LIMITS = ['--capabilities', 'capabilities.json'];

/** Copies a library without its tests to where it is compiled. */
export async function stageLibrary(rego: string, staging: string): Promise<void> {
  for (const part of ['sallyport', 'data', 'schemas', 'capabilities.json']) {
    await cp(join(rego, part), join(staging, part), {
      recursive: true,
      filter: (path) => !path.endsWith('_test.rego'),
    });
  }
}

/**
 * Checks what was staged and compiles it to WASM.
 * @param sources what OPA is to load, as its command line names it
 * @returns `.manifest`, `data.json` and `policy.wasm` as OPA wrote them
 * @throws SallyportError `bundle/invalid` with OPA's own words
 */
export async function compileStaged(
  opa: string,
  staging: string,
  sources: readonly string[],
  entrypoints: readonly string[],
): Promise<Map<string, Uint8Array>> {
  await opaRun(opa, staging, ['check', '--strict', '-s', 'schemas', ...LIMITS, ...sources]);
  const named = entrypoints.flatMap((name) => ['-e', name]);
  await opaRun(opa, staging, ['build', '-t', 'wasm', ...named, ...LIMITS, '-o', 'built.tar.gz', ...sources]);
  const built = readTarGz(await readFile(join(staging, 'built.tar.gz')));
  const files = new Map<string, Uint8Array>();
  for (const name of ['.manifest', 'data.json', 'policy.wasm']) files.set(name, partOf(built, name));
  await checkSelections(opa, staging, sources, objectOf(files, 'data.json'));
  return files;
}

/** Refuses what `opa test` would find in data and the module would not. */
async function checkSelections(
  opa: string,
  staging: string,
  sources: readonly string[],
  data: JsonObject,
): Promise<void> {
  for (const root of sources.filter((source) => !source.includes(':'))) {
    for (const name of await regoFiles(staging, root)) {
      if (!MAY_SELECT_BY_NUMBER.test(await readFile(join(staging, name), 'utf8'))) continue;
      const ast: Json = JSON.parse(await opaRun(opa, staging, ['parse', '--format', 'json', name]));
      const [found] = selectionsByNumber(ast, data);
      if (found === undefined) continue;
      throw new SallyportError('bundle/invalid', `${name}: ${found} selects a member by a number`, {
        fix: 'write the number in quotes, as the name that it is in the data',
      });
    }
  }
}

/** The Rego of a folder but its tests: names that begin with the folder's own. */
export async function regoFiles(folder: string, root: string): Promise<string[]> {
  const names = await readdir(join(folder, root), { recursive: true });
  const files = names.filter((name) => name.endsWith('.rego') && !name.endsWith('_test.rego'));
  return files.map((name) => `${root}/${name.replaceAll('\\', '/')}`).sort();
}

/** Runs OPA; what it printed. @throws SallyportError `bundle/invalid` with OPA's own words */
export async function opaRun(opa: string, cwd: string, args: readonly string[]): Promise<string> {
  const ended = await run(opa, args, { cwd });
  if (ended.status === 0) return ended.stdout;
  throw new SallyportError('bundle/invalid', `opa ${args[0]}: ${(ended.stderr + ended.stdout).trim()}`, {
    fix: 'correct the policy where OPA points',
  });
}

/** A JSON file of a bundle that was just built. */
export function objectOf(files: ReadonlyMap<string, Uint8Array>, name: string): JsonObject {
  const value: Json = JSON.parse(Buffer.from(partOf(files, name)).toString('utf8'));
  if (isObject(value)) return value;
  throw new SallyportError('bundle/invalid', `OPA wrote a bundle with an odd ${name}`);
}

/** JSON as it is packed: canonical, so that it is the same on every machine. */
export function bytesOf(value: Json): Uint8Array {
  return Buffer.from(`${canonicalJson(value)}\n`, 'utf8');
}

/** A file of a bundle that was just built. @throws SallyportError `bundle/invalid` */
export function partOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new SallyportError('bundle/invalid', `OPA built a bundle without ${name}`);
  return bytes;
}

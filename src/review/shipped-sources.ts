import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Bundle } from '../decide/bundle.ts';
import { readTarGz } from '../decide/tar.ts';
import { SallyportError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { run } from './opa.ts';

/** Long enough for any policy that a person can review; a bundle that takes longer is not looked into. */
const TIMEOUT = 120_000;

/** A path into data or input, as far as it is fixed: what follows is looked up by a value. */
export type DataPath = readonly string[];

/** The Rego that a bundle ships beside its module, as OPA sees it. Nothing of it is ever evaluated here. */
export interface ShippedSources {
  /** The names of the Rego files, sorted. */
  readonly files: readonly string[];
  /** What `opa inspect -a` says: annotations, namespaces, required builtins. */
  inspect(): Promise<JsonObject>;
  /** The module that these sources and this data give, with the bundle's entrypoints. */
  buildModule(): Promise<Uint8Array>;
  /** What of data and input the rule at `path` reads, by OPA's own analysis (`opa deps`), dynamic lookups and helpers included. */
  readsOf(path: string): Promise<readonly DataPath[]>;
  remove(): Promise<void>;
}

/**
 * Lays the shipped sources and the data out in a folder of their own, for OPA to look at. Whoever made the bundle made them:
 * OPA only parses and compiles them, without network, without this process's environment, and not for ever.
 * @throws SallyportError `bundle/invalid` with OPA's words where it cannot read them.
 */
export async function layOutSources(bundle: Bundle, opa: string): Promise<ShippedSources> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-review-'));
  const sources = join(folder, 'sources');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const files = [...bundle.files.keys()].filter((name) => name.endsWith('.rego')).sort();
    for (const name of files) await write(join(sources, name), bundle.files.get(name) ?? new Uint8Array());
    await write(join(sources, 'data.json'), JSON.stringify(bundle.data));
    const ask = (...args: readonly string[]) => opaOutput(opa, sources, args);
    await write(join(folder, 'capabilities.json'), offline(await ask('capabilities', '--current')));
    return {
      files,
      remove,
      inspect: async () => objectOf(await ask('inspect', '-a', '-f', 'json', '.')),
      async buildModule() {
        const built = join(folder, 'built.tar.gz');
        const limits = ['--capabilities', join(folder, 'capabilities.json')];
        await ask(
          'build',
          '-t',
          'wasm',
          ...entrypointsOf(bundle).flatMap((name) => ['-e', name]),
          ...limits,
          '-o',
          built,
          '.',
        );
        return readTarGz(await readFile(built)).get('policy.wasm') ?? new Uint8Array();
      },
      readsOf: async (path) => pathsOf(objectOf(await ask('deps', '-d', '.', '-f', 'json', path)).base),
    };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** The same, or undefined where there is no OPA, there are no sources, or they do not compile: other checks say so. */
export async function tryLayOut(bundle: Bundle, opa: string | undefined): Promise<ShippedSources | undefined> {
  if (opa === undefined || ![...bundle.files.keys()].some((name) => name.endsWith('.rego'))) return undefined;
  const sources = await layOutSources(bundle, opa);
  try {
    await sources.inspect();
    await sources.readsOf('data');
    return sources;
  } catch {
    await sources.remove();
    return undefined;
  }
}

/** The entrypoints that the manifest names, in its order. */
export function entrypointsOf(bundle: Bundle): readonly string[] {
  const manifest = objectOf(Buffer.from(bundle.files.get('.manifest') ?? []).toString('utf8'));
  const wasm = isArray(manifest.wasm) ? manifest.wasm.filter(isObject) : [];
  return wasm.flatMap(({ entrypoint }) =>
    typeof entrypoint === 'string' && /^[\w/]+$/.test(entrypoint) ? [entrypoint] : [],
  );
}

/** A schema in METADATA may refer to an address, which the compiler would fetch. */
function offline(capabilities: string): string {
  return JSON.stringify({ ...objectOf(capabilities), allow_net: [] });
}

function pathsOf(refs: Json | undefined): readonly DataPath[] {
  if (!isArray(refs)) return [];
  return refs.filter(isArray).map((terms) => terms.map((term) => (isObject(term) ? String(term.value) : '')));
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

async function opaOutput(opa: string, cwd: string, args: readonly string[]): Promise<string> {
  await mkdir(cwd, { recursive: true });
  const ended = await run(opa, args, { cwd, env: {}, timeout: TIMEOUT });
  if (ended.status === 0) return ended.stdout;
  throw new SallyportError('bundle/invalid', `opa ${args[0]}: ${(ended.stderr + ended.stdout).trim().slice(0, 2_000)}`);
}

function objectOf(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : {};
}

import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { contentDigest } from '../decide/bundle-digest.ts';
import { settingsProblems } from '../decide/policy.ts';
import { readTarGz } from '../decide/tar.ts';
import { SallyportError } from '../errors.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../json.ts';
import { compareReading, readSchemas, readSettings, requireSections } from './check-data.ts';
import { manifestOf } from './manifest.ts';
import { run } from './opa.ts';
import { packTar } from './pack-tar.ts';

/** What a bundle answers, by OPA's slash-separated path. */
export const ENTRYPOINTS = ['sallyport/decision', 'sallyport/settings/problems'] as const;

export interface BuildOptions {
  /** The policy library's folder: `sallyport/`, `data/`, `schemas/`, `capabilities.json`. */
  readonly rego: string;
  /** Where the bundle (`.tar.gz`) is written; its digest goes beside it as `.digest`. */
  readonly out: string;
  /** The OPA to build with. */
  readonly opa: string;
  /** The product's version: the first part of the default revision. */
  readonly version: string;
  /** `<version>+<first 12 digits of the digest>` unless given. */
  readonly revision?: string;
  /** Build facts (time, builder, commit) for the manifest's metadata; no part of the digest. */
  readonly facts?: JsonObject;
}

export interface Built {
  readonly out: string;
  /** `sha256:<hex>`, see `contentDigest`. */
  readonly digest: string;
  readonly revision: string;
  /** What is in the bundle, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What of the settings is odd but can be used, a line each with its place. */
  readonly warnings: readonly string[];
}

/**
 * Checks a policy library and builds OPA's bundle out of it: `.manifest`, `data.json`, `policy.wasm`, and the Rego that the module
 * was made from, for reviewers. Also brings `data/manifest.json` in the library up to date. The same sources and OPA give the
 * same digest on every machine.
 * @throws SallyportError `bundle/invalid` with OPA's own words, file and line, when the library is not sound.
 */
export async function buildBundle(options: BuildOptions): Promise<Built> {
  const staging = await mkdtemp(join(tmpdir(), 'sallyport-build-'));
  try {
    const { files, warnings } = await compile(options, staging);
    const digest = contentDigest(files);
    const revision = options.revision ?? `${options.version}+${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
    files.set('.manifest', bytesOf(manifestWith(files, revision, options.facts ?? {})));
    await mkdir(dirname(options.out), { recursive: true });
    await writeFile(options.out, packTar(files));
    await writeFile(options.out.replace(/(\.tar\.gz)?$/, '.digest'), `${digest}\n`);
    return { out: options.out, digest, revision, files, warnings };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * Writes the library's `data/manifest.json` from the METADATA of its rules and the schemas of its settings, and says whether it
 * had been out of date.
 * @throws SallyportError `bundle/invalid` naming file and line when a rule's METADATA is missing or wrong.
 */
export async function updateManifest(rego: string, opa: string): Promise<boolean> {
  const inspected = await opaRun(opa, rego, ['inspect', '-a', '-f', 'json', 'sallyport']);
  const sources = await regoFiles(rego);
  const rules = sources.filter((file) => file.startsWith('sallyport/rules/'));
  const { manifest } = manifestOf(JSON.parse(inspected), rules);
  const schemas = await readSchemas(join(rego, 'schemas', 'settings'));
  const text = `${JSON.stringify({ manifest: { ...manifest, schemas } }, undefined, 2)}\n`;
  const path = join(rego, 'data', 'manifest.json');
  const before = await readFile(path, 'utf8').catch(() => '');
  if (before === text) return false;
  await writeFile(path, text);
  return true;
}

async function compile(options: BuildOptions, staging: string): Promise<Compiled> {
  const schemas = await readSchemas(join(options.rego, 'schemas', 'settings'));
  const settings = await readSettings(join(options.rego, 'data'), 'data', schemas);
  requireSections(settings, schemas);
  await updateManifest(options.rego, options.opa);
  for (const part of ['sallyport', 'data', 'schemas', 'capabilities.json']) {
    await cp(join(options.rego, part), join(staging, part), {
      recursive: true,
      filter: (path) => !path.endsWith('_test.rego'),
    });
  }
  const sources = ['settings:data', 'sallyport'];
  const limits = ['--capabilities', 'capabilities.json'];
  await opaRun(options.opa, staging, ['check', '--strict', '-s', 'schemas', ...limits, ...sources]);
  const entrypoints = ENTRYPOINTS.flatMap((name) => ['-e', name]);
  await opaRun(options.opa, staging, [
    'build',
    '-t',
    'wasm',
    ...entrypoints,
    ...limits,
    '-o',
    'built.tar.gz',
    ...sources,
  ]);
  const built = readTarGz(await readFile(join(staging, 'built.tar.gz')));
  const files = new Map<string, Uint8Array>();
  for (const name of ['.manifest', 'data.json', 'policy.wasm']) files.set(name, partOf(built, name));
  for (const file of await regoFiles(staging)) files.set(file, await readFile(join(staging, file)));
  const data = jsonOf(files, 'data.json');
  compareReading(settings, isObject(data) && isObject(data.settings) ? data.settings : {});
  files.set('data.json', bytesOf(data));
  files.set('.manifest', bytesOf(manifestWith(files, '', {})));
  const problems = await settingsProblems({ wasm: partOf(files, 'policy.wasm'), data: isObject(data) ? data : {} });
  const errors = problems.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw settings.refuse(errors);
  return { files, warnings: settings.locate(problems) };
}

interface Compiled {
  readonly files: Map<string, Uint8Array>;
  readonly warnings: readonly string[];
}

/** Roots are named so that a bundle cannot bring data or rules outside its own. */
function manifestWith(files: ReadonlyMap<string, Uint8Array>, revision: string, facts: JsonObject): JsonObject {
  const manifest = jsonOf(files, '.manifest');
  if (!isObject(manifest)) throw new SallyportError('bundle/invalid', 'OPA wrote a bundle with an odd .manifest');
  return { ...manifest, revision, roots: ['settings', 'sallyport'], metadata: { built: facts } };
}

async function regoFiles(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'sallyport'), { recursive: true });
  const files = names.filter((name) => name.endsWith('.rego') && !name.endsWith('_test.rego'));
  return files.map((name) => `sallyport/${name.replaceAll('\\', '/')}`).sort();
}

async function opaRun(opa: string, cwd: string, args: readonly string[]): Promise<string> {
  const ended = await run(opa, args, { cwd });
  if (ended.status === 0) return ended.stdout;
  throw new SallyportError('bundle/invalid', `opa ${args[0]}: ${(ended.stderr + ended.stdout).trim()}`, {
    fix: 'correct the policy where OPA points',
  });
}

function partOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new SallyportError('bundle/invalid', `OPA built a bundle without ${name}`);
  return bytes;
}

function jsonOf(files: ReadonlyMap<string, Uint8Array>, name: string): Json {
  return JSON.parse(Buffer.from(partOf(files, name)).toString('utf8'));
}

function bytesOf(value: Json): Uint8Array {
  return Buffer.from(`${canonicalJson(value)}\n`, 'utf8');
}

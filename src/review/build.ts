import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsProblems } from '../decide/policy.ts';
import { isObject } from '../json.ts';
import { compareReading, readSchemas, readSettings, requireSections } from './check-data.ts';
import { bytesOf, compileStaged, objectOf, opaRun, partOf, regoFiles, stageLibrary } from './compile.ts';
import { manifestOf } from './manifest.ts';
import { type BundleStamp, type Built as Written, writeBundle } from './write-bundle.ts';

/** What a bundle answers, by OPA's slash-separated path. */
export const ENTRYPOINTS = [
  'sallyport/decision',
  'sallyport/settings/problems',
  'sallyport/escalation/graph',
  'sallyport/stops/answer',
  'sallyport/trust/standing',
] as const;

export interface BuildOptions extends BundleStamp {
  /** The policy library's folder: `sallyport/`, `data/`, `schemas/`, `capabilities.json`. */
  readonly rego: string;
  /** Where the bundle (`.tar.gz`) is written; its digest goes beside it as `.digest`. */
  readonly out: string;
  /** The OPA to build with. */
  readonly opa: string;
}

/** A bundle that was built. */
export interface Built extends Written {
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
    return { ...(await writeBundle(options.out, files, options)), warnings };
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
  const sources = await regoFiles(rego, 'sallyport');
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
  await stageLibrary(options.rego, staging);
  const files = await compileStaged(options.opa, staging, ['settings:data', 'sallyport'], ENTRYPOINTS);
  for (const file of await regoFiles(staging, 'sallyport')) files.set(file, await readFile(join(staging, file)));
  const data = objectOf(files, 'data.json');
  compareReading(settings, isObject(data.settings) ? data.settings : {});
  files.set('data.json', bytesOf(data));
  // Named, so that a bundle cannot bring data or rules outside its own.
  files.set('.manifest', bytesOf({ ...objectOf(files, '.manifest'), roots: ['settings', 'sallyport'] }));
  const problems = await settingsProblems({ wasm: partOf(files, 'policy.wasm'), data });
  const errors = problems.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw settings.refuse(errors);
  return { files, warnings: settings.locate(problems) };
}

interface Compiled {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly warnings: readonly string[];
}

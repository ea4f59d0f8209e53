import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagePath } from '../decide/bundle-data.ts';
import { covers } from '../decide/bundle-manifest.ts';
import { type PolicySource, SETTINGS_PROBLEMS, STOPS, settingsProblems } from '../decide/policy.ts';
import { SITE_DECISION, SITE_ROOT } from '../decide/site-bundle.ts';
import { sourceDigest } from '../decide/source-digest.ts';
import { SallyportError } from '../errors.ts';
import { isArray, isObject, type JsonObject } from '../json.ts';
import type { Built } from './build.ts';
import { readSchemas, readSettings, type SettingsFiles } from './check-data.ts';
import { bytesOf, compileStaged, objectOf, opaRun, partOf, regoFiles, stageLibrary } from './compile.ts';
import { manifestOf } from './manifest.ts';
import { type BundleStamp, writeBundle } from './write-bundle.ts';

export interface SiteOptions extends BundleStamp {
  /** The site's folder: `data/` with settings, and Rego under package `site`, its rules in `rules/<category>/<rule>/`. */
  readonly site: string;
  /** The library's folder, by whose schemas settings are checked and with which rules are compiled. */
  readonly rego: string;
  readonly out: string;
  /** Finds the OPA to build with; not asked where there is no Rego. */
  readonly opa: () => Promise<string>;
  /** Leaves Rego out. */
  readonly dataOnly: boolean;
  /** The library's bundle, by whose own checks settings without Rego are checked; when absent, only by the schemas. */
  readonly library?: PolicySource;
}

/** What the module answers: written by the build, as `main.rego` walks the site's rules by itself. */
const MAIN = `# METADATA
# title: Site
# description: The library's decision, with this site's rules among the library's.
package site

# METADATA
# title: Decision
# description: What the library decides.
# entrypoint: true
decision := data.sallyport.decision
`;

/**
 * Builds a site's own bundle: its settings, and its rules compiled together with the library, which is not touched. All
 * of it lies under the root `site`. Without Rego nothing is compiled and no OPA is needed.
 * @throws SallyportError `bundle/invalid` with file and line when settings or rules are not sound
 */
export async function buildSite(options: SiteOptions): Promise<Built> {
  const schemas = await readSchemas(join(options.rego, 'schemas', 'settings'));
  const settings = await readSettings(join(options.site, 'data'), 'data', schemas);
  const sources = options.dataOnly ? [] : await sourcesOf(options.site);
  const staging = await mkdtemp(join(tmpdir(), 'sallyport-site-'));
  try {
    const { files, warnings } =
      sources.length === 0 ? await pack(options, settings) : await compile(options, settings, sources, staging);
    return { ...(await writeBundle(options.out, files, options)), warnings };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

interface Contents {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly warnings: readonly string[];
}

async function pack(options: SiteOptions, files: SettingsFiles): Promise<Contents> {
  const { settings } = files;
  if (Object.keys(settings).length === 0) throw empty(options);
  const { library } = options;
  const standard = isObject(library?.data.settings) ? library.data.settings : {};
  const whole = library && { ...library, data: { ...library.data, settings: { ...standard, ...settings } } };
  return { files: contentsOf({ settings }), warnings: whole === undefined ? [] : await checkMeaning(files, whole) };
}

async function compile(
  options: SiteOptions,
  own: SettingsFiles,
  sources: readonly string[],
  staging: string,
): Promise<Contents> {
  const { settings } = own;
  const opa = await options.opa();
  await stageLibrary(options.rego, staging);
  await mkdir(join(staging, SITE_ROOT));
  for (const name of sources) await cp(join(options.site, name), join(staging, SITE_ROOT, name), { recursive: true });
  await writeFile(join(staging, SITE_ROOT, 'main.rego'), MAIN);
  const loaded = ['settings:data', 'sallyport', SITE_ROOT];
  const built = await compileStaged(opa, staging, loaded, [SITE_DECISION, SETTINGS_PROBLEMS, STOPS]);
  const inspected = await opaRun(opa, staging, ['inspect', '-a', '-f', 'json', SITE_ROOT]);
  const rego = await regoFiles(staging, SITE_ROOT);
  const rules = rego.filter((name) => name.startsWith(`${SITE_ROOT}/rules/`));
  const { manifest } = manifestOf(JSON.parse(inspected), rules, 'site');
  const data = objectOf(built, 'data.json');
  const standard = isObject(data.settings) ? data.settings : {};
  const wasm = partOf(built, 'policy.wasm');
  const whole = { settings: { ...standard, ...settings }, site: { settings, manifest } };
  const warnings = await checkMeaning(own, { wasm, entrypoint: SITE_DECISION, data: whole });
  const library = { digest: await libraryDigest(data, staging), settings: standard };
  const files = contentsOf({ settings, manifest, library }, manifestOfSite(built)).set('policy.wasm', wasm);
  for (const name of rego) files.set(name, await readFile(join(staging, name)));
  return { files, warnings };
}

/** Loads the policy as a gate would. What is odd of the site's own settings; @throws SallyportError `bundle/invalid` */
async function checkMeaning(files: SettingsFiles, source: PolicySource): Promise<readonly string[]> {
  const problems = await settingsProblems(source);
  const errors = problems.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw files.refuse(errors);
  return files.locate(problems.filter(({ path }) => Object.hasOwn(files.settings, String(path[0]))));
}

/** The library's decision is an entrypoint of the module too, but it is outside the site's root. */
function manifestOfSite(built: ReadonlyMap<string, Uint8Array>): JsonObject {
  const manifest = objectOf(built, '.manifest');
  const modules = isArray(manifest.wasm) ? manifest.wasm.filter(isObject) : [];
  return { ...manifest, wasm: modules.filter(({ entrypoint }) => entrypoint === SITE_DECISION) };
}

/** As the library's own bundle would have it. */
async function libraryDigest(data: JsonObject, staging: string): Promise<string> {
  const files = new Map([['data.json', bytesOf(data)]]);
  for (const name of await regoFiles(staging, 'sallyport')) files.set(name, await readFile(join(staging, name)));
  return sourceDigest(files);
}

function contentsOf(site: JsonObject, manifest: JsonObject = {}): Map<string, Uint8Array> {
  return new Map([
    ['.manifest', bytesOf({ ...manifest, roots: [SITE_ROOT] })],
    ['data.json', bytesOf({ site })],
  ]);
}

/** The site's Rego, by name within its folder. @throws SallyportError `bundle/invalid` when one is of another package */
async function sourcesOf(site: string): Promise<readonly string[]> {
  const names = (await regoFiles(site, '.')).map((name) => name.slice('./'.length));
  for (const name of names) {
    if (name === 'main.rego') throw misplaced(name, 'this file is written by the build; call yours another name');
    const path = packagePath(await readFile(join(site, name), 'utf8'));
    if (path !== undefined && covers(SITE_ROOT, path)) continue;
    throw misplaced(
      name,
      `its package is ${path?.replaceAll('/', '.') ?? 'missing'}; a site's own are under ${SITE_ROOT}`,
    );
  }
  return names;
}

function misplaced(name: string, why: string): SallyportError {
  return new SallyportError('bundle/invalid', `${name}: ${why}`, {
    fix: 'write rules in rules/<category>/<rule>/, package site.rules.<category>.<rule>',
  });
}

function empty({ site, dataOnly }: SiteOptions): SallyportError {
  const what = dataOnly ? 'no settings under data/' : 'neither settings under data/ nor Rego';
  return new SallyportError('bundle/invalid', `${site} holds ${what}`, {
    fix: 'see that --site names the folder of the site, or add data/windows.yaml for example',
  });
}

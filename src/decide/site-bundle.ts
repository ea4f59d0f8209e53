import { isObject, type Json, type JsonObject } from '../json.ts';
import { type BundleContents, moduleOf, readContents } from './bundle.ts';
import { covers, invalidBundle } from './bundle-manifest.ts';

/** The root that a site's bundle owns, in OPA's sense. */
export const SITE_ROOT = 'site';
/** What a site's module answers: the library's decision, with the site's rules among the library's. */
export const SITE_DECISION = 'site/decision';

/** A site's bundle: settings in place of the library's, and rules beside the library's. */
export interface SiteBundle extends BundleContents {
  /** `data.site.settings`: each member replaces the library's of that name. */
  readonly settings: JsonObject;
  /** None in a bundle that only brings settings; such a one needs no OPA to build. */
  readonly rules: SiteRules | undefined;
}

/** Rules that were compiled together with a library. */
export interface SiteRules {
  readonly wasm: Uint8Array;
  /** `data.site.manifest`: what `main.rego` asks besides. */
  readonly manifest: JsonObject;
  /** What the module was compiled with: the digest of the library's sources and settings, and these settings. */
  readonly library: { readonly digest: string; readonly settings: JsonObject };
}

const FIX = 'build it with `sallyport build --site`';

/**
 * Reads a site's archive: everything in it lies under `site`, and there is nothing in it but settings, or settings and rules.
 * @throws SallyportError `bundle/invalid` that names what is wrong
 */
export function readSiteBundle(archive: Uint8Array): SiteBundle {
  const contents = readContents(archive);
  const stranger = contents.roots.find((root) => !covers(SITE_ROOT, root));
  if (stranger !== undefined) throw invalid(`it claims the root "${stranger}"; a site's own root is "${SITE_ROOT}"`);
  if (contents.roots.length === 0) throw invalid(`it claims no root; a site's own is "${SITE_ROOT}"`);
  const site = memberOf(contents.data, SITE_ROOT, 'data');
  const wasm = moduleOf(contents, SITE_DECISION);
  const known = wasm === undefined ? ['settings'] : ['settings', 'manifest', 'library'];
  const odd = Object.keys(site).find((key) => !known.includes(key));
  if (odd !== undefined) throw invalid(`data.site.${odd}: it may hold ${known.join(', ')}`);
  const settings = memberOf(site, 'settings', 'data.site');
  // The library's manifest says which rules are asked: that is not a setting.
  if (Object.hasOwn(settings, 'manifest')) throw invalid("data.site.settings.manifest is the library's own");
  if (wasm !== undefined) return { ...contents, settings, rules: { wasm, ...readRules(site) } };
  const module = [...contents.files.keys()].find((name) => name.endsWith('.wasm'));
  if (module !== undefined) throw invalid(`${module} is in it, and .manifest names no entrypoint ${SITE_DECISION}`);
  return { ...contents, settings, rules: undefined };
}

function readRules(site: JsonObject): Omit<SiteRules, 'wasm'> {
  const library = memberOf(site, 'library', 'data.site');
  const { digest } = library;
  if (typeof digest !== 'string') throw invalid('data.site.library.digest is missing');
  const settings = memberOf(library, 'settings', 'data.site.library');
  if (Object.keys(settings).length === 0) throw invalid('data.site.library.settings is missing');
  const manifest = memberOf(site, 'manifest', 'data.site');
  if (!isObject(manifest.index)) throw invalid('data.site.manifest has no index');
  return { manifest, library: { digest, settings } };
}

function memberOf(of: JsonObject, name: string, path: string): JsonObject {
  const value: Json = of[name] ?? {};
  if (isObject(value)) return value;
  throw invalid(`${path}.${name} is not an object`);
}

function invalid(why: string): ReturnType<typeof invalidBundle> {
  return invalidBundle(why, FIX);
}

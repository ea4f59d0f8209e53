import { readBundle } from '../decide/bundle.ts';
import { type BundlePair, createBundleJudge } from '../decide/bundle-judge.ts';
import type { Judge } from '../decide/judge.ts';
import { readSiteBundle, type SiteBundle } from '../decide/site-bundle.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Judged } from './authority/authority.ts';

/** A library and a site's bundle as workers get them. */
interface PairArchives {
  readonly library: Uint8Array;
  readonly site: Uint8Array | undefined;
  readonly trust: readonly string[];
}

/** What a library and a site's bundle, where there is one, judge by together. */
export function judgedPair({ library, site }: BundlePair): Judged {
  const options: PairArchives = { library: library.archive, site: site?.bundle.archive, trust: site?.trust ?? [] };
  return {
    source: { module: import.meta.url, options },
    data: dataOf({ library, ...(site === undefined ? {} : { site }) }),
  };
}

/** The library's data with the settings that the site puts in their place. */
export function dataOf({ library, site }: BundlePair): JsonObject {
  if (site === undefined) return library.data;
  return { ...library.data, settings: { ...settingsIn(library.data), ...site.bundle.settings } };
}

/** The factory of the sources that `judgedPair` makes, which `makeJudge` finds by its name. @public */
export async function judgeFrom(
  { library, site, trust }: PairArchives,
  amend: (data: JsonObject) => JsonObject,
): Promise<Judge> {
  const bundle = readBundle(library);
  const amended = { ...bundle, data: amend(bundle.data) };
  if (site === undefined) return (await createBundleJudge({ library: amended }, {})).judge;
  const own = amendedSite(readSiteBundle(site), bundle.data, amend);
  return (await createBundleJudge({ library: amended, site: { bundle: own, trust } }, {})).judge;
}

/** What is amended in the data in force is amended wherever the site says it. */
function amendedSite(site: SiteBundle, data: JsonObject, amend: (data: JsonObject) => JsonObject): SiteBundle {
  const inForce = settingsIn(amend({ ...data, settings: { ...settingsIn(data), ...site.settings } }));
  const settings = Object.fromEntries(Object.keys(site.settings).map((name) => [name, inForce[name] ?? null]));
  if (site.rules === undefined) return { ...site, settings };
  const { library } = site.rules;
  const compiled = { ...library, settings: settingsIn(amend({ settings: library.settings })) };
  return { ...site, settings, rules: { ...site.rules, library: compiled } };
}

function settingsIn({ settings }: JsonObject): JsonObject {
  return isObject(settings) ? settings : {};
}

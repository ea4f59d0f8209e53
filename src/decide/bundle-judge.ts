import { createHash } from 'node:crypto';
import { canonicalJson, isObject, type JsonObject } from '../json.ts';
import type { Bundle } from './bundle.ts';
import { covers, invalidBundle } from './bundle-manifest.ts';
import { createJudge, type Judge, type JudgeIdentity } from './judge.ts';
import { loadPolicy, type PolicyOptions, type PolicySource } from './policy.ts';
import { checkSettings, schemasOf } from './settings/check-settings.ts';
import { SITE_DECISION, SITE_ROOT, type SiteBundle } from './site-bundle.ts';
import { sourceDigest } from './source-digest.ts';
import { grantingJudge, stricterJudge } from './stricter.ts';

/** Among the names that a site is trusted with, the one that means its rules. */
export const TRUSTED_RULES = 'rules';

/** Settings that decide nothing and that other questions are about: of these there is no stricter one. */
const QUESTIONED = ['escalation', 'trust'] as const;

/** What judges together: the library, and a site's own beside it. */
export interface BundlePair {
  readonly library: Bundle;
  readonly site?: {
    readonly bundle: SiteBundle;
    /** The settings, and `rules`, by which the site may grant what the library does not; by all else it only tightens. */
    readonly trust: readonly string[];
  };
}

/** A judge, and what whoever runs the gate should know of how it judges. */
export interface BundleJudge {
  readonly judge: Judge;
  readonly warnings: readonly string[];
}

/**
 * Makes the judge of a library and, where there is one, of a site's bundle.
 *
 * Whatever the site brings is judged beside the library with no more than the settings that are trusted, and the stricter
 * verdict holds: so nothing that the site's key signs can grant more than that, whatever its module does. Where `rules` are
 * trusted, they may in addition grant what no rule of the library grants, but nothing that one denies or holds. Where all
 * that it brings is trusted settings there is one evaluation, as without a site.
 * @throws SallyportError `bundle/invalid` when one of them cannot be loaded, or they do not go together
 */
export async function createBundleJudge(pair: BundlePair, options: PolicyOptions): Promise<BundleJudge> {
  const { library, site } = pair;
  const identity = identityOf(pair);
  const judgeOf = async (source: PolicySource) => createJudge(await loadPolicy(source, options), identity);
  if (site === undefined) return { judge: await judgeOf(library), warnings: [] };
  checkRoots(library, site.bundle);
  const standard = settingsOf(library);
  const { settings, rules } = site.bundle;
  checkNames(Object.keys(settings), standard, 'it brings the setting');
  checkShape(settings, library);
  checkNames(
    site.trust.filter((name) => name !== TRUSTED_RULES),
    standard,
    'the configuration trusts it with the setting',
  );
  const trusted = Object.fromEntries(Object.entries(settings).filter(([name]) => site.trust.includes(name)));
  const all = Object.keys(settings).length === Object.keys(trusted).length;
  const ofLibrary = (own: JsonObject): PolicySource => ({
    wasm: library.wasm,
    data: { ...library.data, settings: { ...standard, ...own } },
  });
  const base = await judgeOf(ofLibrary(trusted));
  const unheard = QUESTIONED.filter((name) => Object.hasOwn(settings, name) && !site.trust.includes(name)).map(
    notHeard,
  );
  if (rules === undefined) {
    const judge = all ? base : stricterJudge(base, await judgeOf(ofLibrary(settings)), identity);
    return { judge, warnings: unheard };
  }
  const ofSite = (own: JsonObject): PolicySource => ({
    wasm: rules.wasm,
    entrypoint: SITE_DECISION,
    data: {
      settings: { ...rules.library.settings, ...own },
      site: { settings: own, manifest: rules.manifest },
    },
  });
  const whole = await judgeOf(ofSite(settings));
  const same = rules.library.digest === sourceDigest(library.files);
  if (!site.trust.includes(TRUSTED_RULES) || !same) {
    const warnings = same ? unheard : [otherLibrary(site.trust), ...unheard];
    return { judge: stricterJudge(base, whole, identity), warnings };
  }
  const granting = grantingJudge(base, all ? whole : await judgeOf(ofSite(trusted)), identity);
  return { judge: all ? granting : stricterJudge(granting, whole, identity), warnings: unheard };
}

/**
 * The text by which a pair is kept: the digests of its members and what the site is trusted with. The SHA-256 of it is the
 * pair's digest.
 */
export function describePair({ library, site }: Required<BundlePair>): string {
  const trust = [...new Set(site.trust)].sort();
  return canonicalJson({ library: library.contentDigest, site: site.bundle.contentDigest, trust });
}

/** How decisions name what judged: a library by its own digest, a pair by that of its description. */
export function identityOf({ library, site }: BundlePair): JudgeIdentity {
  if (site === undefined) return { bundleDigest: library.contentDigest, revision: library.revision };
  const hash = createHash('sha256').update(describePair({ library, site }));
  return {
    bundleDigest: `sha256:${hash.digest('hex')}`,
    revision: `${library.revision} with site ${site.bundle.revision}`,
  };
}

function settingsOf({ data }: Bundle): JsonObject {
  return isObject(data.settings) ? data.settings : {};
}

function checkRoots(library: Bundle, site: SiteBundle): void {
  for (const root of library.roots) {
    const other = site.roots.find((one) => covers(one, root) || covers(root, one));
    if (other === undefined) continue;
    throw invalidBundle(
      `the library's root "${root}" and the site's root "${other}" overlap`,
      `give each bundle roots of its own: what lies under "${SITE_ROOT}" is the site's`,
    );
  }
}

function checkNames(names: readonly string[], standard: JsonObject, what: string): void {
  const known = Object.keys(standard).filter((name) => name !== 'manifest');
  const odd = names.find((name) => !known.includes(name));
  if (odd === undefined) return;
  throw invalidBundle(
    `${what} "${odd}", which the library does not have`,
    `the library's settings are ${known.sort().join(', ')}`,
  );
}

/** By the schemas that the library's bundle carries: what its rules cannot read would be unknown to them. */
function checkShape(settings: JsonObject, { data }: Bundle): void {
  const schemas = schemasOf(data);
  const problems = schemas === undefined ? [] : checkSettings(settings, schemas);
  if (problems.length === 0) return;
  const lines = problems.map(({ path, message }) => `data.site.settings.${path.join('.')}: ${message}`);
  throw invalidBundle(lines.join('\n'), 'correct the settings and build it again with `sallyport build --site`');
}

function notHeard(name: string): string {
  return `the site's ${name} is not heard: it is neither stricter nor looser than the library's, so it counts only where the configuration trusts it`;
}

function otherLibrary(trust: readonly string[]): string {
  const meanwhile = trust.includes(TRUSTED_RULES) ? ' and grants nothing by its rules' : '';
  return `the site's bundle was built with another library than the one in force: until it is built again it only tightens${meanwhile}`;
}

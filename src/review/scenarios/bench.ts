import type { Problem } from '../../config/yaml-problems.ts';
import { type BundlePair, createBundleJudge, identityOf } from '../../decide/bundle-judge.ts';
import type { Judge, JudgeIdentity } from '../../decide/judge.ts';
import type { PolicySource } from '../../decide/policy.ts';
import { checkSettings, schemasOf } from '../../decide/settings/check-settings.ts';
import { SITE_DECISION, SITE_ROOT } from '../../decide/site-bundle.ts';
import { SallyportError } from '../../errors.ts';
import { canonicalJson, isObject, type JsonObject } from '../../json.ts';
import { only } from './case-part.ts';
import { mergeObjects } from './layers.ts';
import { type ListedRule, openRuleProbe, type RuleProbe } from './rule-probe.ts';

/** What judges a scenario. */
export interface Seat {
  readonly judge: Judge;
  readonly probe: RuleProbe | undefined;
  /** The settings in force: the bundle's, with what the case changes. */
  readonly settings: JsonObject;
}

/**
 * Judges as a gate does under a bundle, alone or with a site's beside it, and under it with other settings: one for each distinct choice,
 * made when it is first needed.
 */
export class Bench {
  readonly #pair: BundlePair;
  readonly #seats = new Map<string, Promise<Seat>>();
  readonly #wrong = new Map<string, readonly Problem[]>();

  constructor(pair: BundlePair) {
    this.#pair = pair;
  }

  get identity(): JudgeIdentity {
    return identityOf(this.#pair);
  }

  /** The Rego that the bundles bring, by name. */
  get sources(): ReadonlyMap<string, string> {
    const { library, site } = this.#pair;
    const files = [...library.files, ...(site?.bundle.files ?? [])].filter(([name]) => name.endsWith('.rego'));
    return new Map(files.map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
  }

  /** The rules that the scenarios are to cover: a site's need not try the library's. */
  tested(rules: readonly ListedRule[]): readonly ListedRule[] {
    return this.#pair.site === undefined ? rules : rules.filter(({ id }) => id.startsWith(`${SITE_ROOT}/`));
  }

  /** The library's. */
  get settings(): JsonObject {
    return settingsOf(this.#pair.library);
  }

  /**
   * @param changed settings that are merged into the bundle's
   * @throws SallyportError `bundle/invalid` when the policy does not load with them
   */
  seat(changed: JsonObject = {}): Promise<Seat> {
    const key = canonicalJson(changed);
    const there = this.#seats.get(key);
    if (there !== undefined) return there;
    const seat = this.#open(changed);
    this.#seats.set(key, seat);
    return seat;
  }

  /** What is wrong with settings that a case changes, each by its path in them; where the bundle brings schemas, by those. */
  wrongSettings(changed: JsonObject): readonly Problem[] {
    const key = canonicalJson(changed);
    const there = this.#wrong.get(key);
    if (there !== undefined) return there;
    const wrong = this.#check(changed);
    this.#wrong.set(key, wrong);
    return wrong;
  }

  #check(changed: JsonObject): readonly Problem[] {
    const sections = Object.keys(changed);
    const strange = sections.find((name) => name === 'manifest' || !Object.hasOwn(this.settings, name));
    if (strange !== undefined)
      return [{ path: [strange], at: 'key', message: `there is no setting ${JSON.stringify(strange)} in this bundle` }];
    const schemas = schemasOf(this.#pair.library.data);
    if (schemas === undefined) return [];
    const merged = mergeObjects(this.settings, changed);
    return checkSettings(Object.fromEntries(sections.map((name) => [name, merged[name] ?? null])), schemas);
  }

  async #open(changed: JsonObject): Promise<Seat> {
    const pair = withSettings(this.#pair, changed);
    const source = wholeOf(pair);
    const [{ judge }, probe] = await Promise.all([createBundleJudge(pair, {}), openRuleProbe(source, this.identity)]);
    return { judge, probe, settings: settingsOf(source) };
  }
}

/** The pair as if its settings had been written so: what a site brings is changed where it stands. */
function withSettings({ library, site }: BundlePair, changed: JsonObject): BundlePair {
  const settings = mergeObjects(settingsOf(library), changed);
  const other = { ...library, data: { ...library.data, settings } };
  if (site === undefined) return { library: other };
  const { bundle } = site;
  const own = only(changed, Object.keys(bundle.settings));
  const { rules } = bundle;
  const compiled = rules && {
    ...rules,
    library: { ...rules.library, settings: mergeObjects(rules.library.settings, changed) },
  };
  const settled = { ...bundle, settings: mergeObjects(bundle.settings, own), rules: compiled };
  return { library: other, site: { ...site, bundle: settled } };
}

/** All rules and settings there are, to ask the rules one by one. */
function wholeOf({ library, site }: BundlePair): PolicySource {
  if (site === undefined) return library;
  const { settings, rules } = site.bundle;
  if (rules === undefined)
    return { wasm: library.wasm, data: { ...library.data, settings: { ...settingsOf(library), ...settings } } };
  return {
    wasm: rules.wasm,
    entrypoint: SITE_DECISION,
    data: { settings: { ...rules.library.settings, ...settings }, site: { settings, manifest: rules.manifest } },
  };
}

function settingsOf({ data }: Pick<PolicySource, 'data'>): JsonObject {
  if (isObject(data.settings)) return data.settings;
  throw new SallyportError('bundle/invalid', 'the bundle has no data.settings, so nothing is known of its rules');
}

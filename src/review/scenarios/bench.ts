import type { Problem } from '../../config/yaml-problems.ts';
import { createJudge, type Judge, type JudgeIdentity } from '../../decide/judge.ts';
import { loadPolicy, type PolicySource } from '../../decide/policy.ts';
import { checkSettings, schemasOf } from '../../decide/settings/check-settings.ts';
import { SallyportError } from '../../errors.ts';
import { canonicalJson, isObject, type JsonObject } from '../../json.ts';
import { mergeObjects } from './layers.ts';
import { openRuleProbe, type RuleProbe } from './rule-probe.ts';

/** What judges a scenario. */
export interface Seat {
  readonly judge: Judge;
  readonly probe: RuleProbe | undefined;
  /** The settings in force: the bundle's, with what the case changes. */
  readonly settings: JsonObject;
}

/** Judges under one bundle, and under it with other settings: one for each distinct choice, made when it is first needed. */
export class Bench {
  readonly #source: PolicySource;
  readonly #identity: JudgeIdentity;
  readonly #seats = new Map<string, Promise<Seat>>();
  readonly #wrong = new Map<string, readonly Problem[]>();

  constructor(source: PolicySource, identity: JudgeIdentity) {
    this.#source = source;
    this.#identity = identity;
  }

  get identity(): JudgeIdentity {
    return this.#identity;
  }

  get settings(): JsonObject {
    return settingsOf(this.#source);
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
    const schemas = schemasOf(this.#source.data);
    if (schemas === undefined) return [];
    const merged = mergeObjects(this.settings, changed);
    return checkSettings(Object.fromEntries(sections.map((name) => [name, merged[name] ?? null])), schemas);
  }

  async #open(changed: JsonObject): Promise<Seat> {
    const settings = mergeObjects(this.settings, changed);
    const source = { wasm: this.#source.wasm, data: { ...this.#source.data, settings } };
    const [policy, probe] = await Promise.all([loadPolicy(source), openRuleProbe(source, this.#identity)]);
    return { judge: createJudge(policy, this.#identity), probe, settings };
  }
}

function settingsOf({ data }: PolicySource): JsonObject {
  if (isObject(data.settings)) return data.settings;
  throw new SallyportError('bundle/invalid', 'the bundle has no data.settings, so nothing is known of its rules');
}

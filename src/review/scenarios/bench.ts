import { createJudge, type Judge, type JudgeIdentity } from '../../decide/judge.ts';
import { loadPolicy, type PolicySource } from '../../decide/policy.ts';
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

  async #open(changed: JsonObject): Promise<Seat> {
    const settings = mergeObjects(this.settings, changed);
    const source = { wasm: this.#source.wasm, data: { ...this.#source.data, settings } };
    const [policy, probe] = await Promise.all([loadPolicy(source), openRuleProbe(source, this.#identity)]);
    return { judge: createJudge(policy, this.#identity), probe, settings };
  }
}

/** Settings whose members are names that people choose. */
const NAMED: ReadonlySet<string> = new Set(['runbooks']);

/** Why these settings would change nothing: what they name is not in the bundle. Else undefined. */
export function unknownSetting(settings: JsonObject, changed: JsonObject): readonly string[] | undefined {
  for (const [name, members] of Object.entries(changed)) {
    const there = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (there === undefined || name === 'manifest') return [name];
    if (NAMED.has(name) || !isObject(there) || !isObject(members)) continue;
    const member = Object.keys(members).find((one) => !Object.hasOwn(there, one));
    if (member !== undefined) return [name, member];
  }
  return undefined;
}

function settingsOf({ data }: PolicySource): JsonObject {
  if (isObject(data.settings)) return data.settings;
  throw new SallyportError('bundle/invalid', 'the bundle has no data.settings, so nothing is known of its rules');
}

import type { PolicyInput } from '../../decide/input.ts';
import { createJudge, type Judge, type JudgeIdentity } from '../../decide/judge.ts';
import { loadPolicy, type PolicySource } from '../../decide/policy.ts';
import type { Hold, Obligation, Reason, Verdict } from '../../decide/verdict.ts';
import { isArray, isObject, type JsonObject } from '../../json.ts';

/** What a finding does, as rules give it. */
export type Effect = 'grant' | 'hold' | 'require' | 'deny' | 'warn';

/** A rule as the bundle's manifest lists it. */
export interface ListedRule {
  readonly id: string;
  readonly title: string;
  readonly effect: string;
  readonly classes: readonly string[];
}

/** What one rule had to say of one call. */
export interface Said {
  readonly rule: string;
  readonly effects: readonly Effect[];
  readonly reasons: readonly Reason[];
  readonly holds: readonly Hold[];
  readonly obligations: readonly Obligation[];
}

/** Asks the rules of a bundle one by one, what a verdict leaves out included. */
export interface RuleProbe {
  readonly rules: readonly ListedRule[];
  /** The rules that are asked of a call of this class, in pass `facts`. */
  asked(actionClass: string): readonly string[];
  /** What each rule that is asked has to say; those that have nothing to say are not there. */
  ask(input: PolicyInput): readonly Said[];
  /** What this one rule has to say. */
  askOne(input: PolicyInput, rule: string): Said | undefined;
}

const GRANT = { id: 'probe/grant', category: 'probe', rule: 'grant' } as const;
const ONLY = 'only:';

/**
 * A bundle's own rules, each asked alone: the manifest, which is data, gets for each rule a pass in which only that one is asked, beside one
 * that grants, so that a hold is not lost for want of a grant. It is the module of the bundle that answers.
 * @returns undefined for a bundle without a manifest of rules
 */
export async function openRuleProbe(source: PolicySource, identity: JudgeIdentity): Promise<RuleProbe | undefined> {
  const { settings } = source.data;
  const manifest = isObject(settings) ? settings.manifest : undefined;
  if (!isObject(settings) || !isObject(manifest) || !isObject(manifest.rules) || !isObject(manifest.index))
    return undefined;
  const facts = isObject(manifest.index.facts) ? manifest.index.facts : {};
  const entries = new Map<string, JsonObject>();
  for (const listed of Object.values(facts))
    for (const entry of isArray(listed) ? listed.filter(isObject) : []) entries.set(String(entry.id), entry);
  const alone = [...entries].map(([id, entry]) => [`${ONLY}${id}`, { unknown: [entry, GRANT] }]);
  const index = { ...manifest.index, ...Object.fromEntries(alone) };
  const sallyport = isObject(source.data.sallyport) ? source.data.sallyport : {};
  const data: JsonObject = {
    ...source.data,
    settings: { ...settings, manifest: { ...manifest, index } },
    sallyport: { ...sallyport, rules: { probe: { grant: { answer: [{ effect: 'grant', message: '', fix: '' }] } } } },
  };
  const judge = createJudge(await loadPolicy({ wasm: source.wasm, data }), identity);
  const rules = Object.entries(manifest.rules).map(([id, about]) => listedRule(id, about));
  const effectOf = new Map(rules.map(({ id, effect }) => [id, effect]));
  const asked = (actionClass: string): readonly string[] => {
    const listed = Object.hasOwn(facts, actionClass) ? facts[actionClass] : facts.unknown;
    return isArray(listed) ? listed.filter(isObject).map(({ id }) => String(id)) : [];
  };
  const askOne = (input: PolicyInput, rule: string) => askAlone(judge, input, rule, effectOf.get(rule) ?? '');
  return {
    rules,
    asked,
    askOne,
    ask: (input) => asked(input.action.class).flatMap((rule) => askOne(input, rule) ?? []),
  };
}

function listedRule(id: string, about: unknown): ListedRule {
  const { title, effect, classes } = isObject(about) ? about : {};
  return {
    id,
    title: typeof title === 'string' ? title : id,
    effect: typeof effect === 'string' ? effect : '',
    classes: isArray(classes) ? classes.map(String) : [],
  };
}

function askAlone(judge: Judge, input: PolicyInput, rule: string, effect: string): Said | undefined {
  const alone = { ...input, call: { ...input.call, pass: `${ONLY}${rule}` } };
  const { verdict } = judge.judge(JSON.stringify(alone));
  const reasons = [...verdict.reasons, ...verdict.warnings].filter((reason) => reason.rule !== GRANT.id);
  if (reasons.length === 0) return undefined;
  const { holds, obligations } = verdict;
  return { rule, effects: effectsOf(verdict, effect), reasons, holds, obligations };
}

function effectsOf({ outcome, reasons, warnings }: Verdict, effect: string): readonly Effect[] {
  const effects = new Set<Effect>();
  if (outcome === 'deny') effects.add('deny');
  else if (outcome === 'hold') effects.add('hold');
  else if (reasons.some(({ rule }) => rule !== GRANT.id)) effects.add('grant');
  if (warnings.length > 0) effects.add(effect === 'require' ? 'require' : 'warn');
  return [...effects];
}

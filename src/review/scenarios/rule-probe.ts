import type { PolicyInput } from '../../decide/input.ts';
import { createJudge, type Judge, type JudgeIdentity } from '../../decide/judge.ts';
import { loadPolicy, type PolicySource } from '../../decide/policy.ts';
import type { Hold, Obligation, Reason, Verdict } from '../../decide/verdict.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';

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
  const own = manifestIn(source.data.settings);
  if (own === undefined) return undefined;
  const site = manifestIn(source.data.site);
  const judge = createJudge(await loadPolicy({ ...source, data: probing(source.data, own, site) }), identity);
  const listed = [own, ...(site === undefined ? [] : [site])];
  const rules = listed.flatMap((manifest) =>
    Object.entries(membersOf(manifest.rules)).map(([id, about]) => listedRule(id, about)),
  );
  const effectOf = new Map(rules.map(({ id, effect }) => [id, effect]));
  const asked = (actionClass: string): readonly string[] =>
    listed.flatMap((manifest) => {
      const facts = factsOf(manifest);
      return entriesOf(Object.hasOwn(facts, actionClass) ? facts[actionClass] : facts.unknown).map(({ id }) =>
        String(id),
      );
    });
  const askOne = (input: PolicyInput, rule: string) => askAlone(judge, input, rule, effectOf.get(rule) ?? '');
  return {
    rules,
    asked,
    askOne,
    ask: (input) => asked(input.action.class).flatMap((rule) => askOne(input, rule) ?? []),
  };
}

/** The data with a pass for each rule. The rule that grants is the library's; `main` asks those of both manifests. */
function probing(data: JsonObject, own: JsonObject, site: JsonObject | undefined): JsonObject {
  const passes = (manifest: JsonObject | undefined, mine: readonly JsonObject[]): JsonObject =>
    Object.fromEntries(
      [...idsIn(own), ...idsIn(site)].map(([id, entry]) => {
        const ours = idsIn(manifest).has(id) ? [entry] : [];
        return [`${ONLY}${id}`, { unknown: [...ours, ...mine] }];
      }),
    );
  const withPasses = (manifest: JsonObject, mine: readonly JsonObject[]): JsonObject => ({
    ...manifest,
    index: { ...membersOf(manifest.index), ...passes(manifest, mine) },
  });
  return {
    ...data,
    settings: { ...membersOf(data.settings), manifest: withPasses(own, [GRANT]) },
    sallyport: { ...membersOf(data.sallyport), rules: { probe: { grant: { answer: [GRANTED] } } } },
    ...(site === undefined ? {} : { site: { ...membersOf(data.site), manifest: withPasses(site, []) } }),
  };
}

const GRANTED = { effect: 'grant', message: '', fix: '' };

function manifestIn(owner: Json | undefined): JsonObject | undefined {
  const { manifest } = membersOf(owner);
  return isObject(manifest) && isObject(manifest.rules) && isObject(manifest.index) ? manifest : undefined;
}

function factsOf(manifest: JsonObject): JsonObject {
  return membersOf(membersOf(manifest.index).facts);
}

function idsIn(manifest: JsonObject | undefined): ReadonlyMap<string, JsonObject> {
  const listed = manifest === undefined ? [] : Object.values(factsOf(manifest)).flatMap(entriesOf);
  return new Map(listed.map((entry) => [String(entry.id), entry]));
}

function entriesOf(listed: Json | undefined): readonly JsonObject[] {
  return isArray(listed) ? listed.filter(isObject) : [];
}

function membersOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listedRule(id: string, about: Json): ListedRule {
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

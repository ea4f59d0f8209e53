import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { RuleContent } from '../contents/rules.ts';
import type { Finding } from '../report/finding.ts';
import type { DataPath } from '../shipped-sources.ts';

export interface RuleQuestion {
  readonly rules: readonly RuleContent[];
  /** Rules that said something in any call that was judged. */
  readonly fired: ReadonlySet<string>;
  /** How many calls those were. */
  readonly judged: number;
  /** What a rule of the sources reads of the data, by its path; undefined where nobody could look. */
  readonly readsOf: (path: string) => Promise<readonly DataPath[] | undefined>;
  readonly data: JsonObject;
}

/** Rules that guard nothing: never asked, never there, or with nothing to say. */
export async function ruleFindings(question: RuleQuestion): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const rule of question.rules) {
    const finding = unreachable(rule) ?? (await silent(rule, question));
    if (finding !== undefined) found.push(rule.at === undefined ? finding : { ...finding, at: rule.at });
  }
  return found;
}

function unreachable({ id, asked, classes }: RuleContent): Finding | undefined {
  const missed = classes.filter((name) => !asked.includes(name));
  if (missed.length === 0) return undefined;
  const what = asked.length === 0 ? 'it is never asked' : `it is never asked about ${missed.join(', ')}`;
  return {
    rule: 'rule-unreachable',
    level: asked.length === 0 ? 'error' : 'warning',
    message: `rule ${id}: the manifest in the data does not list it, so that ${what}`,
    fix: 'build the bundle again with `sallyport build`, which lists every rule',
  };
}

async function silent(rule: RuleContent, { fired, judged, readsOf, data }: RuleQuestion): Promise<Finding | undefined> {
  if (fired.has(rule.id)) return undefined;
  const reads = rule.path === '' ? [] : ((await readsOf(rule.path)) ?? []);
  const empty = reads.filter((path) => path[0] === 'data' && isEmpty(valueAt(data, path.slice(1))));
  if (empty.length > 0) {
    return {
      rule: 'rule-off',
      level: 'note',
      message: `rule ${rule.id} says nothing, as far as ${judged} calls show: ${empty.map((path) => path.join('.')).join(', ')} is empty`,
    };
  }
  return {
    rule: 'rule-dead',
    level: 'warning',
    message: `rule ${rule.id}: none of ${judged} calls made it say anything`,
    fix: 'check its conditions, or add recorded calls with --calls that it is there for',
  };
}

function valueAt(value: Json, path: DataPath): Json | undefined {
  let found: Json | undefined = value;
  for (const name of path) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

function isEmpty(value: Json | undefined): boolean {
  return isObject(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0;
}

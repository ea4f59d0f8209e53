import { ACTION_CLASSES } from '../describe/action.ts';
import { SallyportError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';

const EFFECTS = ['grant', 'hold', 'deny', 'require', 'warn'];
const NEEDS = ['request', 'facts'];

type Owner = 'sallyport' | 'site';

interface Rule {
  readonly id: string;
  readonly category: string;
  readonly rule: string;
  readonly title: string;
  readonly needs: string;
  readonly effect: string;
  readonly classes: readonly string[];
  /** `custom.reverts: spared`: what takes a recorded decision back is not judged by it. */
  readonly sparesReverts: boolean;
}

/**
 * The rule manifest that `main.rego` walks, from the METADATA on each rule's `answer`: `rules` for people and reviewers, `index`
 * by pass and class of act for the evaluation. A rule without `custom.classes` concerns every class.
 *
 * @param inspected what `opa inspect -a -f json` printed about the library
 * @param files the rule files that must each bring an answer, as OPA names them
 * @param owner whose rules they are: the package that they lie under; a site's are called `site/<category>/<rule>`
 * @throws SallyportError `bundle/invalid` naming file and line when a rule's METADATA is missing or wrong.
 */
export function manifestOf(
  inspected: Json,
  files: readonly string[],
  owner: Owner = 'sallyport',
): { readonly manifest: JsonObject } {
  const rules = new Map<string, Rule>();
  for (const annotated of annotationsOf(inspected)) {
    const found = ruleOf(annotated, owner);
    if (found !== undefined) rules.set(found.file, found.rule);
  }
  for (const file of files) {
    if (!rules.has(file)) throw invalid(file, 'there is no METADATA on a rule named answer');
  }
  const sorted = [...rules.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  const listed = sorted.map(({ id, title, needs, effect, classes }) => [id, { title, needs, effect, classes }]);
  return {
    manifest: {
      rules: Object.fromEntries(listed),
      index: { request: indexOf(sorted, 'request'), facts: indexOf(sorted, 'facts') },
    },
  };
}

function indexOf(rules: readonly Rule[], pass: string): JsonObject {
  const asked = rules.filter((rule) => pass === 'facts' || rule.needs === 'request');
  return Object.fromEntries(
    ACTION_CLASSES.map((name) => [
      name,
      asked.filter((rule) => rule.classes.includes(name)).map(entryOf),
    ]),
  );
}

function entryOf({ id, category, rule, sparesReverts }: Rule): JsonObject {
  return { id, category, rule, ...(sparesReverts ? { spares_reverts: true } : {}) };
}

function ruleOf(annotated: JsonObject, owner: Owner): { file: string; rule: Rule } | undefined {
  const path = isArray(annotated.path) ? annotated.path.map((part) => (isObject(part) ? part.value : '')) : [];
  const [root, of, rules, category, rule, answer] = path;
  if (root !== 'data' || of !== owner || rules !== 'rules' || answer !== 'answer' || path.length !== 6)
    return undefined;
  if (typeof category !== 'string' || typeof rule !== 'string') return undefined;
  const location = isObject(annotated.location) ? annotated.location : {};
  const file = String(location.file);
  const at = `${file}:${String(location.row)}`;
  const notes = isObject(annotated.annotations) ? annotated.annotations : {};
  const custom = isObject(notes.custom) ? notes.custom : {};
  if (typeof notes.title !== 'string' || typeof notes.description !== 'string') {
    throw invalid(at, 'METADATA must have a title and a description');
  }
  const checked = {
    id: `${owner === 'site' ? 'site/' : ''}${category}/${rule}`.replaceAll('_', '-'),
    category,
    rule,
    title: notes.title,
    needs: oneOf(at, 'needs', custom.needs, NEEDS),
    effect: oneOf(at, 'effect', custom.effect, EFFECTS),
    classes: classesOf(at, custom.classes),
    sparesReverts: custom.reverts !== undefined && oneOf(at, 'reverts', custom.reverts, ['spared']) === 'spared',
  };
  return { file, rule: checked };
}

function classesOf(at: string, value: Json | undefined): readonly string[] {
  if (value === undefined) return ACTION_CLASSES;
  if (!isArray(value) || value.length === 0)
    throw invalid(at, 'METADATA custom.classes must be a list of action classes');
  return value.map((name) => oneOf(at, 'classes', name, ACTION_CLASSES));
}

function oneOf(at: string, field: string, value: Json | undefined, allowed: readonly string[]): string {
  if (typeof value === 'string' && allowed.includes(value)) return value;
  const shown = value === undefined ? 'missing' : JSON.stringify(value);
  throw invalid(at, `METADATA custom.${field} is ${shown}; it must be one of ${allowed.join(', ')}`);
}

function annotationsOf(inspected: Json): readonly JsonObject[] {
  const annotations = isObject(inspected) ? inspected.annotations : undefined;
  return isArray(annotations) ? annotations.filter(isObject) : [];
}

function invalid(at: string, message: string): SallyportError {
  return new SallyportError('bundle/invalid', `${at}: ${message}`, {
    fix: 'give the rule a METADATA comment with title, description, custom.needs and custom.effect',
  });
}

import { isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { type Finding, isEmpty, Powers } from './powers.ts';

/** Verbs by which one gets rights that one was not given. */
const ROOT_VERBS: ReadonlySet<string> = new Set(['*', 'bind', 'escalate', 'impersonate']);
/** A cluster role with such a label is added to those that gather by it. */
const GATHERED = /^rbac\.authorization\.k8s\.io\/aggregate-to-/;
/** More combinations than this are not compared one by one. */
const MOST_RIGHTS = 20_000;

interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** `''`: whatever it is called. */
  readonly name: string;
}

/** What the holders of a role may do after a change that they could not before. */
export function roleEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  const found = gathering(after).since(gathering(before ?? {}));
  const had = rulesOf(before ?? {});
  const has = rulesOf(after);
  if (had === undefined || has === undefined) return found.add('unknown');
  let left = MOST_RIGHTS;
  for (const rule of has) {
    for (const right of rightsOf(rule)) {
      left -= 1;
      if (left < 0) return found.add('unknown');
      if (had.some((old) => covers(old, right))) continue;
      found.add('RBAC');
      if (isRoot(right)) found.add('RBAC root');
    }
  }
  return found;
}

function gathering(role: JsonObject): Powers {
  const powers = new Powers().fix('RBAC', 'aggregationRule', role.aggregationRule);
  powers.fix('RBAC root', 'aggregationRule', role.aggregationRule);
  const { labels } = metadataOf(role);
  for (const [key, value] of Object.entries(isObject(labels) ? labels : {})) {
    if (!GATHERED.test(key) || value !== 'true') continue;
    powers.hold('RBAC', key).hold('RBAC root', key);
  }
  return powers;
}

type Rule = Readonly<Record<(typeof PARTS)[number], readonly string[]>>;
const PARTS = ['apiGroups', 'resources', 'verbs', 'resourceNames', 'nonResourceURLs'] as const;

function rulesOf(role: JsonObject): readonly Rule[] | undefined {
  const rules = role.rules ?? [];
  if (!isArray(rules)) return undefined;
  const read: Rule[] = [];
  for (const rule of rules) {
    if (!isObject(rule)) return undefined;
    const [apiGroups, resources, verbs, resourceNames, nonResourceURLs] = PARTS.map((name) => texts(rule[name]));
    if (!apiGroups || !resources || !verbs || !resourceNames || !nonResourceURLs) return undefined;
    read.push({ apiGroups, resources, verbs, resourceNames, nonResourceURLs });
  }
  return read;
}

function texts(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!isArray(value)) return undefined;
  const found = value.filter((item) => typeof item === 'string');
  return found.length === value.length ? found : undefined;
}

/** In a right a path takes the place of the resource, and there is no group. */
const PATH = 'path ';

function* rightsOf({ apiGroups, resources, verbs, resourceNames, nonResourceURLs }: Rule): Generator<Right> {
  const names = resourceNames.length === 0 ? [''] : resourceNames;
  for (const verb of verbs) {
    for (const path of nonResourceURLs) yield { group: '', resource: PATH + path, verb, name: '' };
    for (const group of apiGroups)
      for (const resource of resources) for (const name of names) yield { group, resource, verb, name };
  }
}

function covers(rule: Rule, { group, resource, verb, name }: Right): boolean {
  if (!rule.verbs.includes('*') && !rule.verbs.includes(verb)) return false;
  if (resource.startsWith(PATH))
    return rule.nonResourceURLs.some((url) => coversPath(url, resource.slice(PATH.length)));
  if (!rule.apiGroups.includes('*') && !rule.apiGroups.includes(group)) return false;
  const slash = resource.indexOf('/');
  const anySubresource = slash < 0 ? '' : `*${resource.slice(slash)}`;
  if (!rule.resources.some((one) => one === '*' || one === resource || one === anySubresource)) return false;
  return rule.resourceNames.length === 0 || (name !== '' && rule.resourceNames.includes(name));
}

function coversPath(url: string, path: string): boolean {
  return url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}

function isRoot({ group, resource, verb }: Right): boolean {
  return ROOT_VERBS.has(verb) || group === '*' || resource.startsWith('*') || resource === `${PATH}*`;
}

/** Who holds a role after a change and did not before; all of them, when it is another role. */
export function bindingEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  const powers = [before ?? {}, after].map((binding) => {
    const { kind, name } = isObject(binding.roleRef) ? binding.roleRef : { kind: '', name: '' };
    const held = new Powers();
    const subjects = binding.subjects ?? [];
    if (!isArray(subjects)) return held.fix('unknown', 'subjects', subjects);
    for (const subject of subjects.filter(isObject)) {
      const who = `${String(subject.kind)} ${String(subject.namespace ?? '')} ${String(subject.name)}`;
      held.hold('RBAC', `${String(kind)} ${String(name)}`, who);
      if (isEverybody(subject) || name === 'cluster-admin')
        held.hold('RBAC root', `${String(kind)} ${String(name)}`, who);
    }
    return held;
  });
  const [was, is] = powers;
  return was === undefined || is === undefined ? new Set(['unknown']) : is.since(was);
}

/** Groups of the system gather whoever gets in, or whole kinds of them. */
function isEverybody({ kind, name }: JsonObject): boolean {
  return (kind === 'Group' || kind === 'User') && !isEmpty(name) && String(name).startsWith('system:');
}

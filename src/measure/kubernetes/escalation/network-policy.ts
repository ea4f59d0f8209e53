import { canonicalJson, isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import { type Finding, isEmpty, part } from './powers.ts';

/**
 * Whether pods can be reached, or can reach, what they could not before. Policies only ever add: each closes the pods that it
 * chooses but for what it lets through, so one that lets nothing through opens nothing, and any other may open pods that another
 * policy had closed.
 */
export function networkPolicyEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  const found = new Set<Finding>();
  const now = part(after, 'spec');
  const old = part(before, 'spec');
  if (before !== undefined) {
    const chosen = [old, now].map(({ podSelector }) => canonicalJson(podSelector ?? {}));
    const closes = typesOf(old).every((type) => typesOf(now).includes(type));
    if (chosen[0] !== chosen[1] || !closes) found.add('network policy');
  }
  for (const direction of ['ingress', 'egress'] as const) {
    const rules = rulesOf(now[direction]);
    const had = before === undefined ? [] : rulesOf(old[direction]);
    if (rules === undefined || had === undefined) return found.add('unknown');
    const peers = direction === 'ingress' ? 'from' : 'to';
    if (!rules.every((rule) => had.some((one) => covers(one, rule, peers)))) found.add('network policy');
  }
  return found;
}

/** As the server fills them in. */
function typesOf({ policyTypes, egress }: JsonObject): readonly Json[] {
  if (isArray(policyTypes) && policyTypes.length > 0) return policyTypes;
  return isEmpty(egress) ? ['Ingress'] : ['Ingress', 'Egress'];
}

function rulesOf(rules: Json | undefined): readonly JsonObject[] | undefined {
  const list = rules ?? [];
  if (!isArray(list)) return undefined;
  const found = list.filter(isObject);
  return found.length === list.length ? found : undefined;
}

/** Without peers it is everybody, without ports every port. */
function covers(had: JsonObject, has: JsonObject, peers: 'from' | 'to'): boolean {
  return contains(had[peers], has[peers]) && contains(had.ports, has.ports);
}

function contains(had: Json | undefined, has: Json | undefined): boolean {
  if (isEmpty(had)) return true;
  if (isEmpty(has) || !isArray(had) || !isArray(has)) return false;
  const known = new Set(had.map(canonicalJson));
  return has.every((one) => known.has(canonicalJson(one)));
}

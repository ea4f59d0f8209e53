import { canonicalJson, isObject, type Json, type JsonObject } from '../../../json.ts';
import { type Finding, part } from './powers.ts';

/** Whether more may be had than before. A quota that is new only takes away. */
export function quotaEscalations(before: JsonObject | undefined, after: JsonObject): ReadonlySet<Finding> {
  if (before === undefined) return new Set();
  const { hard: had, ...old } = part(before, 'spec');
  const { hard: has, ...now } = part(after, 'spec');
  const limits = isObject(has) ? has : {};
  const looser = Object.entries(isObject(had) ? had : {}).some(([name, limit]) => !isWithin(limits[name], limit));
  // Whom it counts says by scopes: of others than before it may count fewer.
  return new Set(looser || canonicalJson(old) !== canonicalJson(now) ? ['quota'] : []);
}

/** Any other range than before may allow more. */
export function rangeEscalations(before: JsonObject | undefined, after: JsonObject): ReadonlySet<Finding> {
  const differs = before !== undefined && canonicalJson(part(before, 'spec')) !== canonicalJson(part(after, 'spec'));
  return new Set(differs ? ['quota'] : []);
}

function isWithin(limit: Json | undefined, before: Json): boolean {
  const [now, old] = [quantity(limit), quantity(before)];
  return now !== undefined && old !== undefined && now <= old;
}

const FACTORS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A Kubernetes quantity as a number; undefined for what is none. */
function quantity(value: Json | undefined): number | undefined {
  const [, digits, suffix = ''] = /^(-?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]?i?)$/.exec(String(value)) ?? [];
  const factor = FACTORS[suffix];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

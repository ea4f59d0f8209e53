import type { z } from 'zod';
import { chosenBy } from '../../../config/routes.ts';
import { leaf, mapping, text, yesOrNo } from '../../../config/values.ts';
import { isObject, type JsonObject } from '../../../json.ts';
import { amount, count, isJson, label, oneOf, truth, words } from './values.ts';

const labels = () =>
  mapping({
    environment: label().optional(),
    service: label().optional(),
    tier: label().optional(),
    team: label().optional(),
    regulated: label().optional(),
  });

const WAYS = ['inverse', 'revision', 'recreate', 'not_needed', 'none', 'unknown'] as const;
const wayBack = leaf(`one of ${WAYS.join(', ')}, or {how, exact, captured}`, (value) => {
  const given: JsonObject = isObject(value) ? value : { how: isJson(value) ? value : null };
  const { how, exact = how !== 'unknown' || how, captured = how !== 'unknown' || how, ...rest } = given;
  const way = WAYS.find((one) => one === how);
  if (way === undefined || Object.keys(rest).length > 0 || !isTruth(exact) || !isTruth(captured)) return undefined;
  return { how: way, exact, captured };
});

function isTruth(value: unknown): value is boolean | 'unknown' {
  return typeof value === 'boolean' || value === 'unknown';
}

const blast = mapping({
  known: yesOrNo().default(true),
  objects: count().default(1),
  replicas: count().optional(),
  pods: count().default(0),
  share: amount().optional(),
  namespaces: count().default(1),
  scope: oneOf('none', 'object', 'collection', 'namespace', 'cluster', 'unknown').default('object'),
  open: truth().default(false),
});

type GivenBlast = z.infer<typeof blast>;

/** What would be measured. */
export const factsSchema = mapping({
  environment: label().optional(),
  service: label().optional(),
  tier: label().optional(),
  team: label().optional(),
  regulated: label().optional(),
  labels: mapping({ namespace: labels().optional(), object: labels().optional() }).optional(),
  exists: truth().optional(),
  uid: text('an id').optional(),
  managed_by: text('a name, none or unknown').optional(),
  blast: chosenBy(
    (value): z.ZodType<'unknown' | GivenBlast> => (value === 'unknown' ? oneOf('unknown') : blast),
  ).optional(),
  way_back: wayBack.optional(),
  change_paths: words('a list of JSON pointers').optional(),
  escalates: words('a list of escalations').optional(),
  touches_authority: truth().optional(),
});
export type GivenFacts = z.infer<typeof factsSchema>;

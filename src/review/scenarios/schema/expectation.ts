import { z } from 'zod';
import { chosenBy } from '../../../config/routes.ts';
import { leaf, mapping, text } from '../../../config/values.ts';
import { OBLIGATIONS, type ObligationName, type Outcome } from '../../../decide/verdict.ts';
import { isObject, type JsonObject } from '../../../json.ts';
import { oneOf } from './values.ts';

const OUTCOMES: readonly Outcome[] = ['allow', 'hold', 'deny'];

/** `deny`, or a list where any of several will do. */
const outcome = leaf(`${OUTCOMES.join(', ')}, or a list of them`, (value): readonly Outcome[] | undefined => {
  const named: readonly unknown[] = Array.isArray(value) ? value : [value];
  const outcomes = OUTCOMES.filter((one) => named.includes(one));
  return outcomes.length === named.length && outcomes.length > 0 ? outcomes : undefined;
});

/** Rules by name: just these, or at least these. */
export interface ExpectedRules {
  readonly exact: boolean;
  readonly rules: readonly string[];
}

const names = z.array(text('the name of a rule: category/rule'), { error: 'a list of rules' });

const rules = chosenBy(
  (value): z.ZodType<ExpectedRules> =>
    isObject(value)
      ? mapping({ includes: names }).transform(({ includes }) => ({ exact: false, rules: includes }))
      : names.transform((exact) => ({ exact: true, rules: exact })),
);

const texts = leaf('text, or a list of texts', (value): readonly string[] | undefined => {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.length > 0 && all.every((one): one is string => typeof one === 'string' && one !== '') ? all : undefined;
});

/** Names alone, or names with their parameters. */
const obligations = leaf(
  `a list of ${OBLIGATIONS.join(', ')}, or a mapping of them to their parameters`,
  (value): ReadonlyMap<ObligationName, JsonObject | undefined> | undefined => {
    const given: readonly (readonly [unknown, unknown])[] = Array.isArray(value)
      ? value.map((name) => [name, undefined])
      : isObject(value)
        ? Object.entries(value)
        : [['', undefined]];
    const read = new Map<ObligationName, JsonObject | undefined>();
    for (const [written, params] of given) {
      const name = OBLIGATIONS.find((one) => one === written);
      if (name === undefined || read.has(name) || !(params === undefined || isObject(params))) return undefined;
      read.set(name, params);
    }
    return read;
  },
);

const quantity = leaf('a whole number', (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined,
);

const hold = mapping({
  kind: oneOf('people', 'window', 'evidence').optional(),
  key: text('the key of a hold').optional(),
  people: quantity.optional(),
  groups: z.array(text('the name of a group'), { error: 'a list of groups' }).optional(),
  until: text('an RFC 3339 time').optional(),
});

const someAdvice = mapping({ level: quantity.optional(), outcome: outcome.optional() });
const advice = chosenBy(
  (value): z.ZodType<'none' | z.infer<typeof someAdvice>> => (value === 'none' ? oneOf('none') : someAdvice),
);

/** What a case may expect. */
export const EXPECTATION = {
  outcome,
  by: oneOf('gate', 'policy', 'shadow').optional(),
  tier: oneOf('A', 'B', 'C').optional(),
  environment: text('an environment').optional(),
  rules: rules.optional(),
  fires: names.optional(),
  not_rules: names.optional(),
  obligations: obligations.optional(),
  holds: z.array(hold, { error: 'a list of holds' }).optional(),
  message: texts.optional(),
  fix: texts.optional(),
  warning: texts.optional(),
  advice: advice.optional(),
  policy: mapping({ outcome: outcome.optional(), rules: rules.optional() }).optional(),
};

const expectationSchema = mapping(EXPECTATION);
export type Expectation = z.infer<typeof expectationSchema>;

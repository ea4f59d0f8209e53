import { z } from 'zod';
import { leaf, mapping, moment, text, yesOrNo } from '../../../config/values.ts';
import { OBLIGATIONS } from '../../../decide/verdict.ts';
import { isObject } from '../../../json.ts';
import { freezeScopeSchema } from '../../../operate/freeze.ts';
import { type FreezeScope, NAMED_SCOPES } from '../../../operate/freeze-scope.ts';
import { amount, count, oneOf } from './values.ts';

const sums = mapping({
  changes: count().default(0),
  objects: count().default(0),
  pods: count().default(0),
  share: amount().default(0),
  frees: text('a time').default(''),
  calls: z.array(text('an id'), { error: 'a list' }).default([]),
});
/** What an account has spent, by environment. */
const account = z.record(z.string(), sums, { error: 'a mapping by environment' });
const tally = leaf('a whole number, or unknown', (value) =>
  value === 'unknown' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) ? value : undefined,
);

const FREEZE_SCOPES = ['everything', ...NAMED_SCOPES.map((kind) => `{${kind}: ...}`)].join(', ');

const freeze = mapping({
  scope: leaf(FREEZE_SCOPES, (value): FreezeScope | undefined => {
    const [[kind, name] = ['', ''], ...more] = isObject(value) ? Object.entries(value) : [[value, value]];
    if (more.length > 0) return undefined;
    const parsed = freezeScopeSchema.safeParse(kind === 'everything' ? { kind } : { kind, [String(kind)]: name });
    return parsed.success ? parsed.data : undefined;
  }),
  reads: yesOrNo().default(false),
  by: text('an operator').default('operator'),
  why: text('a reason').default('something is wrong'),
  until: moment().optional(),
});

/** The gate's own state. */
export const stateSchema = mapping({
  freezes: z.array(freeze, { error: 'a list' }).default([]),
  counts: mapping({
    calls: count().optional(),
    changes: count().optional(),
    denied: count().optional(),
    repeats: tally.optional(),
    under_way: mapping({
      agent: count().optional(),
      services: z.record(z.string(), count(), { error: 'a mapping by service' }).optional(),
      intent: count().optional(),
    }).optional(),
  }).prefault({}),
  spent: mapping({
    agent: account.optional(),
    services: z.record(z.string(), account, { error: 'a mapping by service' }).optional(),
    intent: account.optional(),
  }).prefault({}),
  failures: tally.optional(),
  verification: oneOf('none', 'running', 'failed', 'inconclusive', 'unknown').default('none'),
  unknown: z.array(oneOf('counts', 'spent', 'failures'), { error: 'a list of counts, spent, failures' }).default([]),
  can: z.array(oneOf(...OBLIGATIONS), { error: `a list of ${OBLIGATIONS.join(', ')}` }).optional(),
});
export type GivenState = z.infer<typeof stateSchema>;

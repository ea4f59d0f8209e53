import { z } from 'zod';
import { chosenBy } from '../../config/routes.ts';
import { leaf, mapping, moment, refuse, text, yesOrNo } from '../../config/values.ts';
import { OBLIGATIONS } from '../../decide/verdict.ts';
import { messageOf } from '../../errors.ts';
import { checkLevel } from '../../identify/agent.ts';
import { checkScope, type Dimension } from '../../identify/scope.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { type FreezeScope, freezeScopeSchema } from '../../operate/freeze.ts';

// What a case may say of the call and of everything around it. Every field is named, so that one that does not exist is an
// error with its line.

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** A value, or `unknown`: what the gate says when a fact could not be had. */
function known<T>(expected: string, read: (value: unknown) => T | undefined) {
  return leaf(`${expected}, or unknown`, (value): T | 'unknown' | undefined =>
    value === 'unknown' ? 'unknown' : read(value),
  );
}

const truth = () => known('true or false', (value) => (typeof value === 'boolean' ? value : undefined));
const count = () =>
  known('a whole number', (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined,
  );
const amount = () =>
  known('a number of at least 0', (value) => (typeof value === 'number' && value >= 0 ? value : undefined));
const words = (expected: string) => known(expected, (value) => (isTexts(value) ? value : undefined));
const label = () =>
  leaf('a label value, none or unknown', (value) => {
    const written = typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
    return typeof written === 'string' && LABEL.test(written) ? written : undefined;
  });
const labels = () =>
  mapping({
    environment: label().optional(),
    service: label().optional(),
    tier: label().optional(),
    team: label().optional(),
    regulated: label().optional(),
  });

/** One of these words. */
export function oneOf<const T extends readonly (string | number)[]>(...allowed: T) {
  return leaf(`one of ${allowed.join(', ')}`, (value): T[number] | undefined => allowed.find((one) => one === value));
}

/** Any JSON value: what a client would send. */
export function json() {
  return leaf('a value', (value): Json | undefined => (isJson(value) ? value : undefined));
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isObject(value) && Object.values(value).every(isJson);
}

const level = () =>
  leaf('a level from 0 to 5', (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 5) return undefined;
    return checkLevel(value);
  });

/** A dimension of the grant; where nothing is said, it covers everything. */
function dimension(name: Dimension) {
  return leaf('a list of names, or ["*"]', (value) => {
    if (!isTexts(value) && !(Array.isArray(value) && value.length === 0)) return undefined;
    try {
      return checkScope({ [name]: value })[name];
    } catch (thrown) {
      return refuse(messageOf(thrown));
    }
  }).default(['*']);
}

const narrowing = () =>
  leaf('{environment: ..., level: ...} or {service: ..., level: ...}', (value) => {
    if (!isObject(value) || Object.keys(value).length !== 2) return undefined;
    const { environment, service, level: to } = value;
    if (typeof to !== 'number' || !Number.isInteger(to) || to < 0 || to > 5) return undefined;
    if (typeof environment === 'string') return { environment, level: checkLevel(to) };
    return typeof service === 'string' ? { service, level: checkLevel(to) } : undefined;
  });

const agentSchema = mapping({
  id: text('an agent id', NAME).default('agent'),
  team: text('a team').default('agents'),
  owner: text('an owner').default('owner'),
  level: level().default(1),
  narrowed: z.array(narrowing(), { error: 'a list' }).default([]),
  scope: mapping({
    routes: dimension('routes'),
    environments: dimension('environments'),
    services: dimension('services'),
    teams: dimension('teams'),
    namespaces: dimension('namespaces'),
    accounts: dimension('accounts'),
    tools: dimension('tools'),
  }).prefault({}),
  credential: oneOf('token', 'jwt', 'certificate').default('token'),
  intent: text('the intent that the token is bound to').optional(),
});

const routeSchema = mapping({
  name: text('the name of a route', NAME).default('cluster'),
  surface: oneOf('kubernetes').default('kubernetes'),
  environment: label().default('none'),
  service: label().default('none'),
  tier: label().default('none'),
  team: label().default('none'),
  regulated: label().default('none'),
  shadow: moment().optional(),
});

const claim = () => text('text').optional();

/** What the caller says of itself. */
export const claimsSchema = mapping({
  reason: claim(),
  incident: claim(),
  intent: claim(),
  confidence: leaf('a number from 0 to 1, or unknown', (value): number | 'unknown' | undefined =>
    value === 'unknown' || (typeof value === 'number' && value >= 0 && value <= 1) ? value : undefined,
  ).optional(),
  runbook: claim(),
  alert: claim(),
  incident_class: claim(),
  plan: claim(),
  links: words('a list of links').optional(),
  success_signal: claim(),
});
export type GivenClaims = z.infer<typeof claimsSchema>;

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
const factsSchema = mapping({
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

const freeze = mapping({
  scope: leaf('everything, {environment: ...}, {route: ...} or {agent: ...}', (value): FreezeScope | undefined => {
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
const stateSchema = mapping({
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
  unknown: z.array(oneOf('counts', 'spent', 'failures'), { error: 'a list of counts, spent, failures' }).default([]),
  can: z.array(oneOf(...OBLIGATIONS), { error: `a list of ${OBLIGATIONS.join(', ')}` }).optional(),
});
export type GivenState = z.infer<typeof stateSchema>;

/** Everything of a case but what is expected. */
export const GIVEN = {
  call: text('a call: `kubectl ...`, or METHOD /path'),
  object: json().optional(),
  body: json().optional(),
  headers: z.record(z.string(), text('text'), { error: 'a mapping of headers' }).default({}),
  time: moment(),
  agent: agentSchema.prefault({}),
  route: routeSchema.prefault({}),
  claims: claimsSchema.prefault({}),
  facts: factsSchema.prefault({}),
  state: stateSchema.prefault({}),
  settings: leaf('a mapping, as under data/', (value) => (isObject(value) ? value : undefined)).optional(),
};

const givenSchema = mapping(GIVEN);
export type Given = z.infer<typeof givenSchema>;

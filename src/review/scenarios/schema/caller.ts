import { z } from 'zod';
import { leaf, mapping, moment, refuse, text, yesOrNo } from '../../../config/values.ts';
import { messageOf } from '../../../errors.ts';
import { checkLevel } from '../../../identify/agent.ts';
import { checkScope, type Dimension } from '../../../identify/scope.ts';
import { isObject } from '../../../json.ts';
import { isTexts, label, oneOf, words } from './values.ts';

// Who calls, by which route, and what they say of themselves.

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

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

export const agentSchema = mapping({
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

/** That the call takes a recorded decision back, as only the gate itself makes such calls. */
export const revertsSchema = mapping({
  by: oneOf('operator', 'gate'),
  at: moment(),
  forced: yesOrNo().default(false),
}).optional();

export const routeSchema = mapping({
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

/** What was attached to the intent of the call, oldest first. */
export const signalsSchema = z
  .array(
    mapping({
      source: text('a source'),
      stance: oneOf('supports', 'contradicts').default('supports'),
      pattern: text('the name of a pattern').optional(),
      // Seconds before the call that it was observed and attached.
      age: leaf('a whole number of seconds', (value) =>
        typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined,
      ).default(0),
    }),
    { error: 'a list of {source: ..., stance: ..., pattern: ..., age: ...}' },
  )
  .default([]);

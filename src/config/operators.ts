import { z } from 'zod';
import type { Config, OperatorIssuer } from '../config.ts';
import { checkRole } from '../identify/operator.ts';
import { ROLES, type Role } from '../identify/permissions.ts';
import { duration, leaf, mapping, text } from './values.ts';
import { keySetPlace, webAddress } from './web-address.ts';
import { Brought, type Problem, valueAt, WHOLE } from './yaml-problems.ts';

const HOUR = 3_600_000;
/** The values that a configuration has when it does not say. */
export const OPERATOR_DEFAULTS: Config['operators'] = { origin: undefined, session: 8 * HOUR, issuers: [] };
const LONGEST_SESSION = 24 * HOUR;
const ROLE = ROLES.join(', ');

/** `operators:`: where people log in, and what that makes them. */
export function operatorsSchema(folder: string) {
  return mapping({
    origin: leaf('an origin like https://gate.example.com', readOrigin).optional(),
    session: duration(LONGEST_SESSION).default(OPERATOR_DEFAULTS.session),
    issuers: z.array(issuerSchema(folder), { error: 'a list of issuers' }).default([]),
  }).transform(({ origin, ...rest }): Config['operators'] => ({ origin, ...rest }));
}

function issuerSchema(folder: string) {
  return mapping({
    issuer: text('the issuer, as tokens name it in iss'),
    audience: text("the audience that operators' tokens must be for; not that of agents"),
    jwks: keySetPlace(folder),
    name: text('the claim that names a person').default('name'),
    roles: z.array(roleSchema(), { error: 'a list of claims and what they make of a person' }).min(1, {
      error: 'at least one claim and what it makes of a person',
    }),
    login: loginSchema().optional(),
  }).transform(({ login, ...rest }): OperatorIssuer => ({ ...rest, login }));
}

function roleSchema() {
  return mapping({
    claim: text('the name of a claim'),
    value: text('what the claim must be, or have in it'),
    role: leaf(`one of ${ROLE}`, (value): Role | undefined => ROLES.find((role) => role === value)),
    groups: z.array(text("a group's name"), { error: 'a list of groups' }).default([]),
  }).superRefine(({ role, groups }, context) => {
    try {
      checkRole(role, groups);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'these groups do not fit the role';
      context.addIssue({ code: 'custom', path: ['groups'], message, params: WHOLE });
    }
  });
}

function loginSchema() {
  return mapping({
    clientId: text('the id that the issuer knows this gate by'),
    clientSecret: text("the client's secret").optional(),
    authorizationEndpoint: webAddress("the https address of the issuer's authorization endpoint"),
    tokenEndpoint: webAddress("the https address of the issuer's token endpoint"),
    scopes: z.array(text('a scope', /^[\x21\x23-\x5b\x5d-\x7e]+$/), { error: 'a list of scopes' }).default(['openid']),
  }).transform(({ clientSecret, ...rest }) => ({ ...rest, clientSecret }));
}

function readOrigin(value: unknown): string | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  return value === url.origin ? url.origin : undefined;
}

/** An agent's token that is for operators too would let an agent approve what it asks for. */
export function sharedAudiences(config: unknown): Problem[] {
  const agents = listAt(config, ['identity', 'issuers']);
  return listAt(config, ['operators', 'issuers']).flatMap((operator, index): Problem[] => {
    const same = agents.filter((agent) => textAt(agent, ['issuer']) === textAt(operator, ['issuer']));
    const taken = same.map((agent) => textAt(agent, ['audience']));
    return [['audience'], ['login', 'clientId']].flatMap((key): Problem[] => {
      const audience = textAt(operator, key);
      if (audience === undefined || !taken.includes(audience)) return [];
      const message = "agents' tokens of this issuer have this audience too; operators need one of their own";
      return [{ path: ['operators', 'issuers', index, ...key], at: 'value', message }];
    });
  });
}

function textAt(config: unknown, path: readonly string[]): string | undefined {
  const found = valueAt(config, path);
  const text = found instanceof Brought ? found.text : found;
  return typeof text === 'string' ? text : undefined;
}

function listAt(config: unknown, path: readonly string[]): readonly unknown[] {
  const found = valueAt(config, path);
  return Array.isArray(found) ? found : [];
}

import { z } from 'zod';
import { SallyportError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { Agent, Level, Narrowing, Scope } from './principal.ts';
import { checkScope } from './scope.ts';

/** What an operator says of a new agent; the registry adds who granted it and when. */
export interface NewAgent {
  readonly id: string;
  readonly team: string;
  readonly owner: string;
  /** 1 when left out. */
  readonly level?: Level;
  readonly narrowed?: readonly Narrowing[];
  /** Dimensions left out match nothing. */
  readonly scope?: Partial<Scope>;
  readonly identities?: readonly Identity[];
  /** RFC 3339 with an offset, at most a year ahead; 90 days ahead when left out. */
  readonly expires?: string;
}

/** Who somebody is to an issuer: the pair, because two issuers may use the same subject. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

const DAY = 86_400_000;
const DEFAULT_GRANT = 90 * DAY;
const AGENT_ID = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
// Printed in logs and terminals, hence no controls and no characters that reorder text.
const LINE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u;

/**
 * The agent that a new grant makes.
 * @throws SallyportError `request/invalid`, naming the field.
 */
export function createAgent(given: NewAgent, by: string, why: string, now: Date): Agent {
  if (!AGENT_ID.test(given.id)) {
    throw new SallyportError('request/invalid', `id: ${quote(given.id)} is not an agent's id`, {
      fix: '1 to 63 lower-case letters, digits and -, beginning and ending with a letter or digit',
    });
  }
  return {
    id: given.id,
    team: checkLine('team', given.team, 253),
    owner: checkLine('owner', given.owner, 253),
    level: checkLevel(given.level ?? 1),
    narrowed: checkNarrowed(given.narrowed ?? []),
    scope: checkScope(given.scope ?? {}),
    identities: checkIdentities(given.identities ?? []),
    grantedBy: checkLine('by', by, 253),
    grantedAt: now.toISOString(),
    why: checkWhy(why),
    expires: checkExpires(given.expires, now),
    revokedAt: null,
    tokensNotBefore: null,
  };
}

/** @throws SallyportError `request/invalid` unless it is a level of T1, 0 to 5. */
export function checkLevel(level: number): Level {
  if (level === 0 || level === 1 || level === 2 || level === 3 || level === 4 || level === 5) return level;
  throw new SallyportError('request/invalid', `level: ${quote(String(level))} is not a level`, { fix: '0 to 5' });
}

/** @throws SallyportError `request/invalid` on an entry that cannot be one, or two for the same place. */
export function checkNarrowed(given: readonly Narrowing[]): readonly Narrowing[] {
  const places = new Set<string>();
  return given.map((entry) => {
    if (Object.keys(entry).length !== 2) {
      throw new SallyportError('request/invalid', 'narrowed: an entry is a level for one environment or one service');
    }
    const level = checkLevel(entry.level);
    const [kind, name] = 'environment' in entry ? ['environment', entry.environment] : ['service', entry.service];
    const checked = checkLine(`narrowed.${kind}`, name, 253);
    if (places.has(`${kind} ${checked}`)) {
      throw new SallyportError('request/invalid', `narrowed: ${kind} ${quote(checked)} is there twice`);
    }
    places.add(`${kind} ${checked}`);
    return kind === 'environment' ? { environment: checked, level } : { service: checked, level };
  });
}

/** @throws SallyportError `request/invalid` on an empty or unprintable part, or a pair that is there twice. */
export function checkIdentities(given: readonly Identity[]): readonly Identity[] {
  const identities = given.map(({ issuer, subject }) => ({
    issuer: checkLine('identities.issuer', issuer, 1024),
    subject: checkLine('identities.subject', subject, 1024),
  }));
  const keys = new Set(identities.map(identityKey));
  if (keys.size < identities.length) throw new SallyportError('request/invalid', 'identities: a pair is there twice');
  return identities;
}

/** @throws SallyportError `request/invalid` unless it is 1 to 1000 printable characters. */
export function checkWhy(why: string): string {
  const reason = why.trim();
  // A reason may have several lines.
  if (reason.length <= 1000 && LINE.test(reason.replaceAll('\n', ' '))) return reason;
  throw new SallyportError('request/invalid', 'why must have 1 to 1000 characters', {
    fix: 'say in a sentence why, for those who read the log later',
  });
}

/** @throws SallyportError `request/invalid` unless it is one printable line without space around it. */
export function checkLine(what: string, text: string, most: number): string {
  if (text.length <= most && text === text.trim() && LINE.test(text)) return text;
  throw new SallyportError('request/invalid', `${what} must be one printable line of 1 to ${most} characters`);
}

/** @throws SallyportError `request/invalid` unless it is a time after `now`, RFC 3339 with an offset. */
export function checkFuture(what: string, text: string, now: Date): Date {
  const time = z.iso.datetime({ offset: true }).safeParse(text).success ? new Date(text) : undefined;
  if (time !== undefined && time > now) return time;
  throw new SallyportError('request/invalid', `${what} must be an RFC 3339 time after now: ${quote(text)}`, {
    fix: 'for example 2030-01-31T18:00:00Z',
  });
}

/** @throws SallyportError `request/invalid` unless it is a time from now to a year ahead. */
export function checkExpires(given: string | undefined, now: Date): string {
  if (given === undefined) return new Date(now.getTime() + DEFAULT_GRANT).toISOString();
  const time = checkFuture('expires', given, now);
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + 1);
  if (time > latest) {
    throw new SallyportError('request/invalid', `expires: ${quote(given)} is more than a year ahead`, {
      fix: `at the latest ${latest.toISOString()}; a grant is renewed, not given for ever`,
    });
  }
  return time.toISOString();
}

/** One string for a pair; no two pairs share it. */
export function identityKey(identity: Identity): string {
  return JSON.stringify([identity.issuer, identity.subject]);
}

const level = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]);
const instant = z.iso.datetime({ precision: 3 });
const names = z.array(z.string());
const agentSchema = z.strictObject({
  id: z.string().regex(AGENT_ID),
  team: z.string(),
  owner: z.string(),
  level,
  narrowed: z.array(
    z.union([z.strictObject({ environment: z.string(), level }), z.strictObject({ service: z.string(), level })]),
  ),
  scope: z.strictObject({
    routes: names,
    environments: names,
    services: names,
    teams: names,
    namespaces: names,
    accounts: names,
    tools: names,
  }),
  identities: z.array(z.strictObject({ issuer: z.string(), subject: z.string() })),
  grantedBy: z.string(),
  grantedAt: instant,
  why: z.string(),
  expires: instant,
  revokedAt: instant.nullable(),
  tokensNotBefore: instant.nullable(),
});

/** The agent in a stored document, or undefined when it is none. */
export function agentFromJson(body: JsonObject): Agent | undefined {
  const parsed = agentSchema.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}

/** The stored, recorded and served form. */
export function agentToJson(agent: Agent): JsonObject {
  return {
    ...agent,
    narrowed: agent.narrowed.map((entry) => ({ ...entry })),
    scope: { ...agent.scope },
    identities: agent.identities.map((identity) => ({ ...identity })),
  };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

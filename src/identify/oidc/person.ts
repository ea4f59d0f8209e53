import { createHash } from 'node:crypto';
import type { OperatorIssuer } from '../../config.ts';
import { type Identity, identityKey } from '../agent.ts';
import { checkName } from '../operator.ts';
import { highestRole, type Role } from '../permissions.ts';

/** What the ids of an identity provider's people begin with. */
export const FEDERATED_PREFIX = 'oidc:';

/** Somebody as an issuer's token has them: the pair of issuer and subject is who they are, all else may change. */
export interface Person extends Identity {
  /** `oidc:` and 32 hexadecimal digits of the pair's SHA-256: the same for ever, in paths and in the record. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly groups: readonly string[];
  /** All by which others may have written them down (as the owner of an agent, say): tells only who they are not to decide about. */
  readonly aliases: readonly string[];
}

export type Claims = Readonly<Record<string, unknown>>;

/** The id of a pair of issuer and subject. */
export function personId(identity: Identity): string {
  return `${FEDERATED_PREFIX}${createHash('sha256').update(identityKey(identity)).digest('hex').slice(0, 32)}`;
}

/**
 * What an issuer's claims make of somebody: of all mappings that match the highest role, and the groups of each;
 * undefined when none matches, and then they are nobody here.
 */
export function personOf(issuer: OperatorIssuer, subject: string, claims: Claims): Person | undefined {
  const matching = issuer.roles.filter(({ claim, value }) => has(claims, claim, value));
  const role = highestRole(matching.map((mapping) => mapping.role));
  if (role === undefined) return undefined;
  const identity = { issuer: issuer.issuer, subject };
  const id = personId(identity);
  const name = nameOf(claims, issuer.name, [subject, id]);
  return { ...identity, id, name, role, groups: groupsOf(role, matching), aliases: aliasesOf(claims, subject) };
}

const NAMING = ['name', 'email', 'preferred_username', 'upn', 'nickname'];
const LONGEST_ALIAS = 253;

function aliasesOf(claims: Claims, subject: string): readonly string[] {
  const given = NAMING.map((claim) => (Object.hasOwn(claims, claim) ? claims[claim] : undefined));
  const texts = [subject, ...given].filter((text): text is string => typeof text === 'string' && text !== '');
  return [...new Set(texts.filter((text) => text.length <= LONGEST_ALIAS))].sort();
}

/** A viewer decides nothing and an administrator counts for every group: neither has any of their own. */
function groupsOf(role: Role, matching: OperatorIssuer['roles']): readonly string[] {
  if (role === 'viewer' || role === 'administrator') return [];
  return [...new Set(matching.flatMap(({ groups }) => groups))].sort();
}

function has(claims: Claims, claim: string, value: string): boolean {
  const found = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return found === value || (Array.isArray(found) && found.includes(value));
}

/** The claim's text if it may stand beside decisions, else the first of the others that may. */
function nameOf(claims: Claims, claim: string, others: readonly [subject: string, id: string]): string {
  const [subject, id] = others;
  const candidates = [Object.hasOwn(claims, claim) ? claims[claim] : undefined, subject];
  return candidates.find((candidate): candidate is string => typeof candidate === 'string' && isName(candidate)) ?? id;
}

function isName(text: string): boolean {
  try {
    return checkName(text) === text;
  } catch {
    return false;
  }
}

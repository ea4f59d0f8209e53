import { z } from 'zod';
import { SallyportError } from '../errors.ts';
import type { Document } from '../record/store.ts';
import { ROLES, type Role } from './permissions.ts';

/** A person, or a program of theirs, who runs the gate. Times are RFC 3339, UTC, milliseconds. */
export interface Operator {
  /** 16 characters; also in the token. */
  readonly id: string;
  /** Unique among the operators that are not revoked. */
  readonly name: string;
  readonly role: Role;
  /** The groups whose holds an approver, or an operator who is one too, decides; empty for other roles. */
  readonly groups: readonly string[];
  /** The id of the operator who added this one, or `bootstrap`. */
  readonly addedBy: string;
  readonly addedAt: string;
  /** The end of the token. */
  readonly expires: string;
  readonly revokedBy: string | null;
  readonly revokedAt: string | null;
}

/** An operator with what the store keeps besides. */
export interface StoredOperator {
  readonly operator: Operator;
  /** SHA-256 of the token, base64url. */
  readonly tokenHash: string;
  readonly version: number;
}

const DAY = 86_400_000;
const DEFAULT_TTL = 90 * DAY;
const MAX_TTL = 365 * DAY;
const GROUP = /^[A-Za-z0-9](?:[A-Za-z0-9._:/@+-]{0,61}[A-Za-z0-9])?$/;
// A name is shown beside decisions; what looks like an id or a phrase of the log would confuse those who read it.
const NAME = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._@'’+-]{0,98}[\p{L}\p{N}.])?$/u;

/** @throws SallyportError `request/invalid`. */
export function checkName(name: string): string {
  if (NAME.test(name) && name.normalize('NFC') === name) return name;
  throw new SallyportError('request/invalid', `name: ${JSON.stringify(name.slice(0, 80))} is not a name`, {
    fix: "up to 100 letters, digits, spaces and . _ @ ' + -, beginning with a letter or digit",
  });
}

/** @throws SallyportError `request/invalid` on a role that does not exist, or groups that do not fit it. */
export function checkRole(role: Role, groups: readonly string[]): readonly string[] {
  if (!ROLES.includes(role)) {
    throw new SallyportError('request/invalid', `role: ${JSON.stringify(role)} does not exist`, {
      fix: `one of ${ROLES.join(', ')}`,
    });
  }
  if (groups.length === 0 && role === 'approver') {
    throw new SallyportError('request/invalid', 'an approver decides for named groups', {
      fix: 'name at least one group',
    });
  }
  if (groups.length > 0 && role !== 'approver' && role !== 'operator') {
    throw new SallyportError('request/invalid', 'only approvers and operators have groups', {
      fix: 'leave the groups out: a viewer decides nothing, an administrator counts for every group',
    });
  }
  const bad = groups.find((group) => !GROUP.test(group));
  if (bad === undefined && groups.length <= 100) return [...new Set(groups)];
  throw new SallyportError(
    'request/invalid',
    `groups: ${JSON.stringify((bad ?? '').slice(0, 80))} is not a group's name`,
  );
}

/** The end of a token's life. @param ttlSeconds 90 days when left out, at most 365. @throws SallyportError `request/invalid`. */
export function checkTtl(ttlSeconds: number | undefined, now: Date): string {
  const ttl = ttlSeconds === undefined ? DEFAULT_TTL : ttlSeconds * 1000;
  if (Number.isInteger(ttl) && ttl >= 60_000 && ttl <= MAX_TTL) return new Date(now.getTime() + ttl).toISOString();
  throw new SallyportError('request/invalid', 'an operator’s token lives 1 minute to 365 days');
}

const instant = z.iso.datetime({ precision: 3 });
const schema = z.strictObject({
  operator: z.strictObject({
    id: z.string().min(1),
    name: z.string().min(1),
    role: z.enum(ROLES),
    groups: z.array(z.string()),
    addedBy: z.string(),
    addedAt: instant,
    expires: instant,
    revokedBy: z.string().nullable(),
    revokedAt: instant.nullable(),
  }),
  tokenHash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

/** @throws SallyportError `record/unavailable` when the document is no operator. */
export function readOperator(document: Document): StoredOperator {
  const parsed = schema.safeParse(document.body);
  if (parsed.success && parsed.data.operator.id === document.id) return { ...parsed.data, version: document.version };
  throw new SallyportError('record/unavailable', `operator ${document.id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}

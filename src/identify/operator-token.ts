import { createHash, timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from './sources.ts';

/** What every operator's token begins with, so that scanners find it and the agents' side can refuse it by name. */
export const OPERATOR_TOKEN_PREFIX = 'sp_op_';
const TOKEN = /^sp_op_([a-z2-7]{16})_[A-Za-z0-9_-]{43}$/;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** A new operator's id: 16 characters, 80 random bits. */
export function newOperatorId(random: RandomBytes): string {
  return [...random(16)].map((byte) => BASE32.charAt(byte % 32)).join('');
}

/** 256 random bits in 43 characters. */
export function newSecret(random: RandomBytes): string {
  return Buffer.from(random(32)).toString('base64url');
}

/** `sp_op_<id>_<secret>`. */
export function composeToken(id: string, secret: string): string {
  return `${OPERATOR_TOKEN_PREFIX}${id}_${secret}`;
}

/** The token and the operator's id out of an Authorization header, or undefined when it is anything else. */
export function readOperatorToken(
  header: string | undefined,
): { readonly id: string; readonly token: string } | undefined {
  const [, token] = /^Bearer (\S+)$/i.exec(header ?? '') ?? [];
  const [, id] = TOKEN.exec(token ?? '') ?? [];
  return token === undefined || id === undefined ? undefined : { id, token };
}

/** SHA-256; a slow hash adds nothing to 256 random bits. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Whether the secret has this hash, in a time that does not depend on where they differ. */
export function matchesHash(secret: string, expected: string): boolean {
  const given = createHash('sha256').update(secret).digest();
  const wanted = Buffer.from(expected, 'base64url');
  return wanted.length === given.length && timingSafeEqual(given, wanted);
}

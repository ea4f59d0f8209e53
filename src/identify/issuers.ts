import { createHash } from 'node:crypto';
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Issuer } from '../config.ts';
import { SallyportError } from '../errors.ts';
import { GATE_ISSUER } from './agent-tokens.ts';
import { type KeySetOptions, openKeySet } from './key-sets.ts';
import { invalid, tokenProblem } from './token-problem.ts';
import type { Verified } from './verified.ts';

/** Signatures that anybody may check and only the issuer can make; a shared secret (HS*) is neither. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** A key that an issuer withdraws stops working within this time, for tokens that were seen before too. */
const VERIFY_AGAIN = 60_000;
const MAX_SKEW = 300;

export interface IssuersOptions extends KeySetOptions {
  readonly issuers: readonly Issuer[];
  /** Seconds of clock skew that are tolerated in `exp` and `nbf`, at most 300. */
  readonly skew: number;
}

/** Checks a JWT of the issuer that it names. */
export interface Issuers {
  /**
   * @param issuer the token's own, unproven `iss`; it only chooses among the configured ones.
   * @throws SallyportError `identity/invalid`, `identity/expired`.
   */
  verify(token: string, issuer: string): Promise<Verified>;
}

interface Known {
  readonly issuer: Issuer;
  readonly keys: JWTVerifyGetKey;
}

const claimsSchema = z.object({
  sub: z.string().min(1).max(1024),
  exp: z.number().positive().max(8_640_000_000_000),
  nbf: z.number().optional(),
  iat: z.number().optional(),
});

/**
 * The configured issuers of JWTs (RFC 7519, RFC 8725): asymmetric signatures only; issuer and audience must be equal to
 * the configured ones, and `sub` and `exp` be there.
 * @throws SallyportError `config/invalid` on an issuer that is there twice, calls itself `sallyport`, or has no usable jwks.
 */
export function createIssuers(options: IssuersOptions): Issuers {
  if (!(options.skew >= 0 && options.skew <= MAX_SKEW)) {
    throw new SallyportError('config/invalid', `identity.skew must be 0 to ${MAX_SKEW} seconds`);
  }
  const known = new Map<string, Known>();
  for (const issuer of options.issuers) {
    checkIssuer('identity.issuers', issuer, known);
    known.set(issuer.issuer, { issuer, keys: openKeySet(issuer.issuer, issuer.jwks, options) });
  }
  return {
    verify: async (token, name) => {
      const found = known.get(name);
      if (found === undefined) throw invalid('the token is from an issuer that this gate does not know');
      try {
        return await verify(token, found, options);
      } catch (thrown) {
        throw tokenProblem(thrown);
      }
    },
  };
}

/** What a good token says, and all of its claims. */
export interface ProvenClaims {
  readonly sub: string;
  /** Seconds since 1970, as RFC 7519 has them. */
  readonly exp: number;
  readonly nbf: number | undefined;
  readonly iat: number | undefined;
  readonly payload: JWTPayload;
}

/**
 * Checks signature, issuer, audience, `sub` and the times of a token.
 * @throws what jose throws, or SallyportError `identity/invalid`; `tokenProblem` makes one of both
 */
export async function proveClaims(
  token: string,
  keys: JWTVerifyGetKey,
  expected: { readonly issuer: string; readonly audience: string },
  options: { readonly now: Date; readonly skew: number },
): Promise<ProvenClaims> {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ALGORITHMS,
    issuer: expected.issuer,
    audience: expected.audience,
    requiredClaims: ['sub', 'exp'],
    clockTolerance: options.skew,
    currentDate: options.now,
  });
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) throw invalid('the token’s sub or exp is not acceptable');
  const { sub, exp, nbf, iat } = claims.data;
  return { sub, exp, nbf, iat, payload };
}

async function verify(token: string, { issuer, keys }: Known, options: IssuersOptions): Promise<Verified> {
  const now = options.now();
  const { sub, exp, nbf, iat } = await proveClaims(token, keys, issuer, { now, skew: options.skew });
  const expires = (exp + options.skew) * 1000;
  return {
    credential: 'jwt',
    id: tokenId(token),
    who: { issuer: issuer.issuer, subject: sub },
    route: undefined,
    intent: undefined,
    issuedAt: (iat ?? 0) * 1000,
    notBefore: ((nbf ?? 0) - options.skew) * 1000,
    expires,
    cacheUntil: Math.min(expires, now.getTime() + VERIFY_AGAIN),
  };
}

/** Of what is signed, not of the signature: some signatures can be written in another way that is just as good. */
function tokenId(token: string): string {
  const signed = token.slice(0, token.lastIndexOf('.'));
  return `jwt:${createHash('sha256').update(signed).digest('hex')}`;
}

/** @throws SallyportError `config/invalid` on an issuer that is there twice, calls itself `sallyport`, or lacks a part. */
export function checkIssuer(where: string, issuer: Issuer, known: ReadonlyMap<string, unknown>): void {
  const name = JSON.stringify(issuer.issuer);
  if (issuer.issuer === GATE_ISSUER) {
    throw new SallyportError('config/invalid', `${where}: ${name} is the gate's own name`);
  }
  if (known.has(issuer.issuer)) throw new SallyportError('config/invalid', `${where}: ${name} is there twice`);
  if (issuer.issuer === '' || issuer.audience === '') {
    throw new SallyportError('config/invalid', `${where}: ${name} needs an issuer and an audience`);
  }
}

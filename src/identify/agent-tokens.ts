import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { SallyportError } from '../errors.ts';
import type { Store } from '../record/store.ts';
import { checkLine, checkWhy } from './agent.ts';
import { changedEvent } from './changed-event.ts';
import type { Agent } from './principal.ts';
import type { Registry } from './registry.ts';
import { covers } from './scope.ts';
import type { SigningKey } from './signing-key.ts';
import type { Sources } from './sources.ts';
import { invalid, tokenProblem } from './token-problem.ts';
import type { Verified } from './verified.ts';

/** The issuer that the gate is itself; no configured issuer may use the name. */
export const GATE_ISSUER = 'sallyport';
const TYPE = 'sallyport-agent+jwt';
const HOUR = 3600;
const DEFAULT_TTL = 8 * HOUR;
const MAX_TTL = 7 * 24 * HOUR;
const MIN_TTL = 60;

/** What a token is asked for. */
export interface TokenOrder {
  /** The agent's id. */
  readonly agent: string;
  /** The only route that the token opens. */
  readonly route: string;
  /** The only intent that its calls belong to, for clients that cannot send headers. */
  readonly intent?: string | undefined;
  /** 8 hours when left out; 1 minute to 7 days, and never longer than the agent's grant. */
  readonly ttlSeconds?: number | undefined;
  /** The operator who asks for it, and why. */
  readonly by: string;
  readonly why: string;
}

/** A token, shown once: the gate keeps nothing but its id. */
export interface IssuedToken {
  readonly token: string;
  /** The `jti`: what the record shows and what revokes it. */
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly expires: string;
}

export interface AgentTokensOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly key: SigningKey;
  /** Whether an agent may act for an intent: a token is bound to nothing else. */
  readonly intents: { isOpenFor(id: string, agent: string): boolean };
  /** Names this gate in the audience `sallyport:<gateId>`, so that no other gate takes its tokens. */
  readonly gateId: string;
  readonly sources: Sources;
}

const claimsSchema = z.object({
  sub: z.string().min(1).max(63),
  jti: z.string().min(1).max(128),
  route: z.string().min(1).max(253),
  intent: z.string().min(1).max(253).optional(),
  iat: z.number().positive(),
  nbf: z.number().positive(),
  exp: z.number().positive(),
});

/** The tokens that the gate issues to agents: JWT (RFC 7519) signed with EdDSA (RFC 8037), bound to gate and route. */
export class AgentTokens {
  readonly #options: AgentTokensOptions;
  readonly #audience: string;

  /** @throws SallyportError `config/invalid` when the gate has no usable id. */
  constructor(options: AgentTokensOptions) {
    if (!/^[A-Za-z0-9._:-]{1,128}$/.test(options.gateId)) {
      throw new SallyportError('config/invalid', 'the gate’s id must be 1 to 128 letters, digits and . _ : -');
    }
    this.#options = options;
    this.#audience = `sallyport:${options.gateId}`;
  }

  /**
   * Issues a token after recording that it was; the token itself is neither stored nor recorded.
   * @throws SallyportError `request/not-found`, `request/invalid`, `record/unavailable`.
   */
  async issue(order: TokenOrder): Promise<IssuedToken> {
    const { registry, intents, key, store, sources } = this.#options;
    const now = sources.now();
    const agent = checkHolder(registry.agent(order.agent), order, now);
    if (order.intent !== undefined && !intents.isOpenFor(order.intent, agent.id))
      throw new SallyportError(
        'request/invalid',
        `agent ${agent.id} has no open intent ${JSON.stringify(order.intent.slice(0, 80))}`,
        { fix: `open one first: sallyport intent open --agent ${agent.id} --reason ...` },
      );
    const by = checkLine('by', order.by, 253);
    const why = checkWhy(order.why);
    const exp = endOf(order.ttlSeconds ?? DEFAULT_TTL, agent, now);
    const id = sources.newId();
    const intent = order.intent === undefined ? {} : { intent: checkLine('intent', order.intent, 253) };
    const token = await new SignJWT({ route: order.route, ...intent })
      .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: key.kid })
      .setIssuer(GATE_ISSUER)
      .setAudience(this.#audience)
      .setSubject(agent.id)
      .setJti(id)
      // With its milliseconds (NumericDate allows that), to compare with the time of a revocation in the same second.
      .setIssuedAt(now.getTime() / 1000)
      .setNotBefore(Math.floor(now.getTime() / 1000))
      .setExpirationTime(exp)
      .sign(key.privateKey);
    const expires = new Date(exp * 1000).toISOString();
    const after = { credential: id, route: order.route, expires, ...intent };
    const about = { agent: agent.id };
    await store.append(changedEvent({ what: 'token.issued', by, why, about, before: null, after }, sources, now));
    return { token, id, expires };
  }

  /**
   * Checks a token of the gate; the route, the agent and revocations are the caller's to check, on every call.
   * @throws SallyportError `identity/invalid`, `identity/expired`.
   */
  async verify(token: string): Promise<Verified> {
    const { key, sources } = this.#options;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, key.publicKey, {
        algorithms: ['EdDSA'],
        typ: TYPE,
        issuer: GATE_ISSUER,
        audience: this.#audience,
        requiredClaims: ['sub', 'jti', 'iat', 'nbf', 'exp'],
        currentDate: sources.now(),
      });
      if (protectedHeader.kid !== key.kid) throw invalid('the token names another key (kid)');
      const claims = claimsSchema.safeParse(payload);
      if (!claims.success) throw invalid('the token lacks what this gate puts into its own');
      return verified(claims.data);
    } catch (thrown) {
      throw tokenProblem(thrown);
    }
  }
}

function verified(claims: z.infer<typeof claimsSchema>): Verified {
  return {
    credential: 'token',
    id: claims.jti,
    who: { agent: claims.sub },
    route: claims.route,
    intent: claims.intent,
    issuedAt: Math.round(claims.iat * 1000),
    notBefore: claims.nbf * 1000,
    expires: claims.exp * 1000,
    cacheUntil: claims.exp * 1000,
  };
}

function checkHolder(agent: Agent | undefined, order: TokenOrder, now: Date): Agent {
  const id = JSON.stringify(order.agent.slice(0, 80));
  if (agent === undefined) throw new SallyportError('request/not-found', `there is no agent ${id}`);
  if (agent.revokedAt !== null) throw new SallyportError('request/invalid', `agent ${id} is revoked`);
  if (new Date(agent.expires) <= now) throw new SallyportError('request/invalid', `the grant of agent ${id} is over`);
  const route = checkLine('route', order.route, 253);
  if (covers(agent.scope, 'routes', route)) return agent;
  throw new SallyportError('request/invalid', `agent ${id} has no route ${JSON.stringify(route)} in its scope`, {
    fix: 'put the route into its scope first',
  });
}

function endOf(ttl: number, agent: Agent, now: Date): number {
  if (!Number.isInteger(ttl) || ttl < MIN_TTL || ttl > MAX_TTL) {
    throw new SallyportError('request/invalid', 'a token lives a whole number of seconds, 1 minute to 7 days', {
      fix: `${MIN_TTL} to ${MAX_TTL}; ${DEFAULT_TTL} when left out`,
    });
  }
  return Math.floor(Math.min(now.getTime() / 1000 + ttl, new Date(agent.expires).getTime() / 1000));
}

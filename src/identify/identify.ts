import { decodeJwt } from 'jose';
import { SallyportError } from '../errors.ts';
import type { WireHead } from '../listen/wire.ts';
import { type AgentTokens, GATE_ISSUER } from './agent-tokens.ts';
import { type Certificates, expiredCertificate } from './certificates.ts';
import type { Issuers } from './issuers.ts';
import { OPERATOR_TOKEN_PREFIX } from './operator-token.ts';
import type { Agent, Principal } from './principal.ts';
import type { Registry } from './registry.ts';
import { expiredToken, invalid, tokenProblem } from './token-problem.ts';
import type { Verified } from './verified.ts';
import { VerifiedCache } from './verified-cache.ts';

export interface IdentifierOptions {
  readonly registry: Registry;
  readonly tokens: AgentTokens;
  readonly issuers: Issuers;
  readonly certificates: Certificates;
  readonly now: () => Date;
}

/**
 * Who makes a call. At once when the credential was seen before, else after verifying it.
 * @throws SallyportError `identity/missing|invalid|expired|revoked|unknown`, in words that are safe to show to the caller.
 */
export type Identify = (call: Identified) => Principal | Promise<Principal>;

/** What a caller is known by. Without a route it speaks to the gate itself, for which any of its credentials is good. */
export interface Identified extends Pick<WireHead, 'headers' | 'peer'> {
  readonly route: Pick<WireHead['route'], 'name'> | undefined;
}

const MAX_TOKEN = 16_384;
const CONNECT = 'sallyport connect writes a configuration with a token in it';

/**
 * Builds `identify`. What a credential proves is cached; whether its agent still may is asked of the registry on every
 * call: revocation of agent or credential, end of the grant, route, times.
 */
export function createIdentifier(options: IdentifierOptions): Identify {
  const cache = new VerifiedCache();

  const verifyToken = (token: string, now: number): Verified | Promise<Verified> => {
    const key = VerifiedCache.keyOf(token);
    const known = cache.get(key, now);
    if (known !== undefined) return known;
    return verifyNew(token, options).then((verified) => {
      cache.set(key, verified);
      return verified;
    });
  };
  const verifyCertificate = (der: Uint8Array, now: number): Verified => {
    const key = VerifiedCache.keyOf(der);
    const known = cache.get(key, now);
    if (known !== undefined) return known;
    const verified = options.certificates.verify(der);
    cache.set(key, verified);
    return verified;
  };

  return (call) => {
    const now = options.now().getTime();
    const token = readBearer(call);
    const der = call.peer.certificate;
    const fromCertificate = der === undefined ? undefined : admit(verifyCertificate(der, now), call, options);
    if (token === undefined) {
      if (fromCertificate !== undefined) return fromCertificate;
      throw new SallyportError('identity/missing', 'this needs an agent’s token or client certificate', {
        fix: CONNECT,
      });
    }
    const verified = verifyToken(token, now);
    if (!(verified instanceof Promise)) return agree(admit(verified, call, options), fromCertificate);
    return verified.then((proven) => agree(admit(proven, call, options), fromCertificate));
  };
}

/** The bearer token (RFC 6750), or undefined when there is no Authorization header at all. */
function readBearer(call: Identified): string | undefined {
  // Kubernetes clients in browsers hide a second credential here; the upstream would read it, the gate does not.
  if (call.headers.get('sec-websocket-protocol')?.toLowerCase().includes('bearer.authorization')) {
    throw invalid('a token in Sec-WebSocket-Protocol is not accepted; send it as Authorization: Bearer');
  }
  const header = call.headers.get('authorization');
  if (header === undefined) return undefined;
  if (header.includes(',')) throw invalid('there is more than one Authorization header, or one with several values');
  const [, scheme, token] = /^([^ ]*) ?(.*)$/.exec(header) ?? [];
  if (scheme?.toLowerCase() !== 'bearer') throw invalid('the Authorization header must be of the form: Bearer TOKEN');
  if (token === undefined || token === '') throw invalid('the bearer token is empty');
  if (token.startsWith(OPERATOR_TOKEN_PREFIX)) {
    throw new SallyportError('identity/invalid', 'an operator’s token opens nothing here', {
      fix: 'operators use the operations API; take that token out of this client',
    });
  }
  if (token.length > MAX_TOKEN || !/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(token)) {
    throw invalid('the token is malformed');
  }
  return token;
}

async function verifyNew(token: string, options: IdentifierOptions): Promise<Verified> {
  let issuer: unknown;
  try {
    issuer = decodeJwt(token).iss;
  } catch (thrown) {
    throw tokenProblem(thrown);
  }
  if (issuer === GATE_ISSUER) return options.tokens.verify(token);
  if (typeof issuer !== 'string') throw invalid('the token does not say who issued it (iss)');
  return options.issuers.verify(token, issuer);
}

/** What is asked on every call. */
function admit(verified: Verified, call: Identified, { registry, now }: IdentifierOptions): Principal {
  const time = now().getTime();
  const isCertificate = verified.credential === 'certificate';
  if (time >= verified.expires) throw isCertificate ? expiredCertificate() : expiredToken();
  if (time < verified.notBefore) throw invalid('the credential is not valid yet');
  if (registry.isTokenRevoked(verified.id)) throw revoked(`the ${isCertificate ? 'certificate' : 'token'} was revoked`);
  const agent = agentOf(verified, registry);
  checkGrant(agent, verified, time);
  if (verified.route !== undefined && call.route !== undefined && verified.route !== call.route.name) {
    throw invalid(
      `the token is for route ${JSON.stringify(verified.route)}, and this is ${JSON.stringify(call.route.name)}`,
    );
  }
  return {
    agent,
    credential: verified.credential,
    credentialId: verified.id,
    intent: verified.intent,
    credentialExpires: new Date(verified.expires).toISOString(),
  };
}

function agentOf({ who }: Verified, registry: Registry): Agent {
  const agent = 'agent' in who ? registry.agent(who.agent) : registry.byIdentity(who.issuer, who.subject);
  if (agent !== undefined) return agent;
  const named = 'agent' in who ? who.agent : `${who.subject} of ${who.issuer}`;
  throw new SallyportError('identity/unknown', `${JSON.stringify(named.slice(0, 200))} is no agent of this gate`, {
    fix: 'an operator adds agents and their identities: sallyport agent add',
  });
}

function checkGrant(agent: Agent, verified: Verified, time: number): void {
  if (agent.revokedAt !== null) throw revoked(`agent ${agent.id} was revoked`);
  if (time >= Date.parse(agent.expires)) {
    throw new SallyportError('identity/expired', `the grant of agent ${agent.id} ended at ${agent.expires}`, {
      fix: 'an operator renews it',
    });
  }
  if (agent.tokensNotBefore === null || verified.credential !== 'token') return;
  if (verified.issuedAt <= Date.parse(agent.tokensNotBefore)) throw revoked('the token was revoked');
}

/** Two credentials are fine when they are of one agent; the token's bounds (route, intent) hold then. */
function agree(fromToken: Principal, fromCertificate: Principal | undefined): Principal {
  if (fromCertificate === undefined || fromCertificate.agent.id === fromToken.agent.id) return fromToken;
  throw invalid('the token and the client certificate are of different agents');
}

function revoked(message: string): SallyportError {
  return new SallyportError('identity/revoked', message, { fix: 'ask the operator of the gate' });
}

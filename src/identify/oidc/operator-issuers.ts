import { decodeJwt, type JWTVerifyGetKey } from 'jose';
import type { Issuer, Login, OperatorIssuer } from '../../config.ts';
import { SallyportError } from '../../errors.ts';
import { checkIssuer, type ProvenClaims, proveClaims } from '../issuers.ts';
import { type KeySetOptions, openKeySet } from '../key-sets.ts';
import { tokenProblem } from '../token-problem.ts';
import { type Person, personOf } from './person.ts';

/** Somebody whom a token proved. Times are milliseconds since 1970. */
export interface ProvenPerson {
  readonly person: Person;
  /** When the issuer said so: later words count more than earlier ones. */
  readonly issuedAt: number;
  readonly expires: number;
}

export interface OperatorIssuersOptions extends KeySetOptions {
  readonly issuers: readonly OperatorIssuer[];
  /** The issuers of agents' tokens, whose audiences open nothing here. */
  readonly agents: readonly Issuer[];
  /** Seconds of clock skew that are tolerated. */
  readonly skew: number;
}

interface Known {
  readonly issuer: OperatorIssuer;
  readonly keys: JWTVerifyGetKey;
  /** The audiences of the same issuer that mean agents. */
  readonly foreign: readonly string[];
}

/** The issuers whose people are operators (OpenID Connect Core 1.0), and what their tokens prove. */
export class OperatorIssuers {
  readonly #options: OperatorIssuersOptions;
  readonly #known = new Map<string, Known>();

  /** @throws SallyportError `config/invalid` on an issuer that is there twice, or shares an audience with agents. */
  constructor(options: OperatorIssuersOptions) {
    this.#options = options;
    for (const issuer of options.issuers) {
      checkIssuer('operators.issuers', issuer, this.#known);
      const foreign = options.agents.filter((agent) => agent.issuer === issuer.issuer).map(({ audience }) => audience);
      const shared = [issuer.audience, issuer.login?.clientId].find(
        (own) => own !== undefined && foreign.includes(own),
      );
      if (shared !== undefined) {
        const told = `${JSON.stringify(shared)} is the audience of agents' tokens of ${issuer.issuer} too`;
        throw new SallyportError('config/invalid', `operators.issuers: ${told}`);
      }
      this.#known.set(issuer.issuer, { issuer, keys: openKeySet(issuer.issuer, issuer.jwks, options), foreign });
    }
  }

  /** Those where a browser can log in, in the configured order. */
  get logins(): readonly { readonly issuer: string; readonly login: Login }[] {
    return [...this.#known.values()].flatMap(({ issuer: { issuer, login } }) => (login ? [{ issuer, login }] : []));
  }

  /** Who a bearer token is of. @throws SallyportError `operator/unauthorized`. */
  async prove(token: string): Promise<ProvenPerson> {
    const known = this.#known.get(issuerIn(token) ?? '');
    if (known === undefined) throw unauthorized('the token is from an issuer that makes no operators of this gate');
    return this.#prove(token, known, known.issuer.audience);
  }

  /**
   * Who an ID token is of that a login ended with: for this client alone, and of this login.
   * @throws SallyportError `operator/unauthorized`.
   */
  async proveLogin(token: string, issuer: string, nonce: string): Promise<ProvenPerson> {
    const known = this.#known.get(issuer);
    const clientId = known?.issuer.login?.clientId;
    if (known === undefined || clientId === undefined) throw unauthorized('nobody logs in there');
    return this.#prove(token, known, clientId, ({ payload }) => {
      if (payload.nonce !== nonce) throw unauthorized('the ID token is of another login (nonce)');
      const several = Array.isArray(payload.aud) && payload.aud.length > 1;
      if ((several || payload.azp !== undefined) && payload.azp !== clientId) {
        throw unauthorized('the ID token was made for another client (azp)');
      }
    });
  }

  async #prove(
    token: string,
    { issuer, keys, foreign }: Known,
    audience: string,
    check: (proven: ProvenClaims) => void = () => {},
  ): Promise<ProvenPerson> {
    const { now, skew } = this.#options;
    const time = now();
    const proven = await refuseAsOperator(() =>
      proveClaims(token, keys, { issuer: issuer.issuer, audience }, { now: time, skew }),
    );
    const audiences = [proven.payload.aud ?? []].flat();
    if (audiences.some((each) => foreign.includes(each))) throw unauthorized('the token is for agents too (aud)');
    check(proven);
    const person = personOf(issuer, proven.sub, proven.payload);
    if (person === undefined) {
      throw unauthorized('the issuer knows you, but none of your claims gives you a role at this gate', {
        fix: 'ask an administrator which groups of the issuer are mapped to roles (operators.issuers)',
      });
    }
    const issuedAt = proven.iat === undefined ? time.getTime() : proven.iat * 1000;
    return { person, issuedAt, expires: (proven.exp + skew) * 1000 };
  }
}

/** A token's own, unproven word of who issued it. */
function issuerIn(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}

async function refuseAsOperator<Value>(act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (thrown) {
    throw unauthorized(tokenProblem(thrown).message, { cause: thrown });
  }
}

function unauthorized(message: string, options: { fix?: string; cause?: unknown } = {}): SallyportError {
  return new SallyportError('operator/unauthorized', message, { fix: 'log in again with the issuer', ...options });
}

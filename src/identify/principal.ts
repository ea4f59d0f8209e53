/** The autonomy level of an agent, T1: 0 advisory … 5 scoped autonomy. */
export type Level = 0 | 1 | 2 | 3 | 4 | 5;

/**
 * Where an agent may act. Every dimension must match; an absent or empty one matches nothing; `*` is explicit and
 * matches everything. Values are compared for equality.
 */
export interface Scope {
  readonly routes: readonly string[];
  readonly environments: readonly string[];
  readonly services: readonly string[];
  readonly teams: readonly string[];
  readonly namespaces: readonly string[];
  readonly accounts: readonly string[];
  readonly tools: readonly string[];
}

/** An agent as the registry holds it; every change of it is an event of the log. */
export interface Agent {
  /** `[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?`, chosen by the operator. */
  readonly id: string;
  readonly team: string;
  readonly owner: string;
  readonly level: Level;
  /** Levels narrowed for one environment or one service; the lowest that applies holds. */
  readonly narrowed: readonly Narrowing[];
  readonly scope: Scope;
  /** Identities that are this agent besides the tokens that the gate issues: explicit pairs. */
  readonly identities: readonly { readonly issuer: string; readonly subject: string }[];
  readonly grantedBy: string;
  /** RFC 3339, UTC. */
  readonly grantedAt: string;
  readonly why: string;
  /** RFC 3339, UTC; after it every call is 401. */
  readonly expires: string;
  /** RFC 3339, UTC when revoked, else null. */
  readonly revokedAt: string | null;
  /** Tokens that the gate issued before this RFC 3339 time are no longer good, or null. */
  readonly tokensNotBefore: string | null;
}

export type Narrowing =
  | { readonly environment: string; readonly level: Level }
  | { readonly service: string; readonly level: Level };

/** Who makes this call, as far as the credential shows: the result of `identify/`. */
export interface Principal {
  readonly agent: Agent;
  /** `operator` and `gate` are those who take decisions back; no call that comes over the wire has them. */
  readonly credential: 'token' | 'jwt' | 'certificate' | 'operator' | 'gate';
  /** The token's id or the certificate's fingerprint: for the record and for revoking just this one. */
  readonly credentialId: string;
  /** The intent that the token is bound to, when it is. */
  readonly intent: string | undefined;
  /** RFC 3339, UTC: the end of the credential. */
  readonly credentialExpires: string;
}

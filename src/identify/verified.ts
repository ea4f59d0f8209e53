/**
 * What a credential proves by itself, before the registry is asked. Nothing in it changes while the credential lasts, so
 * it may be cached. Times are milliseconds since 1970.
 */
export interface Verified {
  readonly credential: 'token' | 'jwt' | 'certificate';
  /** For the record and for revoking just this credential. */
  readonly id: string;
  /** An agent's id (tokens of the gate), or an explicit pair that an agent must hold. */
  readonly who: { readonly agent: string } | { readonly issuer: string; readonly subject: string };
  /** The only route that it opens; undefined when it is not bound to one. */
  readonly route: string | undefined;
  readonly intent: string | undefined;
  readonly issuedAt: number;
  readonly notBefore: number;
  /** From here on it is expired. Tolerated clock skew is already in it. */
  readonly expires: number;
  /** From here on it has to be verified again, because the issuer may have withdrawn its key. */
  readonly cacheUntil: number;
}

import { errors } from 'jose';
import { SallyportError } from '../errors.ts';

const NEW_TOKEN = 'get a new token: sallyport connect, or whoever issued this one';

/**
 * What jose found wrong with a token, in words that are safe to show to whoever sent it: nothing of the token, of the
 * key or of the configuration is in them.
 */
export function tokenProblem(thrown: unknown): SallyportError {
  if (thrown instanceof SallyportError) return thrown;
  if (thrown instanceof errors.JWTExpired) return expiredToken(thrown);
  if (thrown instanceof errors.JWTClaimValidationFailed) return badClaim(thrown.claim, thrown);
  if (thrown instanceof errors.JOSEAlgNotAllowed) {
    return invalid('the token is signed with an algorithm that is not accepted here', thrown);
  }
  if (thrown instanceof errors.JWSSignatureVerificationFailed) {
    return invalid('the signature of the token does not hold', thrown);
  }
  if (thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWKSMultipleMatchingKeys) {
    return invalid('no single key of the issuer matches the token', thrown);
  }
  if (thrown instanceof errors.JOSENotSupported) {
    return invalid('the token needs something that is not supported here (alg or crit header)', thrown);
  }
  return invalid('the token is malformed', thrown);
}

/** The answer to every token whose time is over. */
export function expiredToken(cause?: unknown): SallyportError {
  return new SallyportError('identity/expired', 'the token has expired', { fix: NEW_TOKEN, cause });
}

/** A credential that proves nothing. */
export function invalid(message: string, cause?: unknown): SallyportError {
  return new SallyportError('identity/invalid', message, { fix: NEW_TOKEN, cause });
}

/** Keys that could not be had: the token may be good, but nothing says so. */
export function keysUnavailable(issuer: string, cause: unknown): SallyportError {
  return new SallyportError(
    'identity/invalid',
    `the keys of issuer ${JSON.stringify(issuer)} cannot be had, so its tokens cannot be checked`,
    { fix: 'try again; if it stays so, ask the operator of the gate to look at the issuer’s jwks', cause },
  );
}

function badClaim(claim: string, cause: unknown): SallyportError {
  switch (claim) {
    case 'nbf':
      return invalid('the token is not valid yet (nbf)', cause);
    case 'aud':
      return invalid('the token is for another audience (aud)', cause);
    case 'iss':
      return invalid('the token is from another issuer (iss)', cause);
    case 'typ':
      return invalid('the token is of another kind (typ)', cause);
    default:
      return invalid(`the token's claim ${JSON.stringify(claim.slice(0, 40))} is missing or not acceptable`, cause);
  }
}

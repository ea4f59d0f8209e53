import { readFile, stat } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';
import { messageOf, SallyportError } from '../errors.ts';
import { keysUnavailable } from './token-problem.ts';

export interface KeySetOptions {
  readonly now: () => Date;
  /** Milliseconds one fetch may take; 5,000 when left out. */
  readonly timeout?: number | undefined;
  /** Milliseconds between a fetch and the next one for the sake of an unknown key id; 30,000 when left out. */
  readonly cooldown?: number | undefined;
  /** Milliseconds after a failed fetch in which nothing is asked; 5,000 when left out. */
  readonly retryAfter?: number | undefined;
}

const MAX_BYTES = 1_048_576;

/**
 * The public keys of an issuer (JWKS, RFC 7517): `https://...` (plain HTTP only on this machine), fetched when needed,
 * again when a key id is unknown, and at least every ten minutes; or a file, read again whenever it changes. What cannot
 * be had is never replaced by what was there before.
 * @throws SallyportError `config/invalid` when `jwks` is neither.
 */
export function openKeySet(issuer: string, jwks: string, options: KeySetOptions): JWTVerifyGetKey {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(jwks)) return fileKeys(issuer, jwks);
  const keys = createRemoteJWKSet(checkUrl(issuer, jwks), {
    timeoutDuration: options.timeout ?? 5000,
    cooldownDuration: options.cooldown ?? 30_000,
    cacheMaxAge: 600_000,
    [customFetch]: fetchWithPause(options),
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (thrown) {
      throw isAboutToken(thrown) ? thrown : keysUnavailable(issuer, thrown);
    }
  };
}

function checkUrl(issuer: string, jwks: string): URL {
  const url = URL.canParse(jwks) ? new URL(jwks) : undefined;
  const here = url !== undefined && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && here)) return url;
  throw new SallyportError(
    'config/invalid',
    `the jwks of issuer ${JSON.stringify(issuer)} must be an https URL or a file`,
    {
      fix: 'plain http is accepted on localhost only: whoever can change the answer can be any agent',
    },
  );
}

/** After a failed fetch nothing is asked for a while, so that bad tokens cannot be turned into load on the issuer. */
function fetchWithPause(options: KeySetOptions): FetchImplementation {
  let pausedUntil = 0;
  return async (url, request) => {
    if (options.now().getTime() < pausedUntil) throw new Error('the last fetch failed a moment ago');
    try {
      const response = await fetch(url, request);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`answered ${response.status}`);
      if (text.length > MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes`);
      createLocalJWKSet(JSON.parse(text));
      return new Response(text);
    } catch (thrown) {
      pausedUntil = options.now().getTime() + (options.retryAfter ?? 5000);
      throw thrown;
    }
  };
}

function fileKeys(issuer: string, path: string): JWTVerifyGetKey {
  let read: { readonly stamp: string; readonly keys: JWTVerifyGetKey } | undefined;
  return async (header, token) => {
    try {
      const found = await stat(path);
      const stamp = `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
      if (read?.stamp !== stamp) {
        read = undefined;
        if (found.size > MAX_BYTES) throw new RangeError(`${path} is larger than ${MAX_BYTES} bytes`);
        read = { stamp, keys: createLocalJWKSet(JSON.parse(await readFile(path, 'utf8'))) };
      }
      return await read.keys(header, token);
    } catch (thrown) {
      throw isAboutToken(thrown) ? thrown : keysUnavailable(issuer, messageOf(thrown));
    }
  };
}

/** Errors that say something of the token; all others say that the keys could not be had. */
function isAboutToken(thrown: unknown): boolean {
  return (
    thrown instanceof errors.JWKSNoMatchingKey ||
    thrown instanceof errors.JWKSMultipleMatchingKeys ||
    thrown instanceof errors.JOSENotSupported
  );
}

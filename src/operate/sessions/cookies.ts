import type { IncomingMessage } from 'node:http';

/** A cookie of the operations side: no script reads it, no other host sets it, none but these pages send it. */
export interface CookieJar {
  /** The value of a cookie; undefined when there is none, or more than one. */
  read(request: IncomingMessage, name: CookieName): string | undefined;
  /** A `Set-Cookie` header. @param value undefined removes it. */
  write(name: CookieName, value: string | undefined): string;
}

/**
 * - `session`: never sent along from another site.
 * - `login`: what a login under way is known by when the issuer sends the browser back, which is from another site.
 */
export type CookieName = 'session' | 'login';

const LOGIN_SECONDS = 600;

/**
 * Cookies by RFC 6265bis. @param secure over TLS; with the `__Host-` prefix a browser takes them from this very host
 * alone. Plain HTTP is for loopback, where browsers keep no such promise.
 */
export function cookieJar(secure: boolean): CookieJar {
  const nameOf = (name: CookieName) => `${secure ? '__Host-' : ''}sallyport-${name}`;
  return {
    read: (request, name) => {
      const prefix = `${nameOf(name)}=`;
      const found = (request.headers.cookie ?? '').split(/; */).filter((pair) => pair.startsWith(prefix));
      const [first] = found;
      // Two of one name: one of them was planted by somebody, and nobody can tell which.
      return first === undefined || found.length > 1 ? undefined : first.slice(prefix.length);
    },
    write: (name, value) => {
      const attributes = [
        'Path=/',
        'HttpOnly',
        name === 'session' ? 'SameSite=Strict' : 'SameSite=Lax',
        ...(secure ? ['Secure'] : []),
        ...(value === undefined ? ['Max-Age=0'] : name === 'login' ? [`Max-Age=${LOGIN_SECONDS}`] : []),
      ];
      return `${nameOf(name)}=${value ?? ''}; ${attributes.join('; ')}`;
    },
  };
}

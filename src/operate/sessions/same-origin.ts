import type { IncomingMessage } from 'node:http';

/**
 * Whether a form was sent by a page of this very origin, as the browser says (Fetch standard: `Origin`, `Sec-Fetch-Site`).
 * A form that says neither is not from a browser that can be trusted with a session.
 * @param own the configured origin: behind a proxy the Host header may say something else
 */
export function isFromHere({ headers }: IncomingMessage, own: string): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === undefined) return site === 'same-origin';
  return origin === own || (host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase());
}

/** Whether somebody comes by a link on another site, and so without cookies that are kept from other sites. */
export function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/**
 * A place on these pages to go to next, or `/`. Only a path of this origin will do, as a browser would read it: `//host` and
 * `/\host` are other hosts, and browsers drop tabs and line breaks before they look.
 */
export function localPath(given: string | undefined): string {
  if (given === undefined || given.length > 2048 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(given)) return '/';
  const here = 'https://here.invalid';
  const url = URL.canParse(given, here) ? new URL(given, here) : undefined;
  return url?.origin === here && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/';
}

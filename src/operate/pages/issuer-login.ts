import { createHash } from 'node:crypto';
import type { Login } from '../../config.ts';
import { SallyportError } from '../../errors.ts';
import type { OperatorIssuers } from '../../identify/oidc/operator-issuers.ts';
import type { OperatorAccess } from '../../identify/operator-access.ts';
import { newSecret } from '../../identify/operator-token.ts';
import type { RandomBytes } from '../../identify/sources.ts';
import { html } from '../../review/report/page/html.ts';
import type { CookieJar } from '../sessions/cookies.ts';
import { localPath } from '../sessions/same-origin.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { exchangeCode } from './code-exchange.ts';
import type { OpenVisit, Page, PageAnswer } from './page.ts';
import { type PendingLogin, PendingLogins } from './pending-logins.ts';

export interface IssuerLoginParts {
  readonly sessions: Sessions;
  readonly access: Pick<OperatorAccess, 'admitProven'>;
  readonly issuers: OperatorIssuers;
  readonly cookies: CookieJar;
  readonly random: RandomBytes;
  /** By which people reach these pages. */
  readonly origin: () => string;
}

/** Logging in with an issuer: the authorization code flow of OpenID Connect Core 1.0 with PKCE, state and nonce. */
export function issuerLoginPages(parts: IssuerLoginParts): readonly Page[] {
  const pending = new PendingLogins(parts.random);
  return [
    { method: 'get', path: '/login/issuer', permission: 'open', run: async (visit) => setOut(parts, pending, visit) },
    { method: 'get', path: '/login/return', permission: 'open', run: (visit) => comeBack(parts, pending, visit) },
  ];
}

function setOut(parts: IssuerLoginParts, pending: PendingLogins, { query, now }: OpenVisit): PageAnswer {
  const [n = ''] = /^\d{1,3}$/.exec(query.get('n') ?? '') ?? [];
  const chosen = n === '' ? undefined : parts.issuers.logins[Number(n)];
  if (chosen === undefined) throw new SallyportError('request/not-found', 'nobody logs in there');
  const { issuer, login } = chosen;
  const browser = newSecret(parts.random);
  const to = localPath(query.get('to') ?? undefined);
  const begun = pending.begin({ issuer, to, browser }, now);
  const url = new URL(login.authorizationEndpoint);
  const asked = {
    response_type: 'code',
    client_id: login.clientId,
    redirect_uri: returnAddress(parts),
    scope: login.scopes.join(' '),
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: createHash('sha256').update(begun.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return { kind: 'redirect', to: url.href, cookies: [parts.cookies.write('login', browser)] };
}

async function comeBack(parts: IssuerLoginParts, pending: PendingLogins, visit: OpenVisit): Promise<PageAnswer> {
  const { query, request, now } = visit;
  const { cookies } = parts;
  const login = pending.take(query.get('state') ?? '', cookies.read(request, 'login'), now);
  if (login === undefined) {
    throw unauthorized('this login was not begun in this browser, took too long, or has ended already');
  }
  const iss = query.get('iss');
  // An issuer that says who it is must be the one that was asked (RFC 9207).
  if (iss !== null && iss !== login.issuer) throw unauthorized('another issuer answered than was asked');
  const code = query.get('code');
  if (code === null || code === '') throw unauthorized(`the issuer let nobody in (${errorOf(query)})`);
  const { caller } = await parts.access.admitProven(await prove(parts, login, code));
  const before = cookies.read(request, 'session');
  const { secret } = await parts.sessions.begin(caller, { kind: 'issuer', until: Number.POSITIVE_INFINITY, before });
  return {
    kind: 'page',
    title: 'Logged in',
    // A redirect would still count as coming from the issuer, and the browser would keep the new cookie back.
    refresh: { seconds: 0, to: login.to },
    body: html`<p>${caller.name}, you are logged in. <a href="${login.to}">Go on</a></p>`,
    cookies: [cookies.write('session', secret), cookies.write('login', undefined)],
  };
}

async function prove(parts: IssuerLoginParts, { issuer, nonce, verifier }: PendingLogin, code: string) {
  const login = loginOf(parts.issuers, issuer);
  const idToken = await exchangeCode(login, { code, verifier, redirectUri: returnAddress(parts) });
  return parts.issuers.proveLogin(idToken, issuer, nonce);
}

function loginOf({ logins }: OperatorIssuers, issuer: string): Login {
  const found = logins.find((each) => each.issuer === issuer);
  if (found === undefined) throw unauthorized('nobody logs in there');
  return found.login;
}

function returnAddress({ origin }: IssuerLoginParts): string {
  return `${origin()}/login/return`;
}

/** An error code of RFC 6749, or nothing of what was sent. */
function errorOf(query: URLSearchParams): string {
  const error = query.get('error') ?? '';
  return /^[a-z_]{1,60}$/.test(error) ? error : 'it did not say why';
}

function unauthorized(message: string): SallyportError {
  return new SallyportError('operator/unauthorized', message, { fix: 'begin again: log in' });
}

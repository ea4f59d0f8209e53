import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { OperatorIssuer } from '../../../src/config.ts';
import type { Json } from '../../../src/json.ts';

export const AUDIENCE = 'sallyport-operators';
const CLIENT = 'sallyport-login';
const CLIENT_SECRET = 'not-much-of-a-secret';

/** Claims that replace or, as undefined, remove the usual ones. */
export type Claims = Readonly<Record<string, Json | undefined>>;

/** A real OpenID provider on loopback: keys, an authorization endpoint that asks nobody, a token endpoint. */
export interface IssuerLab {
  readonly issuer: string;
  /** What the provider's token endpoint refused, and why. */
  readonly refused: readonly string[];
  /** As the gate is configured for it. */
  config(changed?: Partial<OperatorIssuer>): OperatorIssuer;
  /** A token for operators, of subject `ada`; times are those of `now`. */
  sign(claims?: Claims, now?: Date): Promise<string>;
  /** From now on signed with another key; the old one is withdrawn. */
  rotate(): Promise<void>;
  /** What the provider does when somebody has logged in there: where it sends the browser, code and state in the query. */
  logIn(authorization: string, claims?: Claims): URL;
  close(): Promise<void>;
}

interface Granted {
  readonly query: URLSearchParams;
  readonly claims: Claims;
}

export async function startIssuer(): Promise<IssuerLab> {
  let key = await newKey();
  const codes = new Map<string, Granted>();
  const refused: string[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const issuer = `http://127.0.0.1:${address.port}`;

  const sign = (claims: Claims, now: Date) => {
    const seconds = Math.floor(now.getTime() / 1000);
    const usual = { iss: issuer, aud: AUDIENCE, sub: 'ada', name: 'Ada', iat: seconds, exp: seconds + 3600 };
    return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', kid: key.kid }).sign(key.privateKey);
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/keys') return reply(response, 200, { keys: [key.jwk] });
    if (request.url !== '/token' || request.method !== 'POST') return reply(response, 404, {});
    const form = new URLSearchParams(await textOf(request));
    const code = form.get('code') ?? '';
    const granted = codes.get(code);
    codes.delete(code);
    const wrong = wrongWith(form, granted, request.headers.authorization);
    if (wrong !== undefined || granted === undefined) {
      refused.push(wrong ?? 'no such code');
      return reply(response, 400, { error: 'invalid_grant' });
    }
    const claims = { aud: CLIENT, nonce: granted.query.get('nonce') ?? undefined, ...granted.claims };
    reply(response, 200, { token_type: 'Bearer', access_token: 'opaque', id_token: await sign(claims, new Date()) });
  }

  return {
    issuer,
    refused,
    config: (changed = {}) => ({
      issuer,
      audience: AUDIENCE,
      jwks: `${issuer}/keys`,
      name: 'name',
      roles: [
        { claim: 'groups', value: 'sre', role: 'approver', groups: ['sre'] },
        { claim: 'groups', value: 'ops', role: 'operator', groups: [] },
        { claim: 'groups', value: 'owners', role: 'administrator', groups: [] },
        { claim: 'job', value: 'auditor', role: 'viewer', groups: [] },
      ],
      login: {
        clientId: CLIENT,
        clientSecret: CLIENT_SECRET,
        authorizationEndpoint: `${issuer}/authorize`,
        tokenEndpoint: `${issuer}/token`,
        scopes: ['openid', 'profile'],
      },
      ...changed,
    }),
    sign: (claims = {}, now = new Date()) => sign(claims, now),
    rotate: async () => {
      key = await newKey();
    },
    logIn: (authorization, claims = {}) => {
      const { searchParams: query } = new URL(authorization);
      const code = randomUUID();
      codes.set(code, { query, claims });
      const back = new URL(query.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', query.get('state') ?? '');
      return back;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a provider checks before it gives a token (RFC 6749 section 4.1.3, RFC 7636 section 4.6). */
function wrongWith(form: URLSearchParams, granted: Granted | undefined, authorization: string | undefined) {
  if (granted === undefined) return 'no such code';
  const { query } = granted;
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  const basic = `Basic ${Buffer.from(`${CLIENT}:${CLIENT_SECRET}`).toString('base64')}`;
  if (form.get('grant_type') !== 'authorization_code') return 'another grant';
  if (query.get('response_type') !== 'code' || query.get('client_id') !== CLIENT) return 'another client';
  if (authorization !== basic) return 'the client did not prove itself';
  if (form.get('redirect_uri') !== query.get('redirect_uri')) return 'another redirect_uri';
  if (query.get('code_challenge_method') !== 'S256' || query.get('code_challenge') !== challenge) return 'PKCE';
  return undefined;
}

async function newKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

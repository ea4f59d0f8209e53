import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personId } from '../../../src/identify/oidc/person.ts';
import { type Claims, type IssuerLab, startIssuer } from '../../identify/oidc/issuer-lab.ts';
import type { Answered } from '../operations-lab.ts';
import { type Browser, openPagesLab, type PagesLab } from './pages-lab.ts';

let idp: IssuerLab;
let pages: PagesLab;
let broken: { readonly origin: string; close(): void };

beforeAll(async () => {
  idp = await startIssuer();
  broken = await startBroken();
  const elsewhere = `${broken.origin}/token`;
  const login = idp.config().login;
  if (login === undefined) throw new Error('the lab logs people in');
  pages = await openPagesLab({}, [
    idp.config(),
    idp.config({ issuer: 'https://broken.example', login: { ...login, tokenEndpoint: elsewhere } }),
    idp.config({ issuer: 'https://tokens-only.example', login: undefined }),
  ]);
});

afterAll(async () => {
  broken.close();
  await idp.close();
  await pages.lab.close();
});

/** A token endpoint that is down. */
async function startBroken() {
  const server = createServer((_request, response) => response.writeHead(503).end('down'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { origin: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

const SRE: Claims = { groups: ['sre'] };

/** The way to the issuer and back, as far as the browser's next request. */
async function setOut(browser: Browser, claims: Claims = SRE, to = '/approvals', n = 0): Promise<URL> {
  const away = await browser.get(`/login/issuer?n=${n}&to=${encodeURIComponent(to)}`);
  expect(away.status).toBe(303);
  return idp.logIn(away.headers.location ?? '', claims);
}

const comeBack = (browser: Browser, back: URL): Promise<Answered> =>
  browser.get(`${back.pathname}${back.search}`, { 'sec-fetch-site': 'cross-site' });

const told = ({ text }: Answered) => /<p>([^<]*)<\/p>/.exec(text)?.[1];

describe('logging in with an issuer', () => {
  it('is offered at the door by those where it is possible', async () => {
    const { text } = await pages.browser().get('/approvals/a?k=1');
    const offered = [...text.matchAll(/href="(\/login\/issuer[^"]*)">([^<]*)</g)].map(([, href, name]) => [href, name]);
    expect(offered).toEqual([
      ['/login/issuer?n=0&amp;to=%2Fapprovals%2Fa%3Fk%3D1', `Log in with ${idp.issuer}`],
      ['/login/issuer?n=1&amp;to=%2Fapprovals%2Fa%3Fk%3D1', 'Log in with https://broken.example'],
    ]);
  });

  it('asks for a code with PKCE, state and nonce, and begins a session that leads to where somebody wanted to go', async () => {
    const browser = pages.browser();
    const away = await browser.get('/login/issuer?n=0&to=%2Fapprovals');
    const asked = new URL(away.headers.location ?? '');
    expect(`${asked.origin}${asked.pathname}`).toBe(`${idp.issuer}/authorize`);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'sallyport-login',
      redirect_uri: `${pages.lab.origin}/login/return`,
      scope: 'openid profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const entered = await comeBack(browser, idp.logIn(asked.href, SRE));
    expect(entered.status).toBe(200);
    expect(entered.text).toContain('<meta http-equiv="refresh" content="0; url=/approvals">');
    expect([...browser.cookies.keys()]).toEqual(['sallyport-session']);
    const seen = await browser.get('/approvals');
    expect(seen.status).toBe(200);
    expect(seen.text).toContain('Ada, approver of sre');
  });

  it('lets an approver of the issuer decide, under the pair of issuer and subject', async () => {
    const { id } = await pages.hold();
    const browser = pages.browser();
    await comeBack(browser, await setOut(browser));
    const csrf = await browser.csrf();
    expect((await browser.post(`/approvals/${id}`, { do: 'approve', why: 'agreed', csrf })).status).toBe(303);
    const by = personId({ issuer: idp.issuer, subject: 'ada' });
    expect((await pages.lab.parts.holds.get(id)).approvals).toMatchObject([{ by, groups: ['sre'], any: false }]);
    expect((await browser.get(`/approvals/${id}`)).text).toContain(`Ada (${by})`);
  });

  it('is over at once when the person is revoked', async () => {
    const browser = pages.browser();
    await comeBack(browser, await setOut(browser, { ...SRE, sub: 'gone', name: 'Gone' }));
    expect((await browser.get('/')).status).toBe(200);
    await pages.lab.parts.access.revoke(personId({ issuer: idp.issuer, subject: 'gone' }), 'test');
    expect((await browser.get('/')).status).toBe(401);
    const again = await comeBack(browser, await setOut(browser, { ...SRE, sub: 'gone', name: 'Gone' }));
    expect([again.status, told(again)]).toEqual([401, 'this operator was revoked.']);
  });
});

describe('a login is refused', () => {
  const NOT_OURS = 'this login was not begun in this browser, took too long, or has ended already.';

  it.each<[string, Claims, string]>([
    ['with the nonce of another', { ...SRE, nonce: 'x'.repeat(43) }, 'the ID token is of another login (nonce).'],
    ['without a nonce', { ...SRE, nonce: undefined }, 'the ID token is of another login (nonce).'],
    ['with a token for another client', { ...SRE, aud: 'other' }, 'the token is for another audience (aud).'],
    [
      'with a token for two clients, of which another asked',
      { ...SRE, aud: ['sallyport-login', 'other'], azp: 'other' },
      'the ID token was made for another client (azp).',
    ],
    [
      'with the access token’s audience',
      { ...SRE, aud: 'sallyport-operators' },
      'the token is for another audience (aud).',
    ],
    ['with a token that is over', { ...SRE, exp: 1 }, 'the token has expired.'],
    [
      'with claims that give no role',
      { groups: ['chess'] },
      'the issuer knows you, but none of your claims gives you a role at this gate.',
    ],
  ])('%s', async (_name, claims, why) => {
    const browser = pages.browser();
    const answer = await comeBack(browser, await setOut(browser, claims));
    expect([answer.status, told(answer), browser.cookies.has('sallyport-session')]).toEqual([401, why, false]);
  });

  it('when the answer is played again, in the same browser too', async () => {
    const browser = pages.browser();
    const back = await setOut(browser);
    const login = browser.cookies.get('sallyport-login') ?? '';
    expect((await comeBack(browser, back)).status).toBe(200);
    const thief = pages.browser();
    thief.cookies.set('sallyport-login', login);
    const again = await comeBack(thief, back);
    expect([again.status, told(again)]).toEqual([401, NOT_OURS]);
  });

  it.each<[string, (back: URL, browser: Browser) => void]>([
    ['with another state', (back) => back.searchParams.set('state', 'x'.repeat(43))],
    ['without a state', (back) => back.searchParams.delete('state')],
    ['in a browser that did not begin it', (_back, browser) => browser.cookies.delete('sallyport-login')],
    ['in a browser that began another', (_back, browser) => browser.cookies.set('sallyport-login', 'y'.repeat(43))],
  ])('%s, and is spent with that', async (_name, spoil) => {
    const browser = pages.browser();
    const back = await setOut(browser);
    const [cookie, good] = [browser.cookies.get('sallyport-login') ?? '', back.searchParams.get('state') ?? ''];
    spoil(back, browser);
    const answer = await comeBack(browser, back);
    expect([answer.status, told(answer), browser.cookies.has('sallyport-session')]).toEqual([401, NOT_OURS, false]);
    if (back.searchParams.get('state') !== good) return;
    browser.cookies.set('sallyport-login', cookie);
    expect(told(await comeBack(browser, back))).toBe(NOT_OURS);
  });

  it('when it took longer than ten minutes', async () => {
    const browser = pages.browser();
    const back = await setOut(browser);
    pages.lab.advance(600);
    expect(told(await comeBack(browser, back))).toBe(NOT_OURS);
    pages.lab.advance(-600);
  });

  it('with the code of another login: the issuer sees that PKCE does not fit', async () => {
    const [victim, attacker] = [pages.browser(), pages.browser()];
    const [theirs, mine] = [await setOut(victim), await setOut(attacker)];
    mine.searchParams.set('code', theirs.searchParams.get('code') ?? '');
    const answer = await comeBack(attacker, mine);
    expect([answer.status, told(answer)]).toEqual([401, 'the issuer gave no ID token for this login.']);
    expect(idp.refused.at(-1)).toBe('PKCE');
  });

  it('when the issuer says that it is another one', async () => {
    const browser = pages.browser();
    const back = await setOut(browser);
    back.searchParams.set('iss', 'https://evil.example');
    expect(told(await comeBack(browser, back))).toBe('another issuer answered than was asked.');
  });

  it.each([
    ['access_denied', 'the issuer let nobody in (access_denied).'],
    ['<script>', 'the issuer let nobody in (it did not say why).'],
  ])('when the issuer refuses with %s', async (error, why) => {
    const browser = pages.browser();
    const back = await setOut(browser);
    back.searchParams.delete('code');
    back.searchParams.set('error', error);
    const answer = await comeBack(browser, back);
    expect([answer.status, told(answer)]).toEqual([401, why]);
  });

  it('when the issuer does not answer, in words that say so', async () => {
    const browser = pages.browser();
    const answer = await comeBack(browser, await setOut(browser, SRE, '/', 1));
    expect([answer.status, told(answer)]).toEqual([502, 'the issuer could not be asked: it answered 503.']);
  });

  it('where nobody logs in', async () => {
    for (const n of ['2', '-1', 'x', '']) {
      expect((await pages.browser().get(`/login/issuer?n=${n}`)).status).toBe(404);
    }
  });
});

it.each(['//evil.example', 'https://evil.example/', '/\\evil.example'])(
  'nobody is sent to %s after logging in with an issuer',
  async (to) => {
    const browser = pages.browser();
    const { text } = await comeBack(browser, await setOut(browser, SRE, to));
    expect(text).toContain('content="0; url=/">');
  },
);

it('a login may use a key that the issuer has changed to meanwhile', async () => {
  const browser = pages.browser();
  await idp.rotate();
  expect((await comeBack(browser, await setOut(browser))).status).toBe(200);
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { operationsPages } from '../../src/operate/pages/pages.ts';
import type { HeldCall } from '../../src/settle/hold/held-call.ts';
import { type Browser, openPagesLab, type PagesLab } from '../operate/pages/pages-lab.ts';

let pages: PagesLab;
let agentToken: string;

beforeAll(async () => {
  pages = await openPagesLab();
  const { registry, tokens } = pages.lab.parts;
  await registry.add({ id: 'fixer', team: 'sre', owner: 'ana', level: 5, scope: { routes: ['*'] } }, 'test', 'a test');
  agentToken = (await tokens.issue({ agent: 'fixer', route: 'staging', by: 'test', why: 'a test' })).token;
});

afterAll(() => pages.lab.close());

let held: HeldCall;
beforeEach(async () => {
  held = await pages.hold();
});

const stateOf = async (id: string) => (await pages.lab.parts.holds.get(id)).state;
const approvalsOf = async (id: string) => (await pages.lab.parts.holds.get(id)).approvals.length;
const APPROVE = { do: 'approve', why: 'a test' };

describe('an agent', () => {
  it('is shown the door, and nothing else, on every page and form, whatever it holds', async () => {
    const { parts, ask, tokens, store } = { ...pages.lab };
    const table = operationsPages({ ...parts.pages, access: parts.access });
    expect(table.length).toBeGreaterThan(12);
    const size = await store.size();
    const found: string[] = [];
    for (const { method, path, permission } of table) {
      if (permission === 'open') continue;
      const place = path.replace(':id', held.id);
      const body = method === 'post' ? 'do=approve&why=x&kind=everything' : undefined;
      const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
      for (const headers of [
        {},
        { authorization: `Bearer ${agentToken}` },
        { authorization: `Bearer ${tokens.administrator}` },
        { cookie: `sallyport-session=${agentToken}` },
        { cookie: `sallyport-session=${tokens.administrator}` },
        { cookie: `sallyport-session=${randomBytes(32).toString('base64url')}` },
      ]) {
        const { status, text } = await ask(method.toUpperCase(), place, { body, headers: { ...form, ...headers } });
        found.push(`${status} ${/<h1>([^<]*)/.exec(text)?.[1]}`);
      }
    }
    expect(new Set(found)).toEqual(new Set(['401 Log in to Sallyport']));
    expect([await store.size(), await stateOf(held.id)]).toEqual([size, 'waiting']);
  });

  it('does not log in with its token', async () => {
    const browser = pages.browser();
    const { status, text } = await browser.post('/login', { token: agentToken, to: '/' });
    expect([status, browser.cookies.size]).toEqual([401, 0]);
    expect(text).not.toContain(agentToken);
  });

  it('gets nothing out of a link that it was sent but the door', async () => {
    const link = pages.lab.parts.pages.links.approvalLink(held.id, held.decideBy);
    const { pathname, search } = new URL(link);
    const { status, text } = await pages.browser().get(`${pathname}${search}`);
    expect(status).toBe(401);
    expect(text).not.toContain('deployments');
    const posted = await pages.browser().post(`${pathname}${search}`, APPROVE);
    expect([posted.status, await stateOf(held.id)]).toEqual([401, 'waiting']);
  });

  it('writes no markup into the pages, wherever its words stand', async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'\u202e`;
    const { id } = await pages.hold({
      agent: evil,
      owner: evil,
      group: evil,
      intent: evil,
      route: evil,
      subject: {
        ...held.subject,
        action: evil,
        name: evil,
        path: evil,
        services: [evil],
        blast: { [evil]: evil },
        changes: [{ path: evil, from: { [evil]: evil }, to: evil }],
        reasons: [{ rule: evil, message: evil, fix: evil }],
        claims: { reason: evil, [evil]: [evil] },
        lost: [evil],
      },
    });
    await pages.hold({ agent: evil, group: evil, route: evil });
    const { browser } = await pages.as('administrator');
    for (const path of ['/', '/approvals', `/approvals/${id}`, `/approvals/group?of=${id}`]) {
      const { status, text } = await browser.get(path);
      expect(status).toBe(200);
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect([...text.matchAll(/<(script|img)|\u202e|="[^"]*"><script/g)]).toEqual([]);
    }
  });
});

describe('a form of another page', () => {
  it.each<
    [string, (csrf: string, other: string) => Readonly<Record<string, string>>, Readonly<Record<string, string>>]
  >([
    ['without the session’s token', () => ({}), {}],
    ['with an empty one', () => ({ csrf: '' }), {}],
    ['with that of another session', (_, other) => ({ csrf: other }), {}],
    ['from another site', (csrf) => ({ csrf }), { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    [
      'from another port of this host',
      (csrf) => ({ csrf }),
      { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' },
    ],
    ['from a page without an origin', (csrf) => ({ csrf }), { origin: 'null' }],
    ['as JSON', (csrf) => ({ csrf }), { 'content-type': 'application/json' }],
    ['as plain text', (csrf) => ({ csrf }), { 'content-type': 'text/plain' }],
  ])('%s does nothing', async (_name, form, headers) => {
    const [mine, theirs] = [await pages.as('administrator'), await pages.as('approver')];
    const path = `/approvals/${held.id}`;
    const answer = await mine.browser.post(path, { ...APPROVE, ...form(mine.csrf, theirs.csrf) }, headers);
    expect([answer.status, await approvalsOf(held.id)]).toEqual([403, 0]);
    const login = await mine.browser.post(
      '/freezes',
      { kind: 'everything', why: 'x', ...form(mine.csrf, theirs.csrf) },
      headers,
    );
    expect([login.status, pages.lab.parts.freezes.active(pages.lab.parts.now())]).toEqual([403, []]);
  });

  it('logs nobody in as somebody else', async () => {
    const browser = pages.browser();
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const { status } = await browser.post('/login', { token: pages.lab.tokens.viewer, to: '/' }, foreign);
    expect([status, browser.cookies.size]).toEqual([403, 0]);
  });

  it('does not act by being read', async () => {
    const { browser, csrf } = await pages.as('administrator');
    const query = new URLSearchParams({ ...APPROVE, csrf });
    expect((await browser.get(`/approvals/${held.id}?${query}`)).status).toBe(200);
    expect((await browser.get(`/freezes?kind=everything&why=x&csrf=${csrf}`)).status).toBe(404);
    expect([await approvalsOf(held.id), pages.lab.parts.freezes.active(pages.lab.parts.now())]).toEqual([0, []]);
  });
});

describe('a session', () => {
  it('is never one that somebody else put into the browser', async () => {
    const planted = randomBytes(32).toString('base64url');
    const browser = pages.browser();
    browser.cookies.set('sallyport-session', planted);
    await browser.logIn(pages.lab.tokens.administrator);
    expect(browser.cookies.get('sallyport-session')).not.toBe(planted);
    const thief = pages.browser();
    thief.cookies.set('sallyport-session', planted);
    expect((await thief.get('/')).status).toBe(401);
  });

  it('of two cookies of its name is none: one of them was planted', async () => {
    const { browser } = await pages.as('administrator');
    const cookie = `sallyport-session=x; sallyport-session=${browser.cookies.get('sallyport-session')}`;
    expect((await browser.get('/', { cookie })).status).toBe(401);
  });

  it('opens nothing of the operations API: that takes a token, and no form can send one', async () => {
    const { browser } = await pages.as('administrator');
    expect((await browser.get('/v1/approvals')).status).toBe(401);
    expect((await browser.post('/v1/freezes', { kind: 'everything' })).status).toBe(401);
  });

  it('ends at once with its operator', async () => {
    const { operator, token } = await pages.lab.parts.operators.add('Short', 'administrator', [], undefined, 'test');
    const browser = pages.browser();
    const csrf = await browser.logIn(token);
    await pages.lab.parts.access.revoke(operator.id, 'test');
    const tried = await browser.post(`/approvals/${held.id}`, { ...APPROVE, csrf });
    expect([tried.status, (await browser.get('/')).status, await approvalsOf(held.id)]).toEqual([401, 401, 0]);
  });
});

describe('somebody with a session of their own', () => {
  let viewer: { browser: Browser; csrf: string };
  beforeAll(async () => {
    viewer = await pages.as('viewer');
  });

  it.each([
    ['approves nothing as a viewer', (id: string) => [`/approvals/${id}`, APPROVE] as const],
    ['denies nothing as a viewer', (id: string) => [`/approvals/${id}`, { ...APPROVE, do: 'deny' }] as const],
    ['cancels nothing as a viewer', (id: string) => [`/approvals/${id}`, { ...APPROVE, do: 'cancel' }] as const],
    ['freezes nothing as a viewer', () => ['/freezes', { kind: 'everything', why: 'x' }] as const],
  ])('%s', async (_name, act) => {
    const [path, form] = act(held.id);
    const { status } = await viewer.browser.post(path, { ...form, csrf: viewer.csrf });
    expect([status, await stateOf(held.id), pages.lab.parts.freezes.active(pages.lab.parts.now())]).toEqual([
      403,
      'waiting',
      [],
    ]);
  });

  it('approves nothing by a group form either', async () => {
    const { status, text } = await viewer.browser.post('/approvals/group', {
      ...APPROVE,
      hold: held.id,
      csrf: viewer.csrf,
    });
    expect([status, await approvalsOf(held.id)]).toEqual([200, 0]);
    expect(text).toContain('not done');
  });

  it.each([
    ['a link that is too old', 410, 'This link is too old.', (k: string) => k],
    [
      'a link that was changed',
      400,
      'This link was not made by this gate',
      (k: string) => `${k.slice(0, -1)}${k.endsWith('A') ? 'B' : 'A'}`,
    ],
    ['a link with nothing for a signature', 400, 'This link was not made by this gate', () => ''],
  ])('is told clearly of %s, and sees nothing by it', async (_name, status, told, change) => {
    const link = pages.lab.parts.pages.links.approvalLink(held.id, pages.lab.parts.now().toISOString());
    const k = change(new URL(link).searchParams.get('k') ?? '');
    const answer = await viewer.browser.get(`/approvals/${held.id}?k=${k}`);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(told);
    expect(answer.text).not.toContain('deployments');
  });

  it.each([
    ['no reason', '', 400],
    ['a reason of blanks', '   ', 400],
    ['a reason of 1,001 characters', 'x'.repeat(1001), 400],
    ['a reason that repaints terminals', '\u001b[2Jok', 400],
    ['a reason of 64 KiB', 'x'.repeat(65_536), 413],
  ])('decides nothing with %s', async (_name, why, status) => {
    const { browser, csrf } = await pages.as('administrator');
    const answer = await browser.post(`/approvals/${held.id}`, { ...APPROVE, why, csrf });
    expect([answer.status, await approvalsOf(held.id)]).toEqual([status, 0]);
  });

  it.each([
    ['that is not there', 'nobody', 404],
    ['with markup', '%3Cscript%3E', 404],
    ['that leaves its place', '..%2F..%2Fv1%2Fagents', 404],
    ['that cannot be decoded', '%E0%A4%A', 400],
  ])('finds no held call by an id %s', async (_name, id, status) => {
    const answer = await viewer.browser.get(`/approvals/${id}`);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('<script');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)'])(
    'is not sent to %s after logging in',
    async (to) => {
      const browser = pages.browser();
      const { status, headers } = await browser.post('/login', { token: pages.lab.tokens.viewer, to });
      expect([status, headers.location]).toEqual([303, '/']);
      expect((await browser.get(`/login?to=${encodeURIComponent(to)}`)).text).toContain('name="to" value="/"');
    },
  );
});

it('every page forbids scripts, framing and forms to elsewhere, and says its origin with its own forms', async () => {
  const { browser } = await pages.as('viewer');
  for (const path of ['/', '/approvals', `/approvals/${held.id}`, '/approvals/nobody', '/login']) {
    const { headers, text } = await browser.get(path);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect([...text.matchAll(/<(?:script|iframe|object)|<[^>]*\s(?:on\w+|style)=/g)]).toEqual([]);
  }
});

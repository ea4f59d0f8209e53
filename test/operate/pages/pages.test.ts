import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPagesLab, type PagesLab } from './pages-lab.ts';

let pages: PagesLab;

beforeAll(async () => {
  pages = await openPagesLab();
});

afterAll(() => pages.lab.close());

const stateOf = async (id: string) => (await pages.lab.parts.holds.get(id)).state;

describe('the door', () => {
  it('opens with a token, leads to where somebody wanted to go, and is shut by logging out', async () => {
    const browser = pages.browser();
    const first = await browser.get('/approvals/some?k=1');
    expect([first.status, first.headers['www-authenticate']]).toEqual([401, 'Bearer realm="sallyport operators"']);
    expect(first.text).toContain('<input type="hidden" name="to" value="/approvals/some?k=1">');
    const entered = await browser.post('/login', { token: pages.lab.tokens.viewer, to: '/approvals/some?k=1' });
    expect([entered.status, entered.headers.location]).toEqual([303, '/approvals/some?k=1']);
    expect(entered.headers['set-cookie']).toEqual([
      expect.stringMatching(/^sallyport-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    const csrf = await browser.csrf();
    const secret = browser.cookies.get('sallyport-session') ?? '';
    expect((await browser.get('/')).text).toContain('Test viewer, viewer');
    const left = await browser.post('/logout', { csrf });
    expect([left.status, left.headers.location, browser.cookies.size]).toEqual([303, '/login', 0]);
    browser.cookies.set('sallyport-session', secret);
    expect((await browser.get('/')).status).toBe(401);
  });

  it('says why a token is refused, and shows nothing of it', async () => {
    const token = `${pages.lab.tokens.viewer.slice(0, -43)}${'c'.repeat(43)}`;
    const refused = await pages.browser().post('/login', { token, to: '/approvals' });
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('this is not the token of any operator');
    expect(refused.text).toContain('name="to" value="/approvals"');
    expect(refused.text).not.toContain(token);
    expect(refused.headers).not.toHaveProperty('set-cookie');
  });

  it('sends the browser again when a link elsewhere kept the cookie back, and asks for no second login', async () => {
    const { browser } = await pages.as('viewer');
    const stranger = await pages.browser().get('/approvals/x?k=1', { 'sec-fetch-site': 'cross-site' });
    expect(stranger.status).toBe(401);
    expect(stranger.text).toContain('<meta http-equiv="refresh" content="0; url=/approvals/x?k=1">');
    expect((await browser.get('/', { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });
});

describe('a held call', () => {
  it('is shown with its exact change, its reach, its reasons, what is missing, and what the agent claims', async () => {
    const { id } = await pages.hold();
    const { browser } = await pages.as('administrator');
    const { status, text } = await browser.get(`/approvals/${id}`);
    expect(status).toBe(200);
    const shown = [
      'patch deployments.apps/scale shop/web',
      'It needs 2 more of sre or payments, before',
      '<code>/spec/replicas</code>',
      '<code>3</code></td><td><code>12</code>',
      '100 % of the service',
      'The way back does not bring back: the addresses of the pods that end.',
      'level 2 needs two people in production',
      'levels/verdict',
      'fixer, level 2, owned by ana',
      'The agent’s own words, not facts.',
      'the queue grows',
      'Nobody has approved it.',
      `sha256:${id}-change`,
      `sha256:${'b'.repeat(64)}`,
    ];
    expect(shown.filter((each) => !text.includes(each))).toEqual([]);
  });

  it('is approved by two people, each once, and then shows who did', async () => {
    const { id } = await pages.hold();
    const [root, sre] = [await pages.as('administrator'), await pages.as('approver')];
    const path = `/approvals/${id}`;
    const yes = { do: 'approve', why: 'the change is what was agreed' };
    const first = await sre.browser.post(path, { ...yes, csrf: sre.csrf });
    expect([first.status, first.headers.location, await stateOf(id)]).toEqual([303, path, 'waiting']);
    const seen = await sre.browser.get(path);
    expect(seen.text).toContain('You have approved it.');
    expect(seen.text).not.toContain('value="approve"');
    expect((await sre.browser.post(path, { ...yes, csrf: sre.csrf })).status).toBe(409);
    expect((await root.browser.post(path, { ...yes, csrf: root.csrf })).status).toBe(303);
    expect(await stateOf(id)).toBe('approved');
    const { text } = await root.browser.get(path);
    expect(text).toContain('It is approved, and runs when its agent sends it again unchanged.');
    expect(text).toContain(`Test approver (${pages.lab.ids.approver})`);
    expect(text).toContain('the change is what was agreed');
  });

  it('is denied by one person, which ends it', async () => {
    const { id } = await pages.hold();
    const { browser, csrf } = await pages.as('approver');
    expect((await browser.post(`/approvals/${id}`, { do: 'deny', why: 'not now', csrf })).status).toBe(303);
    expect(await stateOf(id)).toBe('denied');
    const { text } = await browser.get(`/approvals/${id}`);
    expect(text).toContain('It was denied.');
    expect(text).not.toContain('name="do"');
    const again = await browser.post(`/approvals/${id}`, { do: 'approve', why: 'after all', csrf });
    expect([again.status, await stateOf(id)]).toEqual([409, 'denied']);
  });

  it.each([
    ['owns the agent', { owner: 'TEST Approver' }, 'Test approver owns agent fixer, and nobody approves their own'],
    [
      'is of another group',
      { holds: [{ kind: 'people', key: 'k', groups: ['dba'], quorum: 1, until: '' }] },
      'Test approver is in none of the groups that decide about this call',
    ],
  ] as const)('says why somebody who %s does not decide, and has no button', async (_name, changed, why) => {
    const { id } = await pages.hold(changed);
    const { browser, csrf } = await pages.as('approver');
    const { text } = await browser.get(`/approvals/${id}`);
    expect(text).toContain(`You do not decide: ${why}.`);
    expect(text).not.toContain('name="do"');
    const tried = await browser.post(`/approvals/${id}`, { do: 'approve', why: 'anyway', csrf });
    expect([tried.status, await stateOf(id)]).toEqual([403, 'waiting']);
    expect(tried.text).toContain(why);
  });

  it('that is not there is a page that says so', async () => {
    const { browser } = await pages.as('viewer');
    const { status, text } = await browser.get('/approvals/nobody');
    expect(status).toBe(404);
    expect(text).toContain('there is no held call');
  });
});

describe('calls of one command', () => {
  it('are approved together in one click: those that were shown, not what came later', async () => {
    const shown = [await pages.hold({ group: 'g1', agent: 'bot' }), await pages.hold({ group: 'g1', agent: 'bot' })];
    const { browser, csrf } = await pages.as('administrator');
    const { text } = await browser.get(`/approvals/group?of=${shown[0]?.id}`);
    expect(text).toContain('Approve all 2');
    const ids = [...text.matchAll(/name="hold" value="([^"]+)"/g)].map(([, id = '']) => id);
    expect(ids).toEqual(shown.map(({ id }) => id));
    const late = await pages.hold({ group: 'g1', agent: 'bot' });
    const foreign = await pages.hold({ group: 'g1', agent: 'other' });
    const form = (): [string, string][] => [
      ...[...ids, 'nobody'].map((id): [string, string] => ['hold', id]),
      ['do', 'approve'],
      ['why', 'all of it was agreed'],
      ['csrf', csrf],
    ];
    const done = await browser.post('/approvals/group', form);
    expect(done.status).toBe(200);
    expect(done.text).toContain('not done</span>, there is no held call');
    const counts = [...shown, late, foreign].map(({ id }) => pages.lab.parts.holds.peek(id)?.approvals.length);
    expect(counts).toEqual([1, 1, 0, 0]);
  });
});

describe('the overview', () => {
  it('has the stop button: one form with a reason freezes everything, and another lifts it', async () => {
    const { browser, csrf } = await pages.as('administrator');
    const frozen = await browser.post('/freezes', { kind: 'everything', why: 'alarm', reads: 'yes', csrf });
    expect([frozen.status, frozen.headers.location]).toEqual([303, '/']);
    const [freeze] = pages.lab.parts.freezes.active(pages.lab.parts.now());
    expect(freeze).toMatchObject({ scope: { kind: 'everything' }, reads: true, why: 'alarm' });
    const { text } = await browser.get('/');
    expect(text).toContain('Frozen: everything');
    expect((await (await pages.as('operator')).browser.get('/')).text).not.toContain('Lift this freeze');
    const lifted = await browser.post(`/freezes/${freeze?.id}/lift`, { why: 'over', csrf });
    expect([lifted.status, pages.lab.parts.freezes.active(pages.lab.parts.now())]).toEqual([303, []]);
  });

  it('freezes one thing by its kind and name', async () => {
    const { browser, csrf } = await pages.as('approver');
    await browser.post('/freezes', { kind: 'environment', name: ' prod ', why: 'alarm', csrf });
    const [freeze] = pages.lab.parts.freezes.active(pages.lab.parts.now());
    expect(freeze).toMatchObject({ scope: { kind: 'environment', environment: 'prod' }, reads: false });
    await pages.lab.parts.freezes.lift(freeze?.id ?? '', 'test', 'over');
    const wrong = await browser.post('/freezes', { kind: 'galaxy', name: 'x', why: 'alarm', csrf });
    expect([wrong.status, pages.lab.parts.freezes.active(pages.lab.parts.now())]).toEqual([400, []]);
  });

  it('offers a viewer nothing to press but the way out', async () => {
    await pages.hold();
    const { browser } = await pages.as('viewer');
    const { text } = await browser.get('/');
    expect([...text.matchAll(/<form [^>]*action="([^"]+)"/g)].map(([, action]) => action)).toEqual(['/logout']);
  });
});

describe('an agent', () => {
  beforeAll(async () => {
    const { registry } = pages.lab.parts;
    const scope = { environments: ['prod'], namespaces: ['*'] };
    await registry.add(
      { id: 'bot', team: 'sre', owner: 'ana', level: 3, scope },
      pages.lab.ids.operator,
      'nightly repairs',
    );
  });

  it('has its weekly review as a document without forms, which only who may read is shown', async () => {
    const { browser } = await pages.as('viewer');
    const { status, headers, text } = await browser.get('/reports/weekly?agent=bot');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(text).toContain('<!doctype html>');
    expect([...text.matchAll(/<form|<script/g)]).toEqual([]);
    expect((await browser.get('/reports/weekly?from=yesterday')).status).toBe(400);
    expect((await browser.get('/reports/handoff/nobody')).status).toBe(404);
  });

  const levelOf = () => pages.lab.parts.registry.agent('bot')?.level;
  const choices = (text: string) => [...text.matchAll(/<option value="(\d)">([^<]*)</g)].map(([, , said]) => said);

  it('is listed, and shown with its grant, its scope and who gave it its authority', async () => {
    const { browser } = await pages.as('viewer');
    expect((await browser.get('/agents')).text).toContain('<a href="/agents/bot">bot</a>');
    const { text } = await browser.get('/agents/bot');
    const shown = [
      '<dt>Environments</dt><dd>prod</dd>',
      `Test operator (${pages.lab.ids.operator}): nightly repairs`,
      'who granted the authority',
      'Nothing yet.',
    ];
    expect(shown.filter((each) => !text.includes(each))).toEqual([]);
    expect(choices(text)).toEqual([]);
    expect((await browser.get('/agents/nobody')).status).toBe(404);
  });

  it('is demoted by an operator, and promoted one step at a time by who may', async () => {
    const operator = await pages.as('operator');
    expect(choices((await operator.browser.get('/agents/bot')).text)).toEqual([
      'demote to 0',
      'demote to 1',
      'demote to 2',
    ]);
    const form = { level: '4', why: 'it has earned it', csrf: operator.csrf };
    const tried = await operator.browser.post('/agents/bot/level', form);
    expect([tried.status, levelOf()]).toEqual([403, 3]);
    const root = await pages.as('administrator');
    expect(choices((await root.browser.get('/agents/bot')).text)).toContain('promote to 4');
    const promoted = await root.browser.post('/agents/bot/level', { ...form, csrf: root.csrf });
    expect([promoted.status, promoted.headers.location, levelOf()]).toEqual([303, '/agents/bot', 4]);
    const demoted = await operator.browser.post('/agents/bot/level', { ...form, level: '1' });
    expect([demoted.status, levelOf()]).toEqual([303, 1]);
    const odd = await operator.browser.post('/agents/bot/level', { ...form, level: '9' });
    expect([odd.status, levelOf()]).toEqual([400, 1]);
  });
});

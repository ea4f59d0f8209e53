import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { at, listAt, textAt } from '../../src/cli/json-fields.ts';
import { type Receiver, startReceiver } from '../operate/notify/receiver.ts';
import { changeFeatures, type HoldLab, resetFeatures, startHoldLab } from './hold-lab.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const KUBECTL = {
  'user-agent': 'kubectl/v1.36.0 (linux/amd64) kubernetes/0123abc',
  'kubectl-session': 'a1b2c3d4-0001',
};

let hooks: Receiver;
let pager: Receiver;
let chat: Receiver;
let lab: HoldLab;
beforeAll(async () => {
  hooks = await startReceiver();
  pager = await startReceiver();
  chat = await startReceiver();
  lab = await startHoldLab({
    config: {
      operators: { origin: 'https://gate.example.com' },
      notify: {
        digest: '1s',
        targets: [
          { name: 'hooks', kind: 'webhook', url: hooks.url, secret: SECRET },
          { name: 'pager', kind: 'pagerduty', url: pager.url, key: 'R0UT1NGKEY' },
          { name: 'chat', kind: 'slack', url: chat.url, for: ['hold.opened', 'hold.denied'], groups: ['platform'] },
        ],
      },
    },
  });
});
afterAll(async () => {
  await lab.close();
  await hooks.close();
  await pager.close();
  await chat.close();
});

beforeEach(async () => {
  hooks.forget();
  pager.forget();
  chat.forget();
  await resetFeatures(lab);
});

it('tells people of a freeze and of its end, signed, in order', async () => {
  const scope = { kind: 'environment', environment: 'dev' };
  const { id } = await lab.admin.post('/v1/freezes', { scope, reads: false, why: 'the database is moving' });
  await lab.admin.post(`/v1/freezes/${id}/lift`, { why: 'it has moved' });
  await Promise.all([hooks.until(2), pager.until(2)]);
  expect(hooks.got.map(({ json }) => [json.type, textAt(json, 'data', 'title')])).toEqual([
    ['freeze.set', 'Frozen by root: environment dev'],
    ['freeze.lifted', 'Thawed by root: environment dev'],
  ]);
  for (const { headers, body } of hooks.got) {
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  }
});

it('asks for approval once for the calls of one kubectl command, and says how they ended', async () => {
  const { id: agent, token } = await lab.agent({ level: 2, owner: 'olga' });
  const first = changeFeatures(lab, token, { checkout: 'modern' }, KUBECTL);
  await lab.untilWaiting(1);
  const second = changeFeatures(lab, token, { payment: 'modern' }, KUBECTL);
  const held = await lab.untilWaiting(2);
  const [hold] = held.map((each) => textAt(each, 'id'));
  await pager.until(1);
  // Signed, so that people can tell the gate's own links from others.
  const link = expect.stringMatching(
    new RegExp(`^https://gate\\.example\\.com/approvals/${hold}\\?k=[0-9a-z]+\\.[\\w-]{43}$`),
  );
  expect(pager.got.map(({ json }) => json)).toEqual([
    {
      routing_key: 'R0UT1NGKEY',
      event_action: 'trigger',
      dedup_key: `sallyport:holds:${agent}/${textAt(held[0], 'group')}`,
      payload: {
        summary: `${agent} waits for approval: kubernetes:configmaps:patch shop-dev/features`,
        source: 'sallyport',
        severity: 'warning',
        timestamp: expect.any(String),
        component: agent,
        group: 'dev',
        class: 'hold.opened',
        custom_details: {
          Agent: `${agent}, level 2`,
          Call: 'kubernetes:configmaps:patch shop-dev/features on route demo',
          Environment: 'dev',
          Tier: 'B',
          Reaches: '1 object',
          Changes: '/data/checkout: classic → modern',
          'Waits for': '1 of platform',
          Why: expect.stringContaining('level 2'),
          'Decide by': textAt(held[0], 'decideBy'),
          about: { hold, agent },
        },
      },
      links: [{ href: link, text: 'Open' }],
      client: 'Sallyport',
      client_url: link,
    },
  ]);
  for (const each of held) await lab.people.ana.post(`/v1/approvals/${textAt(each, 'id')}/approve`, { why: 'fine' });
  expect([(await first).status, (await second).status]).toEqual([200, 200]);
  await Promise.all([pager.until(2), hooks.until(2), chat.until(1)]);
  expect(pager.got.slice(1).map(({ json }) => json)).toEqual([
    { routing_key: 'R0UT1NGKEY', event_action: 'resolve', dedup_key: textAt(pager.got[0]?.json, 'dedup_key') },
  ]);
  expect(titles(hooks).slice(0, 2)).toEqual([
    `${agent} waits for approval: kubernetes:configmaps:patch shop-dev/features`,
    '2 calls that belong together have ended: 2 approved. The last: Approved by ana: kubernetes:configmaps:patch shop-dev/features',
  ]);
});

it('shows what an agent says of itself as text, in every format', async () => {
  const { id: agent, token } = await lab.agent({ level: 2, owner: 'olga' });
  const says = { 'sallyport-reason': '<!channel> *all is well*, <https://evil.example|approve>' };
  const call = changeFeatures(lab, token, { checkout: 'modern' }, says);
  const [held] = await lab.untilWaiting(1);
  // What ran in the test before is told in a digest, which may come between.
  const opened = () => hooks.got.find(({ json }) => json.type === 'hold.opened');
  await chat.until(1);
  await expect.poll(opened).toBeDefined();
  expect(at(opened()?.json, 'data', 'facts')).toContainEqual({
    ...{ name: 'The agent says', value: '<!channel> *all is well*, <https://evil.example|approve>' },
  });
  const [, section] = listAt(chat.got[0]?.json, 'blocks');
  expect([textAt(section, 'text', 'type'), textAt(section, 'text', 'text')]).toEqual([
    'plain_text',
    expect.stringContaining('&lt;!channel&gt; *all is well*, &lt;https://evil.example|approve&gt;'),
  ]);
  await lab.people.ana.post(`/v1/approvals/${textAt(held, 'id')}/deny`, { why: 'it is not well' });
  expect((await call).status).toBe(403);
  await chat.until(2);
  expect(textAt(chat.got[1]?.json, 'text')).toBe('Denied by ana: kubernetes:configmaps:patch shop-dev/features');
  expect(chat.got.every(({ body }) => body.includes(agent))).toBe(true);
});

it('keeps no call waiting while a target does not answer', async () => {
  const { token } = await lab.agent({ level: 3 });
  const waiting: (() => void)[] = [];
  hooks.answer = (_request, response) => waiting.push(() => response.writeHead(200).end());
  const scope = { kind: 'environment', environment: 'nowhere' };
  await lab.admin.post('/v1/freezes', { scope, reads: false, why: 'for the notice' });
  await Promise.all([hooks.until(1), pager.until(1)]);
  for (const checkout of ['a', 'b', 'c']) expect((await changeFeatures(lab, token, { checkout })).status).toBe(200);
  expect(hooks.got.length).toBe(1);
  hooks.answer = undefined;
  for (const answer of waiting) answer();
});

it('tells of what ran without asking in one notice, and keeps the pager out of it', async () => {
  const { id: agent, token } = await lab.agent({ level: 3 });
  for (const checkout of ['a', 'b', 'c']) expect((await changeFeatures(lab, token, { checkout })).status).toBe(200);
  // What ran in the test before is told in a digest too.
  const ours = () => hooks.got.filter(({ body }) => body.includes(agent));
  await expect.poll(() => ours().length, { timeout: 5_000 }).toBe(1);
  const [told] = ours();
  const line = { name: expect.any(String), value: `${agent} may: kubernetes:configmaps:patch shop-dev/features` };
  expect([told?.json.type, textAt(told?.json, 'data', 'title'), at(told?.json, 'data', 'facts')]).toEqual([
    'call.digest',
    expect.stringMatching(/^\d calls that policy wants people to know of$/),
    expect.arrayContaining([line, line, line]),
  ]);
  expect(pager.got).toEqual([]);
});

it('leaves nothing behind when all was delivered', async () => {
  await expect.poll(async () => await lab.admin.get('/v1/notices')).toEqual({ notices: [] });
  const ids = (await lab.gate.store.list('outbox')).map(({ id }) => id);
  expect(ids).toEqual(['head']);
});

function titles({ got }: Receiver): readonly string[] {
  return got.map(({ json }) => textAt(json, 'data', 'title'));
}

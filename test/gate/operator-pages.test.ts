import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { Browser } from '../operate/pages/pages-lab.ts';
import { ask } from './gate-lab.ts';
import { changeFeatures, type HoldLab, startHoldLab } from './hold-lab.ts';

let lab: HoldLab;
let tls: Agent;
let token: string;
beforeAll(async () => {
  lab = await startHoldLab();
  tls = new Agent({ keepAlive: true, ca: lab.gate.caPem });
  ({ token } = await lab.agent({ level: 2, owner: 'olga' }));
});
afterAll(async () => {
  tls.destroy();
  await lab.close();
});

/** A browser at the operators' side of the gate, over TLS. */
function browser(): Browser {
  const { origin } = lab.gate.operate;
  return new Browser({
    origin,
    ask: async (method, path, { body, headers = {} } = {}) => {
      const sent = typeof body === 'string' ? { body, headers } : { headers };
      const { status, headers: got, body: text, json } = await ask(tls, `${origin}${path}`, method, sent);
      return { status, headers: got, text, json };
    },
  });
}

async function logIn(role: string): Promise<{ readonly page: Browser; readonly csrf: string }> {
  const added = await lab.admin.post('/v1/operators', { name: `${role} ${Math.random()}`, role });
  const page = browser();
  return { page, csrf: await page.logIn(textAt(added, 'token')) };
}

it('a change waits, is read and approved in a browser, runs once, and is taken back in one click', async () => {
  const { page, csrf } = await logIn('administrator');
  expect([...page.cookies.keys()]).toEqual(['__Host-sallyport-session']);
  const answer = changeFeatures(lab, token, { checkout: 'modern' });
  const [held] = await lab.untilWaiting(1);
  const id = textAt(held ?? null, 'id');
  const overview = await page.get('/');
  expect(overview.text).toContain(`<a href="/approvals/${id}">patch configmaps shop-dev/features</a>`);
  const seen = await page.get(`/approvals/${id}`);
  expect(seen.text).toContain('<code>&quot;classic&quot;</code></td><td><code>&quot;modern&quot;</code>');
  const approved = await page.post(`/approvals/${id}`, { do: 'approve', why: 'it was agreed', csrf });
  expect(approved.status).toBe(303);
  expect((await answer).status).toBe(200);
  expect(lab.done()).toHaveLength(1);

  const used = await page.get(`/approvals/${id}`);
  expect(used.text).toContain('It was approved and has run.');
  const [, ran = ''] = /href="\/decisions\/([^"]+)">decision/.exec(used.text) ?? [];
  const decision = await page.get(`/decisions/${ran}`);
  expect(decision.text).toContain('<h1>patch configmaps: allow</h1>');
  expect(decision.text).toContain('>Revert</button>');
  const look = await page.get(`/decisions/${ran}/revert`);
  expect(look.text).toContain('<code>&quot;modern&quot;</code></td><td><code>&quot;classic&quot;</code>');
  expect(lab.done()).toHaveLength(1);
  const reverted = await page.post(`/decisions/${ran}/revert`, { why: 'it made things worse', csrf });
  expect(reverted.text).toContain('<dt>State</dt><dd>ran</dd>');
  expect(lab.done()).toHaveLength(2);
  const again = await page.post(`/decisions/${ran}/revert`, { why: 'it made things worse', csrf });
  expect(again.text).toContain('<dt>State</dt><dd>nothing-to-do</dd>');
  expect(lab.done()).toHaveLength(2);
});

it('who may not revert has no button for it, and does not get far without one', async () => {
  const { page, csrf } = await logIn('viewer');
  const [latest] = await lab.decisions('?limit=1&outcome=allow');
  const path = `/decisions/${textAt(latest ?? null, 'id')}`;
  expect((await page.get(path)).text).not.toContain('>Revert</button>');
  expect((await page.post(`${path}/revert`, { why: 'x', csrf })).status).toBe(403);
});

it('one click stops everything: what waits ends, and an agent is refused at once', async () => {
  const { page, csrf } = await logIn('operator');
  const answer = changeFeatures(lab, token, { checkout: 'other' });
  await lab.untilWaiting(1);
  expect((await page.post('/freezes', { kind: 'everything', why: 'alarm', csrf })).status).toBe(303);
  expect((await answer).status).toBe(403);
  expect(await lab.waiting()).toEqual([]);
  expect((await changeFeatures(lab, token, { checkout: 'other' })).status).toBe(403);
  expect((await page.get('/')).text).toContain('Frozen: everything');
});

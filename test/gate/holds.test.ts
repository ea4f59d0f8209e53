import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import type { Answer } from './gate-lab.ts';
import { changeFeatures, type HoldLab, resetFeatures, startHoldLab } from './hold-lab.ts';

const KUBECTL = {
  'user-agent': 'kubectl/v1.36.0 (linux/amd64) kubernetes/0123abc',
  'kubectl-session': 'a1b2c3d4-0001',
};
const WEB = '/kube/demo/apis/apps/v1/namespaces/shop-prod/deployments/web';
const WHY = { why: 'looks right' };

let lab: HoldLab;
let agent: { readonly id: string; readonly token: string };
/** Waited for before a change of a held call is written. */
let stall: ((what: string, id: string) => Promise<void>) | undefined;
/** Moves the gate's clock. */
let skipped = 0;
beforeAll(async () => {
  lab = await startHoldLab({
    stallHolds: async (what, id) => stall?.(what, id),
    now: () => new Date(Date.now() + skipped),
  });
});
afterAll(() => lab.close());
beforeEach(async () => {
  stall = undefined;
  for (const held of await lab.waiting()) await lab.admin.post(`/v1/approvals/${idOf(held)}/cancel`, WHY);
  await resetFeatures(lab);
  agent = await lab.agent({ level: 2, owner: 'olga' });
});

const change = (data: JsonObject, headers = {}) => changeFeatures(lab, agent.token, data, headers);
const idOf = (held: JsonObject | undefined) => textAt(held, 'id');
const stateOf = async (id: string) => textAt(await lab.admin.get(`/v1/approvals/${id}`), 'state');
const approve = (id: string, by: keyof HoldLab['people'] = 'ana', more: JsonObject = {}) =>
  lab.people[by].post(`/v1/approvals/${id}/approve`, { ...WHY, ...more });
const told = ({ status, headers, json }: Answer) => [status, headers['sallyport-outcome'], textAt(json, 'message')];
/** Resolves with how a promise ended. */
const end = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (thrown: { code?: string; message?: string }) => thrown.code ?? thrown.message,
  );

/** The deployment that was deleted, again. */
async function resetWeb(): Promise<void> {
  const path = '/apis/apps/v1/namespaces/shop-prod/deployments';
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  const spec = { replicas: 2, selector: { matchLabels: { app: 'web' } }, template };
  await fetch(`${lab.upstream.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec }),
  });
  lab.upstream.forget();
}

/** So many decisions of the agent are on the record. */
async function untilDecided(count: number): Promise<void> {
  for (let look = 0; look < 400 && (await lab.decisions(`?agent=${agent.id}`)).length < count; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A held call, as one that nobody waits for any more. */
async function hold(data: JsonObject = { checkout: 'modern' }): Promise<{ id: string; answer: Promise<Answer> }> {
  const answer = change(data);
  const [held] = await lab.untilWaiting(1);
  return { id: idOf(held), answer };
}

describe('a held call', () => {
  it('waits, and runs once enough people have approved it', async () => {
    const answer = change({ checkout: 'modern' });
    const [held] = await lab.untilWaiting(1);
    expect(held).toMatchObject({
      state: 'waiting',
      needs: [{ kind: 'people', groups: ['platform'], quorum: 1, missing: 1 }],
      subject: {
        action: 'kubernetes:configmaps:patch',
        changes: [{ path: '/data/checkout', from: 'classic', to: 'modern' }],
        environment: 'dev',
      },
    });
    expect(lab.done()).toEqual([]);
    const approved = await approve(idOf(held));
    expect(approved).toMatchObject({ state: 'approved', approvals: [{ by: lab.ids.ana, why: 'looks right' }] });
    const { status, headers, json } = await answer;
    expect([status, headers['sallyport-outcome'], textAt(json, 'data', 'checkout')]).toEqual([200, 'allow', 'modern']);
    expect(lab.done()).toEqual(['PATCH /api/v1/namespaces/shop-dev/configmaps/features']);
    const ran = String(headers['sallyport-decision']);
    expect(await lab.admin.get(`/v1/approvals/${idOf(held)}`)).toMatchObject({ state: 'used', ranAs: ran });
    expect(await lab.admin.get(`/v1/decisions/${ran}`)).toMatchObject({
      decided: { did: 'allow', by: 'policy', approved: { hold: idOf(held), approvals: [{ by: lab.ids.ana }] } },
    });
  });

  it('is stored with its exact request, encrypted, without credentials, and only until it is over', async () => {
    const { id, answer } = await hold({ checkout: 'modern', colour: 'blue' });
    const sealed = await lab.gate.store.sealed(id, 'held-request');
    expect(Buffer.from(sealed ?? []).includes('colour')).toBe(false);
    expect(sealed?.length).toBeGreaterThan(100);
    await lab.people.ana.post(`/v1/approvals/${id}/deny`, WHY);
    await answer;
    expect(await lab.gate.store.sealed(id, 'held-request')).toBeUndefined();
  });

  it('runs once: the same call again is a new question', async () => {
    const { id, answer } = await hold();
    await approve(id);
    expect((await answer).status).toBe(200);
    await resetFeatures(lab);
    const again = change({ checkout: 'modern' });
    const [next] = await lab.untilWaiting(1);
    expect(idOf(next)).not.toBe(id);
    await lab.people.ana.post(`/v1/approvals/${idOf(next)}/deny`, WHY);
    expect((await again).status).toBe(403);
    expect(lab.done()).toEqual([]);
  });

  it('is found by its change, by another command that only embeds another time', async () => {
    const restart = (at: string) =>
      lab.call('PATCH', WEB, {
        token: agent.token,
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
        body: { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': at } } } } },
      });
    const first = restart('2026-11-21T10:00:00Z');
    const [held] = await lab.untilWaiting(1);
    const second = restart('2026-11-21T10:00:09Z');
    await untilDecided(2);
    expect(held).toMatchObject({ subject: { action: 'kubernetes:deployments.apps:patch' } });
    await approve(idOf(held), 'ben');
    // One of the two uses it up; the other is a question of its own.
    const [next] = await lab.untilWaiting(1);
    expect(idOf(next)).not.toBe(idOf(held));
    await lab.people.ben.post(`/v1/approvals/${idOf(next)}/deny`, WHY);
    expect([(await first).status, (await second).status].sort()).toEqual([200, 403]);
    expect(lab.done()).toHaveLength(1);
  });

  it('counts its retries as the one call that it is', async () => {
    const { id, answer } = await hold();
    const retry = change({ checkout: 'modern' });
    await lab.people.ana.post(`/v1/approvals/${id}/deny`, { why: 'not on a Friday' });
    expect(told(await answer)).toEqual(told(await retry));
    const late = await change({ checkout: 'modern' });
    expect(told(late)).toEqual([403, 'deny', expect.stringContaining('was denied by ana: not on a Friday')]);
    // Who asks for the same once more is denied on the record, and nobody is asked again.
    expect((await lab.decisions(`?agent=${agent.id}`)).map((each) => textAt(each, 'decided', 'did'))).toEqual([
      'deny',
      'hold',
    ]);
    expect(await lab.waiting()).toEqual([]);
  });

  it('is void when the target has changed since it was approved', async () => {
    const { id, answer } = await hold();
    await fetch(`${lab.upstream.url}/api/v1/namespaces/shop-dev/configmaps/features`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ data: { checkout: 'broken' } }),
    });
    lab.upstream.forget();
    await approve(id);
    const [third] = await lab.untilWaiting(1);
    expect([await stateOf(id), third?.id === id]).toEqual(['voided', false]);
    expect(third).toMatchObject({ subject: { changes: [{ from: 'broken', to: 'modern' }] } });
    await lab.people.ana.post(`/v1/approvals/${idOf(third)}/deny`, WHY);
    expect((await answer).status).toBe(403);
    expect(lab.done()).toEqual([]);
  });
});

describe('who may decide', () => {
  it.each<[keyof HoldLab['people'], string]>([
    ['vera', 'operator/forbidden'],
    ['carl', 'operator/forbidden'],
  ])('%s may not: nothing of it counts', async (who, code) => {
    const { id, answer } = await hold();
    for (const way of ['approve', 'deny']) {
      await expect(lab.people[who].post(`/v1/approvals/${id}/${way}`, WHY)).rejects.toMatchObject({ code });
    }
    expect(await lab.admin.get(`/v1/approvals/${id}`)).toMatchObject({ state: 'waiting', approvals: [] });
    await lab.admin.post(`/v1/approvals/${id}/cancel`, WHY);
    expect(told(await answer)).toEqual([403, 'deny', expect.stringContaining('was cancelled by root: looks right')]);
  });

  it('not who owns the agent, whatever their role', async () => {
    agent = await lab.agent({ level: 2, owner: 'ana' });
    const { id, answer } = await hold();
    await expect(approve(id, 'ana')).rejects.toMatchObject({ code: 'operator/forbidden' });
    await approve(id, 'ben');
    expect((await answer).status).toBe(200);
  });

  it('one person is one, however often they say so', async () => {
    await resetWeb();
    const answer = lab.call('DELETE', WEB, agent);
    const [held] = await lab.untilWaiting(1);
    expect(held).toMatchObject({ needs: [{ groups: ['production'], quorum: 2, missing: 2 }] });
    const id = idOf(held);
    await expect(approve(id, 'ana')).rejects.toMatchObject({ code: 'operator/forbidden' });
    await approve(id, 'ben');
    await expect(approve(id, 'ben')).rejects.toMatchObject({ code: 'record/conflict' });
    expect(await lab.admin.get(`/v1/approvals/${id}`)).toMatchObject({ state: 'waiting', needs: [{ missing: 1 }] });
    // An administrator counts for every group.
    await lab.admin.post(`/v1/approvals/${id}/approve`, WHY);
    expect((await answer).status).toBe(200);
  });
});

describe('how a client waits', () => {
  it('client-go is told to ask again, and rejoins', async () => {
    const short = await startHoldLab({ config: { holds: { wait: '50ms' } } });
    try {
      const { token } = await short.agent({ level: 2, owner: 'olga' });
      const first = await changeFeatures(short, token, { checkout: 'modern' }, KUBECTL);
      expect([first.status, first.headers['retry-after'], first.headers['sallyport-outcome']]).toEqual([
        429,
        '1',
        'hold',
      ]);
      expect(first.json).toMatchObject({ kind: 'Status', reason: 'TooManyRequests', code: 429 });
      const second = await changeFeatures(short, token, { checkout: 'modern' }, KUBECTL);
      expect([second.status, second.headers['sallyport-decision']]).toEqual([429, first.headers['sallyport-decision']]);
      const [held] = await short.waiting();
      expect(held).toMatchObject({ id: first.headers['sallyport-decision'], group: KUBECTL['kubectl-session'] });
      await short.people.ana.post(`/v1/approvals/${idOf(held)}/approve`, WHY);
      expect((await changeFeatures(short, token, { checkout: 'modern' }, KUBECTL)).status).toBe(200);
      const other = await changeFeatures(short, token, { checkout: 'third' });
      expect([other.status, other.headers['content-type'], other.headers['retry-after']]).toEqual([
        403,
        'application/problem+json',
        undefined,
      ]);
      expect(other.json).toMatchObject({
        type: 'tag:sallyport.dev,2026:held',
        status: 403,
        hold: other.headers['sallyport-decision'],
        needs: ['1 person of platform to approve it'],
      });
    } finally {
      await short.close();
    }
  });

  it('a group is decided as one, each call as it is shown', async () => {
    const answers = ['one', 'two', 'three'].map((name) => change({ checkout: name }, KUBECTL));
    const stranger = change({ checkout: 'four' });
    const held = await lab.untilWaiting(4);
    const [first, ...also] = held.filter(({ group }) => group === KUBECTL['kubectl-session']).map(idOf);
    const decided = await lab.people.ana.post(`/v1/approvals/${first}/deny`, { ...WHY, also });
    expect(decided).toMatchObject({ state: 'denied', also: [{ state: 'denied' }, { state: 'denied' }] });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([403, 403, 403]);
    const [left] = await lab.untilWaiting(1);
    await lab.people.ana.post(`/v1/approvals/${idOf(left)}/deny`, WHY);
    await stranger;
  });
});

describe('races have one outcome', () => {
  /** Both stand before their write at once; then both go on. */
  function together(count: number): void {
    let arrived = 0;
    const all = Promise.withResolvers<void>();
    stall = () => {
      arrived += 1;
      if (arrived === count) all.resolve();
      return all.promise;
    };
  }

  it('two approvers of two at the same instant both count', async () => {
    await resetWeb();
    const answer = lab.call('DELETE', WEB, agent);
    const [held] = await lab.untilWaiting(1);
    together(2);
    const id = idOf(held);
    const ends = await Promise.all([approve(id, 'ben'), lab.admin.post(`/v1/approvals/${id}/approve`, WHY)].map(end));
    expect(ends).toEqual(['done', 'done']);
    expect((await answer).status).toBe(200);
    expect((await lab.admin.get(`/v1/approvals/${id}`)).approvals).toHaveLength(2);
  });

  it('two approvers of one: one has approved, the other is told so', async () => {
    const { id, answer } = await hold();
    together(2);
    const ends = await Promise.all([approve(id, 'ana'), approve(id, 'ben')].map(end));
    expect(ends.sort()).toEqual(['done', 'record/conflict']);
    expect((await answer).status).toBe(200);
    expect((await lab.admin.get(`/v1/approvals/${id}`)).approvals).toHaveLength(1);
  });

  it('a yes and a no: whichever is written first holds, unless the no ends what was approved', async () => {
    const { id, answer } = await hold();
    together(2);
    const ends = await Promise.all([
      end(approve(id, 'ana')),
      end(lab.people.ben.post(`/v1/approvals/${id}/deny`, WHY)),
    ]);
    const { status } = await answer;
    const state = await stateOf(id);
    expect(
      [
        [['done', 'done'], 403, 'denied'],
        [['record/conflict', 'done'], 403, 'denied'],
        [['done', 'record/conflict'], 200, 'used'],
        [['done', 'done'], 200, 'used'],
      ].map((each) => JSON.stringify(each)),
    ).toContain(JSON.stringify([ends, status, state]));
    expect(lab.done()).toHaveLength(status === 200 ? 1 : 0);
  });

  it('approve against expiry', async () => {
    const { id, answer } = await hold();
    const before = skipped;
    stall = async (what) => {
      // The time is over while the approval is on its way.
      if (what === 'approve') skipped += 2 * 60 * 60_000;
      stall = undefined;
      await untilOver(id);
    };
    try {
      expect(await end(approve(id))).toBe('record/conflict');
      expect(told(await answer)).toEqual([403, 'deny', expect.stringContaining('silence is a no')]);
      expect([await stateOf(id), lab.done()]).toEqual(['expired', []]);
    } finally {
      skipped = before;
    }
  });

  it('approve against a freeze: nothing runs', async () => {
    const { id, answer } = await hold();
    stall = async (what) => {
      if (what !== 'approve') return;
      stall = undefined;
      await lab.admin.post('/v1/freezes', { scope: { kind: 'agent', agent: agent.id }, why: 'stop' });
    };
    await end(approve(id));
    expect((await answer).status).toBe(403);
    expect(lab.done()).toEqual([]);
  });

  it('two calls that both repeat what was approved: one runs', async () => {
    const { id, answer } = await hold();
    const second = change({ checkout: 'modern' });
    await lab.untilWaiting(1);
    await approve(id);
    const done = await Promise.race([answer, second]);
    expect(done.status).toBe(200);
    for (const held of await lab.untilWaiting(1)) await lab.people.ana.post(`/v1/approvals/${idOf(held)}/deny`, WHY);
    expect([(await answer).status, (await second).status].sort()).toEqual([200, 403]);
    expect(lab.done()).toHaveLength(1);
  });

  async function untilOver(id: string): Promise<void> {
    for (let look = 0; look < 400 && (await stateOf(id)) === 'waiting'; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

describe('bad input', () => {
  it.each<[string, string, JsonObject, string]>([
    ['an unknown id', 'nobody/approve', WHY, 'request/not-found'],
    ['a reason of nothing', 'ID/approve', { why: ' ' }, 'request/invalid'],
    ['an oversized reason', 'ID/approve', { why: 'x'.repeat(1001) }, 'request/invalid'],
    ['another field', 'ID/approve', { ...WHY, groups: ['production'] }, 'request/invalid'],
  ])('%s is refused, and nothing is decided', async (_what, path, body, code) => {
    const { id, answer } = await hold();
    const posted = lab.people.ana.post(`/v1/approvals/${path.replace('ID', id)}`, body);
    await expect(posted).rejects.toMatchObject({ code });
    expect(await lab.admin.get(`/v1/approvals/${id}`)).toMatchObject({ state: 'waiting', approvals: [] });
    await lab.people.ana.post(`/v1/approvals/${id}/deny`, WHY);
    await answer;
  });

  it('an approval that comes again is told what became of the call', async () => {
    const { id, answer } = await hold();
    await approve(id);
    await answer;
    await expect(approve(id, 'ben')).rejects.toMatchObject({
      code: 'record/conflict',
      message: expect.stringContaining('is over: used'),
    });
  });
});

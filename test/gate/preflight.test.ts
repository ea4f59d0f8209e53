import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAt, textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import { at } from '../e2e/cluster-gate.ts';
import { put } from './budget-site.ts';
import { changeFeatures, type HoldLab, resetFeatures, startHoldLab } from './hold-lab.ts';

const DEV = '/api/v1/namespaces/shop-dev';
const FEATURES = `${DEV}/configmaps/features`;
const MERGE = { 'content-type': 'application/merge-patch+json' };
const PREFLIGHT = '/sallyport/v1/preflight';

let lab: HoldLab;
beforeAll(async () => {
  lab = await startHoldLab();
});
afterAll(() => lab.close());
beforeEach(() => lab.upstream.forget());

const change = (value: string): JsonObject => ({
  ...{ route: 'demo', method: 'PATCH', path: FEATURES, headers: MERGE, body: { data: { cart: value } } },
});
const read: JsonObject = { route: 'demo', method: 'GET', path: FEATURES };
const ask = (token: string, calls: readonly JsonObject[], more: JsonObject = {}, headers = {}) =>
  lab.call('POST', PREFLIGHT, { token, body: { calls, ...more }, headers });
const callsOf = (answer: { readonly json: JsonObject }) => answer.json.calls as readonly JsonObject[];
const rulesOf = (call: JsonObject | undefined) => listAt(call, 'reasons').map((reason) => textAt(reason, 'rule'));
/** What the record says of a plan and of what was asked for it. */
const recorded = async (from: number) =>
  (await lab.gate.store.leaves(from, 1000)).map(({ kind, leaf }) => {
    const { what, did, end } = JSON.parse(leaf) as { what?: string; did?: string; end?: string };
    return [kind, what ?? did ?? end ?? ''].join(' ').trim();
  });

describe('a plan', () => {
  it('is judged as if it came now, and nothing of it is forwarded', async () => {
    const { token } = await lab.agent({ level: 2 });
    const from = await lab.gate.store.size();
    const answer = await ask(token, [read, change('one'), { ...read, method: 'DELETE' }]);
    expect([answer.status, answer.json.outcome]).toEqual([200, 'hold']);
    const calls = callsOf(answer);
    expect(calls.map(({ outcome, tier, environment }) => [outcome, tier, environment])).toEqual([
      ['allow', 'A', 'dev'],
      ['hold', expect.any(String), 'dev'],
      ['hold', expect.any(String), 'dev'],
    ]);
    expect(calls[1]).toMatchObject({
      call: { route: 'demo', method: 'PATCH', path: FEATURES },
      blast: { objects: 1 },
      wayBack: { how: expect.any(String) },
      changes: [{ path: '/data/cart', to: 'one' }],
      held: null,
    });
    expect(answer.json.approvals).toEqual([
      { kind: 'people', key: 'people', groups: ['platform'], quorum: 1, until: '', calls: [1, 2] },
    ]);
    expect([lab.done(), await lab.waiting()]).toEqual([[], []]);
    expect(await recorded(from)).toEqual([
      'asked',
      'asked',
      'changed preflight.judged',
      'outcome preflight',
      'outcome preflight',
    ]);
    // What was asked has its end: the next start finds nothing lost.
    expect((await lab.decisions()).filter(({ id }) => calls.some(({ decision }) => decision === id))).toEqual([]);
  });

  it('says of each call what is wrong with it, and of the others what would become of them', async () => {
    const { token } = await lab.agent({ level: 3 });
    const answer = await ask(token, [
      { ...read, route: 'nowhere' },
      { ...read, path: '/api/../secrets' },
      { ...change('x'), headers: { 'impersonate-user': 'root' } },
      { ...change('x'), headers: { 'sallyport-intent': 'somebody-elses' } },
      { ...change('x'), headers: { ...MERGE, 'sallyport-reason': 'a\r\nx: y' } },
      change('fine'),
    ]);
    expect(callsOf(answer).map((call) => [call.outcome, rulesOf(call)[0]])).toEqual([
      ['deny', 'wire/no-route'],
      ['deny', 'wire/malformed'],
      ['deny', 'wire/forbidden-header'],
      ['deny', 'gate/intent'],
      ['deny', 'wire/malformed'],
      ['allow', 'level/table'],
    ]);
    expect(answer.json.outcome).toBe('deny');
    expect(lab.done()).toEqual([]);
  });

  it('is judged as a whole: each call by what those before it would take, and nobody by that afterwards', async () => {
    const { id: agent, token } = await lab.agent({ level: 3 });
    const path = '/api/v1/namespaces/shop-staging/configmaps/many';
    await put(lab.upstream, path.slice(0, -5), { metadata: { name: 'many' }, data: { cart: '0' } });
    const really = () =>
      lab.call('PATCH', `/kube/demo${path}`, { token, body: { data: { cart: '1' } }, headers: MERGE });
    expect((await really()).status).toBe(200);
    const answer = await ask(
      token,
      Array.from({ length: 20 }, () => ({ ...change('1'), path })),
      { ask: true },
    );
    const last = callsOf(answer)[19];
    expect(callsOf(answer).map(({ outcome }) => outcome)).toEqual([...Array(19).fill('allow'), 'hold']);
    expect(rulesOf(last)).toEqual(['limits/attempts']);
    expect((await lab.waiting()).filter((held) => held.agent === agent).map(({ id }) => id)).toEqual([last?.held]);
    await lab.admin.post(`/v1/approvals/${String(last?.held)}/cancel`, { why: 'a test' });
    const own = await lab.call('PATCH', `/kube/demo${path}`, { token, body: { data: { cart: '2' } }, headers: MERGE });
    expect(own.status).toBe(200);
    const { decided } = await lab.admin.get(`/v1/decisions/${String(own.headers['sallyport-decision'])}`);
    expect(at(decided, 'input', 'state')).toMatchObject({
      counts: { changes: 1, under_way: { agent: 0 }, repeats: { count: 0 } },
      spent: { agent: { staging: { changes: 1 } } },
    });
  });

  it('with the intent in its own head is judged under it, and is found by it', async () => {
    const { token } = await lab.agent({ level: 3 });
    const opened = await lab.call('POST', '/sallyport/v1/intents', { token, body: { reason: 'r', confidence: 0.4 } });
    const intent = textAt(opened.json, 'id');
    const answer = await ask(token, [change('i')], {}, { 'sallyport-intent': intent });
    expect(callsOf(answer).map(({ outcome }) => outcome)).toEqual(['allow']);
    const found = (await lab.gate.store.related(`intent:${intent}`, 0, 20)).map(({ kind }) => kind);
    expect(found).toEqual(['changed', 'asked', 'changed', 'outcome']);
  });
});

describe('a plan that asks', () => {
  it('opens every hold ahead as one group; what people approve runs when it comes', async () => {
    await resetFeatures(lab);
    const { id: agent, token } = await lab.agent({ level: 2 });
    const answer = await ask(token, [read, change('new'), change('other')], {
      ask: true,
    });
    const waiting = (await lab.waiting()).filter((held) => held.agent === agent);
    expect(waiting.map(({ id, group }) => [id, group])).toEqual(
      callsOf(answer)
        .slice(1)
        .map(({ held }) => [held, answer.json.preflight]),
    );
    for (const held of waiting)
      await lab.people.ana.post(`/v1/approvals/${String(held.id)}/approve`, { why: 'a test' });
    expect(lab.done()).toEqual([]);
    // Asked about again, it is approved, and asking takes nothing of that.
    const again = await ask(token, [change('new')], { ask: true });
    expect(callsOf(again).map(({ outcome, approved }) => [outcome, approved])).toEqual([['allow', waiting[0]?.id]]);
    const ran = await changeFeatures(lab, token, { cart: 'new' });
    expect(ran.status).toBe(200);
    expect(lab.done()).toEqual([`PATCH ${FEATURES}`]);
  });

  it('asks once for the same change', async () => {
    const { id: agent, token } = await lab.agent({ level: 2 });
    await ask(token, [change('once')], { ask: true });
    await ask(token, [change('once')], { ask: true });
    const waiting = (await lab.waiting()).filter((held) => held.agent === agent);
    expect(waiting).toHaveLength(1);
  });
});

describe('what is no plan', () => {
  it.each<[string, JsonObject, number]>([
    ['nothing', { calls: [] }, 400],
    ['more calls than a plan has', { calls: Array.from({ length: 21 }, () => read) }, 400],
    ['a method that is none', { calls: [{ ...read, method: 'CONNECT' }] }, 400],
    ['an unknown key', { calls: [{ ...read, upgrade: 'websocket' }] }, 400],
  ])('%s', async (_what, body, status) => {
    const { token } = await lab.agent({ level: 2 });
    expect((await lab.call('POST', PREFLIGHT, { token, body })).status).toBe(status);
  });

  it('plans in a hurry', async () => {
    const { token } = await lab.agent({ level: 2 });
    const reads = Array.from({ length: 20 }, () => read);
    const answers = [];
    for (let i = 0; i < 7; i += 1) answers.push((await ask(token, reads)).status);
    expect(answers.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(answers.at(-1)).toBe(429);
  });
});

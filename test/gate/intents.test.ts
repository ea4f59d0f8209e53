import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import type { CaseFile } from '../../src/record/case-file.ts';
import { at } from '../e2e/cluster-gate.ts';
import { forwarded } from './budget-site.ts';
import { type Answer, type GateLab, ROUTE, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const OWN = '/sallyport/v1/intents';
const TARGET = '/kube/demo/api/v1/namespaces/shop-dev/configmaps/features';
const MERGE = { 'content-type': 'application/merge-patch+json' };

/** Waited for between the record of an allowed call and its first byte. */
const between: { stall: ((file: CaseFile) => Promise<void>) | undefined } = { stall: undefined };
let upstream: RecordingUpstream;
let lab: GateLab;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url }, stall: async (file) => between.stall?.(file) });
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});
beforeEach(() => {
  between.stall = undefined;
  upstream.forget();
});

const said = {
  reason: 'carts time out',
  incident: 'INC-7',
  incidentClass: 'safe',
  alert: 'CartLatency',
  confidence: 0.8,
  links: ['https://grafana.example/d/cart'],
  plan: 'turn the new cart off',
  runbook: 'scale-within-limits',
  successSignal: 'latency is back',
};

const open = async (token: string, more: JsonObject = {}) => {
  const opened = await lab.call('POST', OWN, { token, body: { ...said, ...more } });
  expect(opened.status).toBe(201);
  return textAt(opened.json, 'id');
};
const attach = (token: string, id: string, ...signals: readonly JsonObject[]) =>
  lab.call('POST', `${OWN}/${id}/evidence`, { token, body: { signals } });
const close = (token: string, id: string) =>
  lab.call('POST', `${OWN}/${id}/close`, { token, body: { outcome: 'done', summary: 'the cart is back' } });
const patch = (token: string, headers: Readonly<Record<string, string>> = {}) =>
  lab.call('PATCH', TARGET, { token, body: { data: { cart: 'old' } }, headers: { ...MERGE, ...headers } });
const boundToken = async (agent: string, intent: string) =>
  textAt(await lab.admin.post(`/v1/agents/${agent}/tokens`, { route: ROUTE, intent, why: 'a test' }), 'token');
const recorded = (answer: Answer) => lab.admin.get(`/v1/decisions/${String(answer.headers['sallyport-decision'])}`);
const inputOf = async (answer: Answer) => at(await recorded(answer), 'decided', 'input') as JsonObject;

describe('a call under an intent', () => {
  it('claims what the intent says, is judged by its evidence, spends of its budget and is found by it', async () => {
    const { id: agent, token } = await lab.agent();
    const intent = await open(token);
    const observedAt = new Date(Date.now() - 90_000).toISOString();
    await attach(token, intent, { source: 'prometheus', observedAt, stance: 'supports', says: 'p99 is 9 s' });
    const answer = await patch(token, {
      'sallyport-intent': intent,
      'sallyport-reason': 'now',
      'sallyport-confidence': '0.6',
    });
    expect(answer.status).toBe(200);
    const decided = at(await recorded(answer), 'decided') as JsonObject;
    expect(at(decided, 'agent', 'intent')).toBe(intent);
    const input = at(decided, 'input') as JsonObject;
    expect(input.claims).toEqual({
      ...{ intent, reason: 'now', incident: 'INC-7', incident_class: 'safe', alert: 'CartLatency', confidence: 0.6 },
      ...{ runbook: 'scale-within-limits', plan: 'turn the new cart off', links: said.links },
      success_signal: 'latency is back',
    });
    expect(input.signals).toEqual({
      attached: [
        {
          source: 'prometheus',
          stance: 'supports',
          pattern: 'none',
          age: expect.any(Number),
          told: expect.any(Number),
        },
      ],
    });
    expect(
      Number(at(input, 'signals', 'attached') && at((at(input, 'signals', 'attached') as JsonObject[])[0], 'age')),
    ).toBeGreaterThanOrEqual(90);
    expect(at(input, 'state', 'counts', 'under_way', 'intent')).toBe(0);
    await close(token, intent);
    const leaves = (await lab.gate.store.related(`intent:${intent}`, 0, 100)).map(({ kind, leaf }) => {
      const { what, by } = JSON.parse(leaf) as { what?: string; by?: string };
      return kind === 'changed' ? `${what} by ${by}` : kind;
    });
    expect(leaves).toEqual([
      `intent.opened by agent:${agent}`,
      `intent.attached by agent:${agent}`,
      'asked',
      'decided',
      'outcome',
      `intent.closed by agent:${agent}`,
    ]);
  });

  it.each([
    ['0.5', 0.5],
    ['0.95', 0.8],
    ['1e999', 'unknown'],
    ['NaN', 'unknown'],
    ['-0.1', 'unknown'],
    ['', 'unknown'],
  ])('of confidence 0.8 that says %j of itself has %s', async (confidence, expected) => {
    const { token } = await lab.agent();
    const intent = await open(token);
    const answer = await lab.call('GET', TARGET, {
      token,
      headers: { 'sallyport-intent': intent, 'sallyport-confidence': confidence },
    });
    expect(at(await inputOf(answer), 'claims', 'confidence')).toBe(expected);
  });

  it('has no confidence where the intent has none, whatever the header says', async () => {
    const { token } = await lab.agent();
    const intent = await open(token, { confidence: null, incident: null });
    const headers = { 'sallyport-intent': intent, 'sallyport-confidence': '1', 'sallyport-incident': 'INC-8' };
    const answer = await lab.call('GET', TARGET, { token, headers });
    expect(at(await inputOf(answer), 'claims')).toMatchObject({
      ...{ confidence: 'unknown', incident: 'INC-8', reason: 'carts time out' },
    });
  });

  it('needs no header where the token is bound to it, and the token dies with it', async () => {
    const { id: agent, token } = await lab.agent();
    const intent = await open(token);
    const bound = await boundToken(agent, intent);
    const answer = await patch(bound);
    expect(answer.status).toBe(200);
    expect(at(await inputOf(answer), 'claims', 'incident')).toBe('INC-7');
    expect((await close(token, intent)).status).toBe(200);
    upstream.forget();
    const late = await patch(bound);
    expect([late.status, late.json.message]).toEqual([
      403,
      expect.stringContaining(`gate/intent: intent ${intent} was closed at`),
    ]);
    expect(forwarded(upstream)).toEqual([]);
    expect((await lab.call('GET', OWN, { token: bound })).status).toBe(401);
  });

  it('does not leave when the intent is closed after it was judged', async () => {
    const { token } = await lab.agent();
    const intent = await open(token);
    between.stall = async () => void (await close(token, intent));
    const answer = await patch(token, { 'sallyport-intent': intent });
    expect([answer.status, forwarded(upstream)]).toEqual([403, []]);
    expect(answer.json.message).toContain(`intent ${intent}, which this call belongs to, was closed meanwhile`);
  });
});

describe('a call that names an intent which is not its agent’s own open one is refused', () => {
  it.each<[string, (ours: string, theirs: string) => string | Promise<string>, RegExp]>([
    ['of another agent', (_ours, theirs) => theirs, /gate\/intent: agent agent-.* has no intent/],
    ['that there is not', () => 'nothing-of-the-kind', /has no intent "nothing-of-the-kind"/],
    ['that is no id', () => '<b>../../intents</b>', /has no intent/],
    ['that is empty', () => '', /has no intent ""/],
  ])('%s', async (_what, name, expected) => {
    const [ours, theirs] = await Promise.all([lab.agent(), lab.agent()]);
    const intent = await name(await open(ours.token), await open(theirs.token));
    upstream.forget();
    for (const answer of [
      await patch(ours.token, { 'sallyport-intent': intent }),
      await lab.call('GET', TARGET, { token: ours.token, headers: { 'sallyport-intent': intent } }),
    ])
      expect([answer.status, answer.json.message]).toEqual([403, expect.stringMatching(expected)]);
    expect(upstream.calls()).toEqual([]);
  });

  it('another one than its token is bound to', async () => {
    const { id: agent, token } = await lab.agent();
    const [one, other] = [await open(token), await open(token)];
    const bound = await boundToken(agent, one);
    const answer = await patch(bound, { 'sallyport-intent': other });
    expect([answer.status, answer.json.message]).toEqual([
      403,
      expect.stringContaining(`the token is bound to intent ${one}, and the call names another one`),
    ]);
    const attached = await attach(bound, other, {
      ...{ source: 'logs', observedAt: new Date().toISOString(), stance: 'supports', says: 'it is so' },
    });
    expect([attached.status, (await lab.call('POST', OWN, { token: bound, body: said })).status]).toEqual([403, 403]);
    const listed = await lab.call('GET', OWN, { token: bound });
    expect((listed.json.intents as JsonObject[]).map(({ id }) => id)).toEqual([one]);
  });
});

describe('a token', () => {
  it('is not bound to what is not an open intent of its agent', async () => {
    const [ours, theirs] = await Promise.all([lab.agent(), lab.agent()]);
    const intent = await open(theirs.token);
    await expect(boundToken(ours.id, intent)).rejects.toThrow(`agent ${ours.id} has no open intent "${intent}"`);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import { changeFeatures, type HoldLab, startHoldLab } from './hold-lab.ts';

const HOLDS = '/sallyport/v1/holds';

let lab: HoldLab;
beforeAll(async () => {
  lab = await startHoldLab({ config: { holds: { wait: '0s' } } });
});
afterAll(() => lab.close());

const seen = async (token: string) => {
  const { json } = await lab.call('GET', HOLDS, { token });
  return (json.holds as readonly JsonObject[]).map(({ id }) => id);
};
const holdOf = async (token: string, cart: string, headers: Record<string, string> = {}) =>
  textAt((await changeFeatures(lab, token, { cart }, headers)).headers['sallyport-decision'] ?? '');

it('an agent sees its own held calls, how they stand, and not who decides', async () => {
  const [ours, theirs] = await Promise.all([lab.agent({ level: 2 }), lab.agent({ level: 2 })]);
  const id = await holdOf(ours.token, 'mine');
  await holdOf(theirs.token, 'theirs');
  expect(await seen(ours.token)).toEqual([id]);
  await lab.people.ana.post(`/v1/approvals/${id}/approve`, { why: 'it is fine' });
  const { json, body } = await lab.call('GET', `${HOLDS}/${id}`, { token: ours.token });
  expect(json).toMatchObject({
    ...{ id, state: 'approved', route: 'demo', environment: 'dev', ended: null },
    call: { method: 'PATCH', action: 'kubernetes:configmaps:patch' },
    needs: [{ kind: 'people', groups: ['platform'], quorum: 1, missing: 0 }],
  });
  expect(body).not.toContain(lab.ids.ana);
  for (const path of [`${HOLDS}/${id}`, `${HOLDS}/${id}/cancel`]) {
    const method = path.endsWith('cancel') ? 'POST' : 'GET';
    const body = method === 'POST' ? { body: { why: 'spite' } } : {};
    expect((await lab.call(method, path, { token: theirs.token, ...body })).status).toBe(404);
  }
});

it('an agent takes a call back, and can decide about none', async () => {
  const { id: agent, token } = await lab.agent({ level: 2 });
  const id = await holdOf(token, 'never mind');
  for (const what of ['approve', 'deny'])
    expect((await lab.call('POST', `${HOLDS}/${id}/${what}`, { token, body: { why: 'please' } })).status).toBe(404);
  const cancelled = await lab.call('POST', `${HOLDS}/${id}/cancel`, { token, body: { why: 'found another way' } });
  expect(cancelled.json).toMatchObject({ state: 'cancelled', ended: { why: 'found another way' } });
  expect(await seen(token)).toEqual([]);
  const steps = (await lab.gate.store.related(`hold:${id}`, 0, 10)).map(({ leaf }) => JSON.parse(leaf));
  expect(steps.map(({ what, by }) => [what, by])).toEqual([
    [undefined, 'policy'],
    ['hold.opened', 'gate'],
    ['hold.cancelled', `agent:${agent}`],
  ]);
  expect((await lab.call('POST', `${HOLDS}/${id}/cancel`, { token, body: { why: 'again' } })).status).toBe(409);
});

it('a token that is bound to an intent sees what belongs to it', async () => {
  const { id: agent, token } = await lab.agent({ level: 2 });
  const opened = await lab.call('POST', '/sallyport/v1/intents', { token, body: { reason: 'a test' } });
  const intent = textAt(opened.json, 'id');
  const bound = textAt(
    await lab.admin.post(`/v1/agents/${agent}/tokens`, { route: 'demo', intent, why: 'x' }),
    'token',
  );
  const [other, own] = [await holdOf(token, 'other'), await holdOf(bound, 'own')];
  expect(await seen(bound)).toEqual([own]);
  expect((await lab.call('GET', `${HOLDS}/${other}`, { token: bound })).status).toBe(404);
});

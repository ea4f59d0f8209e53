import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import type { Answer } from './gate-lab.ts';
import { changeFeatures, type HoldLab, resetFeatures, startHoldLab } from './hold-lab.ts';

const WHY = { why: 'the shop is on fire' };

let lab: HoldLab;
let agent: { readonly id: string; readonly token: string };
let stall: ((what: string, id: string) => Promise<void>) | undefined;
beforeAll(async () => {
  lab = await startHoldLab({ stallHolds: async (what, id) => stall?.(what, id) });
});
afterAll(() => lab.close());
beforeEach(async () => {
  await resetFeatures(lab);
  agent = await lab.agent({ level: 2, owner: 'olga' });
});
const set: string[] = [];
afterEach(async () => {
  stall = undefined;
  for (const id of set.splice(0)) await lab.admin.post(`/v1/freezes/${id}/lift`, WHY);
  for (const held of await lab.waiting()) await lab.admin.post(`/v1/approvals/${textAt(held, 'id')}/cancel`, WHY);
});

async function freeze(scope: JsonObject): Promise<string> {
  const id = textAt(await lab.people.carl.post('/v1/freezes', { scope, ...WHY }), 'id');
  set.push(id);
  return id;
}
async function hold(
  data: JsonObject = { checkout: 'modern' },
): Promise<{ readonly id: string; readonly answer: Promise<Answer> }> {
  const answer = changeFeatures(lab, agent.token, data);
  const [held] = await lab.untilWaiting(1);
  return { id: textAt(held, 'id'), answer };
}
const approve = (id: string) => lab.people.ana.post(`/v1/approvals/${id}/approve`, { why: 'looks right' });
/** Resolves with how a promise ended. */
const end = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (thrown: { readonly code?: string }) => thrown.code,
  );

describe('a call that is held', () => {
  it.each<[string, () => JsonObject]>([
    ['service', () => ({ kind: 'service', service: 'shop' })],
    ['team', () => ({ kind: 'team', team: 'shop' })],
    ['agent', () => ({ kind: 'agent', agent: agent.id })],
  ])('ends when its %s is frozen, and its caller is told by what, by whom and why', async (kind, scope) => {
    const { id, answer } = await hold();
    const frozen = await freeze(scope());
    const { status, json } = await answer;
    expect([status, json.reason, lab.done()]).toEqual([403, 'Forbidden', []]);
    expect(json.message).toContain(`the held call ${id} is void: ended by`);
    expect(json.message).toMatch(new RegExp(`${kind} \\S+ was frozen: the shop is on fire \\(${frozen}, by`));
    expect(await lab.admin.get(`/v1/approvals/${id}`)).toMatchObject({ state: 'voided', ended: { by: lab.ids.carl } });
    expect(await lab.waiting()).toEqual([]);
    expect(await lab.gate.store.sealed(id, 'held-request')).toBeUndefined();
  });

  it('waits on when something else is frozen', async () => {
    const { id, answer } = await hold();
    await freeze({ kind: 'service', service: 'search' });
    await approve(id);
    expect((await answer).status).toBe(200);
  });

  it('is not followed by another while it is frozen; after the thaw the next one is a new question', async () => {
    const { id, answer } = await hold();
    await freeze({ kind: 'service', service: 'shop' });
    await answer;
    const again = await changeFeatures(lab, agent.token, { checkout: 'classic', colour: 'blue' });
    expect([again.status, await lab.waiting()]).toEqual([403, []]);
    await lab.admin.post(`/v1/freezes/${set.pop()}/lift`, WHY);
    const next = await hold({ checkout: 'classic', colour: 'green' });
    expect(next.id).not.toBe(id);
    await approve(next.id);
    expect((await next.answer).status).toBe(200);
  });
});

describe('approve against freeze', () => {
  it('the freeze is first: nobody approves any more, and nothing runs', async () => {
    const { id, answer } = await hold();
    await freeze({ kind: 'agent', agent: agent.id });
    await answer;
    expect(await end(approve(id))).toBe('record/conflict');
    expect(lab.done()).toEqual([]);
  });

  it('the freeze comes while the approval is being written: it is void, and nothing runs', async () => {
    const { id, answer } = await hold();
    stall = async (what) => {
      if (what !== 'approve') return;
      stall = undefined;
      await freeze({ kind: 'agent', agent: agent.id });
    };
    const ended = await end(approve(id));
    const { status } = await answer;
    await expect.poll(() => lab.admin.get(`/v1/approvals/${id}`)).toMatchObject({ state: 'voided' });
    expect([status, lab.done()]).toEqual([403, []]);
    expect(['done', 'record/conflict']).toContain(ended);
  });

  it('the approval is written while the freeze ends it: approved and yet void, and nothing runs', async () => {
    const { id, answer } = await hold();
    let approved: string | undefined;
    stall = async (what) => {
      if (what !== 'end') return;
      stall = undefined;
      approved = await end(approve(id));
    };
    await freeze({ kind: 'agent', agent: agent.id });
    const { status } = await answer;
    await expect
      .poll(() => lab.admin.get(`/v1/approvals/${id}`))
      .toMatchObject({ state: 'voided', approvals: [{ by: lab.ids.ana }] });
    expect([approved, status, lab.done()]).toEqual(['done', 403, []]);
  });
});

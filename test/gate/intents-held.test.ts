import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { changeFeatures, type HoldLab, startHoldLab } from './hold-lab.ts';

let lab: HoldLab;
beforeAll(async () => {
  lab = await startHoldLab();
});
afterAll(() => lab.close());

const KUBECTL = { 'user-agent': 'kubectl/v1.36.0', 'kubectl-session': 'a1b2c3d4-0009' };
/** Held calls of an agent that are not over. */
const waitingOf = async (agent: string) => (await lab.waiting()).filter((held) => held.agent === agent);

describe('a held call of an intent', () => {
  it('is not approved by the operator who opened the intent, and runs when somebody else approves it', async () => {
    const { id: agent, token } = await lab.agent({ level: 2, owner: 'somebody' });
    const opened = await lab.admin.post('/v1/intents', { agent, reason: 'the cart is slow' });
    const intent = textAt(opened, 'id');
    const answer = changeFeatures(lab, token, { cart: 'mine' }, { ...KUBECTL, 'sallyport-intent': intent });
    const [held] = await lab.untilWaiting(1);
    const id = textAt(held, 'id');
    expect(held).toMatchObject({ agent, intent });
    const approve = (who: typeof lab.admin) => who.post(`/v1/approvals/${id}/approve`, { why: 'a test' });
    await expect(approve(lab.admin)).rejects.toThrow(
      'root opened the intent of this call, and nobody approves their own',
    );
    await approve(lab.people.ana);
    expect((await answer).status).toBe(200);
    const told = (await lab.gate.store.related(`intent:${intent}`, 0, 20)).map(({ kind, leaf }) =>
      kind === 'changed' ? JSON.parse(leaf).what : kind,
    );
    expect(told).toEqual([
      ...[
        'intent.opened',
        'asked',
        'decided',
        'hold.opened',
        'hold.approved',
        'asked',
        'decided',
        'hold.used',
        'outcome',
      ],
    ]);
  });

  it('ends with the intent, and its caller is told', async () => {
    const { id: agent, token } = await lab.agent({ level: 2 });
    const opened = await lab.call('POST', '/sallyport/v1/intents', { token, body: { reason: 'a test' } });
    const intent = textAt(opened.json, 'id');
    const answer = changeFeatures(lab, token, { cart: 'closed' }, { ...KUBECTL, 'sallyport-intent': intent });
    await lab.untilWaiting(1);
    const outcome = { outcome: 'abandoned', summary: 'it went away' };
    const closed = await lab.call('POST', `/sallyport/v1/intents/${intent}/close`, { token, body: outcome });
    expect(closed.status).toBe(200);
    const { status, json } = await answer;
    expect([status, json.message]).toEqual([403, expect.stringContaining(`intent ${intent} was closed`)]);
    expect(await waitingOf(agent)).toEqual([]);
  });
});

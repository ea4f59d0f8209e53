import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import { changeFeatures, type HoldLab, resetFeatures, startHoldLab } from './hold-lab.ts';

const KUBECTL = {
  'user-agent': 'kubectl/v1.36.0 (linux/amd64) kubernetes/0123abc',
  'kubectl-session': 'a1b2c3d4-0001',
};
const WHY = { why: 'looks right' };

let lab: HoldLab;
let token: string;
beforeAll(async () => {
  lab = await startHoldLab();
});
afterAll(() => lab.close());
beforeEach(async () => {
  await resetFeatures(lab);
  token = (await lab.agent({ level: 2, owner: 'olga' })).token;
});

const change = (data: JsonObject, headers = {}) => changeFeatures(lab, token, data, headers);
const idOf = (held: JsonObject | undefined) => textAt(held, 'id');

describe('a held call', () => {
  it('waits, and runs by itself once enough people have approved it', async () => {
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
    const approved = await lab.people.ana.post(`/v1/approvals/${idOf(held)}/approve`, WHY);
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
});

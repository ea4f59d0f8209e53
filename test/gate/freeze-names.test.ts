import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { type GateLab, type GateLabOptions, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };

let upstream: RecordingUpstream;
let lab: GateLab;
let token: string;
let stall: GateLabOptions['stall'];
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url }, stall: async (file) => stall?.(file) });
  token = (await lab.agent()).token;
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});
const set: string[] = [];
beforeEach(() => upstream.forget());
afterEach(async () => {
  stall = undefined;
  for (const id of set.splice(0)) await lab.admin.post(`/v1/freezes/${id}/lift`, { why: 'the test is over' });
});

async function freeze(environment: string, why = 'the shop is on fire'): Promise<void> {
  const scope = { kind: 'environment', environment };
  set.push(textAt(await lab.admin.post('/v1/freezes', { scope, why }), 'id'));
}

let serial = 0;
const change = (namespace: string) => {
  serial += 1;
  const body = { data: { serial: `${serial}` } };
  return lab.call('PATCH', `/kube/demo/api/v1/namespaces/${namespace}/configmaps/features`, {
    token,
    headers: MERGE,
    body,
  });
};
const changing = () =>
  upstream.reached.filter(({ method, url }) => method !== 'GET' && !/[?&]dryRun=All(&|$)/.test(url));

describe('a freeze of an environment by another of its names', () => {
  it.each([
    ['staging', 'gate/freeze: environment staging is frozen'],
    ['stage', 'freeze/active: environment stage is frozen by'],
    ['preprod', 'freeze/active: environment preprod is frozen by'],
  ])('%s stops changes where the label says staging', async (name, told) => {
    await freeze(name);
    const answer = await change('shop-staging');
    expect([answer.status, answer.json.message]).toEqual([403, expect.stringContaining(told)]);
    expect(answer.json.message).toContain('the shop is on fire');
    expect(changing()).toEqual([]);
    expect((await change('shop-dev')).status).toBe(200);
  });

  it('stops a change that is allowed and has not left', async () => {
    stall = async () => freeze('stage');
    const answer = await change('shop-staging');
    expect([answer.status, answer.json.message]).toEqual([
      403,
      expect.stringContaining('freeze/active: environment stage'),
    ]);
    expect(changing()).toEqual([]);
    const id = String(answer.headers['sallyport-decision']);
    expect((await lab.admin.get(`/v1/decisions/${id}`)).outcome).toMatchObject({ state: 'not-sent', sent: false });
  });

  it('lets reads pass', async () => {
    await freeze('stage');
    const path = '/kube/demo/api/v1/namespaces/shop-staging/configmaps/features';
    expect((await lab.call('GET', path, { token })).status).toBe(200);
  });

  it('leaves other environments alone, however often and wordily it is said', async () => {
    for (let count = 0; count < 20; count += 1) await freeze('stage', `${count} ${'why '.repeat(240)}`);
    expect((await change('shop-dev')).status).toBe(200);
    expect((await change('shop-staging')).status).toBe(403);
  });
});

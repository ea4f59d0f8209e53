import { afterAll, beforeAll, expect, it } from 'vitest';
import { listAt, textAt } from '../../src/cli/json-fields.ts';
import { type GateLab, ROUTE } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, decisionsOf, items, makeNamespace, startClusterGate, writesAs } from './cluster-gate.ts';
import { configMap, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'intent-dev';
const SETTINGS = `/api/v1/namespaces/${PLACE}/configmaps/settings`;
const CHANGE = { data: { colour: 'red' } };

let gate: GateLab;
beforeAll(async () => {
  await makeNamespace(lab, PLACE, 'dev');
  await apply(lab, inNamespace(PLACE, configMap('settings', { data: { colour: 'blue' } })));
  gate = await startClusterGate(lab);
});
afterAll(async () => {
  await gate?.close();
  await admin(lab, ['delete', 'namespace', PLACE, '--wait=false']);
});

it('kubectl acts for the intent that its token is bound to: asked ahead, run once it is approved, over with the intent', async () => {
  const { id: agent, token } = await gate.agent({ level: 2, owner: 'olga' });
  const said = { reason: 'the colour hurts', incident: 'INC-9', confidence: 0.9 };
  const opened = await gate.call('POST', '/sallyport/v1/intents', { token, body: said });
  const intent = textAt(opened.json, 'id');
  const bound = textAt(
    await gate.admin.post(`/v1/agents/${agent}/tokens`, { route: ROUTE, intent, why: 'x' }),
    'token',
  );
  const kubeconfig = await gate.kubeconfig({ id: agent, token: bound });

  // As kubectl will send it. People are asked about the plan; nothing has reached the server in earnest.
  const headers = { 'content-type': 'application/merge-patch+json' };
  const call = { route: ROUTE, method: 'PATCH', path: `${SETTINGS}?fieldManager=kubectl-patch`, headers, body: CHANGE };
  const plan = await gate.call('POST', '/sallyport/v1/preflight', { token: bound, body: { calls: [call], ask: true } });
  expect([plan.status, plan.json.outcome]).toEqual([200, 'hold']);
  const held = textAt(listAt(plan.json, 'calls')[0], 'held');
  expect(await writesAs(lab, agent)).toEqual([]);
  await gate.admin.post(`/v1/approvals/${held}/approve`, { why: 'a test' });

  const patch = ['patch', 'configmap', 'settings', '-n', PLACE, '--type=merge', '-p', JSON.stringify(CHANGE)];
  const patched = await lab.kubectl(patch, { kubeconfig });
  expect([patched.code, patched.stderr]).toEqual([0, expect.any(String)]);
  const [, ran] = await decisionsOf(gate, agent);
  expect(at(ran, 'decided', 'input', 'claims')).toMatchObject({ intent, ...said });
  expect(await writesAs(lab, agent)).toHaveLength(1);

  const closing = { outcome: 'done', summary: 'it is red' };
  expect((await gate.call('POST', `/sallyport/v1/intents/${intent}/close`, { token, body: closing })).status).toBe(200);
  const late = await lab.kubectl(['get', 'configmap', 'settings', '-n', PLACE], { kubeconfig });
  expect([late.code, late.stdout]).toEqual([1, '']);
  expect(late.stderr).toContain(`gate/intent: intent ${intent} was closed at`);

  const told = (await gate.gate.store.related(`intent:${intent}`, 0, 100)).map(({ kind, leaf }) =>
    kind === 'changed' ? JSON.parse(leaf).what : kind,
  );
  expect(items(told).slice(0, 6)).toEqual([
    'intent.opened',
    'asked',
    'decided',
    'hold.opened',
    'preflight.judged',
    'hold.approved',
  ]);
  expect(told.filter((what: string) => ['hold.used', 'intent.closed'].includes(what))).toEqual([
    'hold.used',
    'intent.closed',
  ]);
});

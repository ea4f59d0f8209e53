import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listAt, textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import { OperationsClient } from '../../src/operate/client.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { dataSite } from '../lab/data-site.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, items, object, read, startClusterGate } from './cluster-gate.ts';
import { closeNodes, openNodes } from './pod-nodes.ts';
import { sallyport } from './program.ts';
import { deployment, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'incident';

let gate: GateLab;
let folder: string;
let ben: OperationsClient;
let operatorToken: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-incident-'));
  const settings = async (name: string) =>
    object(object(parse(await readFile(join(import.meta.dirname, `../../rego/data/${name}.yaml`), 'utf8')))[name]);
  const [verification, trust] = [await settings('verification'), await settings('trust')];
  const site = await dataSite(folder, {
    // As shipped, but sooner: one failed verification is enough, and what failed is taken back.
    verification: {
      ...verification,
      within: '6s',
      every: '1s',
      actions: { 'kubernetes:deployments.apps:patch': { probes: [{ probe: 'rollout' }], revert: true } },
    },
    trust: {
      ...trust,
      demotion: {
        'failed-verification': { of: 'unverified', count: 1, days: 7, levels: 1, down_to: 2, automatic: true },
      },
    },
  });
  await openNodes(lab, PLACE, 'prod', 2);
  gate = await startClusterGate(lab, { config: { bundle: site, holds: { wait: '5s' } } });
  const added = await gate.admin.post('/v1/operators', { name: 'ben', role: 'approver', groups: ['production'] });
  operatorToken = textAt(added, 'token');
  const { origin, port } = gate.gate.operate;
  ben = new OperationsClient({ origin, ca: [gate.gate.caPem], token: operatorToken, tokenFrom: 'ben' });
  const written = await readFile(gate.configFile, 'utf8');
  await writeFile(gate.configFile, written.replace('operate: 127.0.0.1:0', `operate: 127.0.0.1:${port}`));
  await apply(lab, inNamespace(PLACE, deployment('web', { replicas: 2 })));
  await admin(lab, ['rollout', 'status', 'deployment/web', '-n', PLACE, '--timeout=60s']);
});
afterAll(async () => {
  await gate?.close();
  await closeNodes(lab, PLACE);
  await rm(folder, { recursive: true, force: true });
});

const image = async () =>
  at(items(at(await read(lab, 'deployment', 'web', PLACE), 'spec', 'template', 'spec', 'containers'))[0], 'image');

it('an incident, from the first alert to the handoff', async () => {
  const before = await image();
  const agent = await gate.agent({ id: 'fixer', level: 4, owner: 'olga' });

  // The alert: the agent says what it is trying to do, and what speaks for it. It is not sure.
  const opened = await gate.call('POST', '/sallyport/v1/intents', {
    token: agent.token,
    body: {
      ...{ reason: 'checkout answers slowly', incident: 'INC-7', alert: 'checkout-latency', confidence: 0.5 },
      ...{ hypothesis: 'the image leaks memory', plan: 'run the image that does not' },
      successSignal: 'all pods are ready',
    },
  });
  expect(opened.status).toBe(201);
  const intent = textAt(opened.json, 'id') || textAt(opened.json, 'intent', 'id');
  const seen = new Date().toISOString();
  const signal = { source: 'prometheus', observedAt: seen, stance: 'supports', says: 'memory grows after each deploy' };
  const attached = await gate.call('POST', `/sallyport/v1/intents/${intent}/evidence`, {
    token: agent.token,
    body: { signals: [signal] },
  });
  expect(attached.status).toBeLessThan(300);

  // kubectl, unchanged: its token is bound to the intent.
  const bound = await gate.admin.post(`/v1/agents/${agent.id}/tokens`, { route: 'demo', why: 'INC-7', intent });
  const kubeconfig = await gate.kubeconfig({ id: agent.id, token: textAt(bound, 'token') });
  const kubectl = (run: string) => lab.kubectl(['-n', PLACE, ...run.split(' ')], { kubeconfig });

  // It reads; it is held on the change, for it is not sure enough; a person approves.
  expect(await kubectl('get deployment web')).toMatchObject({ code: 0 });
  const changing = kubectl('set image deployment/web web=example.invalid/web:missing');
  const held = await untilHeld();
  expect(held).toMatchObject({ agent: 'fixer', intent, needs: [{ groups: ['production'], missing: 1 }] });
  await ben.post(`/v1/approvals/${textAt(held, 'id')}/approve`, { why: 'worth a try' });
  expect(await changing).toMatchObject({ code: 0 });
  const ran = textAt(await gate.admin.get(`/v1/approvals/${textAt(held, 'id')}`), 'ranAs');
  expect(await image()).toBe('example.invalid/web:missing');

  // It does not get well: the gate takes it back, and the agent has a level less.
  const decision = () => gate.admin.get(`/v1/decisions/${ran}`);
  await expect.poll(async () => textAt(await decision(), 'verification', 'state'), { timeout: 30_000 }).toBe('failed');
  await expect.poll(image, { timeout: 30_000 }).toBe(before);
  await expect
    .poll(async () => textAt(await gate.admin.get('/v1/agents/fixer'), 'level'), { timeout: 30_000 })
    .toBe('3');

  // It hands over, and the package says all of it, from the record alone.
  const closed = await gate.call('POST', `/sallyport/v1/intents/${intent}/close`, {
    token: agent.token,
    body: { outcome: 'handed-over', summary: 'the other image cannot be pulled' },
  });
  expect(closed.status).toBe(200);
  const { code, out, err } = await sallyport(['report', 'handoff', intent, '--config', gate.configFile], {
    folder: gate.folder,
    env: { SALLYPORT_TOKEN: operatorToken },
  });
  expect([code, err]).toEqual([0, '']);
  for (const said of [
    'checkout answers slowly',
    'INC-7',
    'the image leaks memory',
    'memory grows after each deploy',
    'worth a try',
    ran,
    'the other image cannot be pulled',
  ]) {
    expect(out).toContain(said);
  }
  expect(out).toMatch(/verification.*failed/i);
  expect(out).toMatch(/revert|taken back/i);
  expect(out).toMatch(/level 4 to (level )?3|demoted/i);
});

async function untilHeld(): Promise<JsonObject> {
  for (let look = 0; look < 400; look += 1) {
    const [held] = listAt(await gate.admin.get('/v1/approvals'), 'approvals');
    if (held !== undefined) return object(held);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nothing is held');
}

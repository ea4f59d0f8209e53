import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { dataSite } from '../lab/data-site.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, items, object, read, startClusterGate } from './cluster-gate.ts';
import { type Judged, PATCHES, type Sent, send } from './judged-call.ts';
import { closeNodes, openNodes } from './pod-nodes.ts';
import { deployment, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'verified';
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;
/** What production asks for of who acts there alone. */
const EVIDENCE = { 'Sallyport-Reason': 'it is slow', 'Sallyport-Incident': 'INC-1', 'Sallyport-Confidence': '0.9' };
const POD = ['spec', 'template', 'spec'];
const ROLLOUT = { probes: [{ probe: 'rollout' }] };
const QUICK = { within: '20s', every: '1s', at_most: '2s', looks: 1, canary: { share: 0.25 } };

let gate: GateLab;
let folder: string;
let agent: { readonly id: string; readonly token: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-verified-'));
  const verification = {
    ...QUICK,
    actions: {
      'kubernetes:deployments.apps:patch': { ...ROLLOUT, within: '8s', revert: true },
      'kubernetes:deployments.apps/scale:patch': ROLLOUT,
      'kubernetes:configmaps:delete': { probes: [{ probe: 'absent' }] },
    },
  };
  await openNodes(lab, PLACE, 'prod', 2);
  gate = await startClusterGate(lab, { config: { bundle: await dataSite(folder, { verification }) } });
  agent = await gate.agent({ level: 4 });
  await apply(lab, ...['well', 'ill'].map((name) => inNamespace(PLACE, deployment(name, { replicas: 2 }))));
  for (const name of ['well', 'ill'])
    await admin(lab, ['rollout', 'status', `deployment/${name}`, '-n', PLACE, '--timeout=60s']);
});
afterAll(async () => {
  await gate?.close();
  await closeNodes(lab, PLACE);
  await rm(folder, { recursive: true, force: true });
});

/** A new template: a restart, with what it asks of the kubelet besides. */
function restart(name: string, annotations: JsonObject = {}): Sent {
  const metadata = { annotations: { 'kubectl.kubernetes.io/restartedAt': '2030-01-01T00:00:00Z', ...annotations } };
  return {
    method: 'PATCH',
    path: `${APPS}/deployments/${name}`,
    body: { spec: { template: { metadata } } },
    type: PATCHES.strategic,
    headers: EVIDENCE,
  };
}

async function verificationOf({ id }: Judged): Promise<JsonObject> {
  return object((await gate.admin.get(`/v1/decisions/${id}`)).verification);
}

/** What is on the record of a decision besides its own leaves: changes by what they are, the leaves of other decisions by their kind. */
async function changesOf({ id }: Judged): Promise<readonly unknown[]> {
  const leaves = await gate.gate.store.related(`decision:${id}`, 0, 100);
  const found = leaves.map(({ kind, leaf }) => (kind === 'changed' ? object(JSON.parse(leaf)).what : kind));
  // Stop conditions have a word of their own to say about what failed.
  return found.filter((what) => what !== 'stop.condition');
}

describe('an allowed change in production', () => {
  it('is verified: its rollout comes to its end', async () => {
    const judged = await send(gate, agent.token, restart('well'));
    expect([judged.answer.status, judged.did]).toEqual([200, 'allow']);
    expect(items(at(judged.decided, 'judgement', 'verdict', 'obligations')).map((one) => at(one, 'name'))).toEqual([
      'notify',
      'capture',
      'verify',
    ]);
    await expect.poll(async () => (await verificationOf(judged)).state, { timeout: 30_000 }).toBe('passed');
    expect(await verificationOf(judged)).toMatchObject({
      agent: agent.id,
      watched: { resource: 'deployments.apps', path: `${APPS}/deployments/well` },
      why: 'rollout: 2 of 2 replicas are up to date and available',
      progress: [{ last: { state: 'good' } }],
    });
    expect(await changesOf(judged)).toEqual(['verification.started', 'verification.passed']);
  });

  it('has failed when its pods do not get ready in time, and people are told what was seen', async () => {
    const judged = await send(gate, agent.token, restart('ill', { 'kube-lab/fault': 'never-ready' }));
    expect(judged.did).toBe('allow');
    await expect.poll(async () => (await verificationOf(judged)).state, { timeout: 30_000 }).toBe('failed');
    expect(await verificationOf(judged)).toMatchObject({
      why: expect.stringMatching(/^rollout: \d of 2 replicas are of the new version/),
    });
    const next = await send(gate, agent.token, restart('ill', { again: 'yes' }));
    expect([next.did, at(next.decided, 'input', 'state', 'verification')]).toEqual(['hold', 'failed']);
  });

  it('is taken back by the gate when the policy says so, and has not succeeded', async () => {
    const image = async () =>
      at(items(at(await read(lab, 'deployment', 'well', PLACE), ...POD, 'containers'))[0], 'image');
    const before = await image();
    const containers = [{ name: 'web', image: 'example.invalid/web:missing' }];
    const judged = await send(gate, agent.token, {
      ...restart('well'),
      body: { spec: { template: { spec: { containers } } } },
    });
    expect([judged.answer.status, judged.did]).toEqual([200, 'allow']);
    expect(await image()).toBe('example.invalid/web:missing');
    await expect.poll(async () => (await verificationOf(judged)).fallback, { timeout: 30_000 }).toBe('done');
    expect(await image()).toBe(before);
    expect(await changesOf(judged)).toEqual([
      ...['verification.started', 'verification.failed', 'asked', 'decided', 'outcome', 'revert.ran'],
    ]);
    await admin(lab, ['rollout', 'status', 'deployment/well', '-n', PLACE, '--timeout=60s']);
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { dataSite } from '../lab/data-site.ts';
import { ownLab } from '../lab/own-lab.ts';
import { type ClientAgent, clientAgent } from './clients-lab.ts';
import { admin, apply, at, object, read, startClusterGate, writesAs } from './cluster-gate.ts';
import { closeNodes, openNodes } from './pod-nodes.ts';
import { deployment, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'canaries';
const SCALE = `/apis/apps/v1/namespaces/${PLACE}/deployments/grows/scale`;

let gate: GateLab;
let folder: string;
let agent: ClientAgent;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-canary-'));
  const verification = {
    ...{ within: '8s', every: '1s', at_most: '2s', looks: 1, canary: { share: 0.25 } },
    actions: { 'kubernetes:deployments.apps/scale:patch': { probes: [{ probe: 'rollout' }], revert: true } },
  };
  await openNodes(lab, PLACE, 'dev', 1);
  gate = await startClusterGate(lab, {
    config: { bundle: await dataSite(folder, { verification, ...(await reaching()) }) },
  });
  agent = await clientAgent(gate, 5);
  await apply(lab, inNamespace(PLACE, deployment('grows', { replicas: 2 })));
  await admin(lab, ['rollout', 'status', 'deployment/grows', '-n', PLACE, '--timeout=60s']);
});
afterAll(async () => {
  await gate?.close();
  await closeNodes(lab, PLACE);
  await rm(folder, { recursive: true, force: true });
});

/** What is of tier C is tried on a share first, and more than two pods are of tier C. */
async function reaching(): Promise<{ levels: JsonObject; limits: JsonObject }> {
  const shipped = async (name: string) =>
    object(parse(await readFile(join(import.meta.dirname, `../../rego/data/${name}.yaml`), 'utf8'))[name]);
  const levels = structuredClone(await shipped('levels'));
  const limits = structuredClone(await shipped('limits'));
  const people = { do: 'hold', people: 1 };
  Object.assign(object(at(levels, '5', 'cells')), {
    c: { do: 'allow', obligations: { canary: {}, verify: {} }, else: people },
  });
  Object.assign(object(at(limits, 'tier_b', 'dev')), { pods: 2 });
  return { levels, limits };
}

const replicas = async () => at(await read(lab, 'deployment', 'grows', PLACE), 'spec', 'replicas');

async function scale(to: number): Promise<{ readonly id: string; readonly stderr: string }> {
  const before = new Set((await gate.decisions()).map(({ id }) => id));
  const env = { kubeconfig: agent.kubeconfig };
  const { code, stderr } = await lab.kubectl(['scale', 'deployment/grows', `--replicas=${to}`, '-n', PLACE], env);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  const made = (await gate.decisions()).filter(({ id }) => !before.has(id));
  const decision = made.find((one) => at(one, 'decided', 'call', 'method') === 'PATCH');
  return { id: String(decision?.id), stderr };
}

async function verificationOf(id: string): Promise<JsonObject> {
  return object((await gate.admin.get(`/v1/decisions/${id}`)).verification);
}

async function changesOf(id: string): Promise<readonly unknown[]> {
  const leaves = await gate.gate.store.related(`decision:${id}`, 0, 100);
  return leaves.map(({ leaf }) => object(JSON.parse(leaf)).what);
}

describe('a scaling that is tried on a share first', () => {
  it('goes on by itself once that is well', async () => {
    const { id, stderr } = await scale(6);
    expect(stderr).toContain(
      'Warning: sallyport: 3 replicas for now; the gate goes on to 6 by itself once that is verified',
    );
    await expect.poll(async () => (await verificationOf(id)).state, { timeout: 30_000 }).toBe('passed');
    expect(await replicas()).toBe(6);
    expect(await changesOf(id)).toEqual([
      ...['verification.started', 'canary.started', 'canary.expanding', 'canary.expanded', 'verification.passed'],
    ]);
    expect(await verificationOf(id)).toMatchObject({
      canary: { from: 2, first: 3, to: 6, step: 'rest' },
      why: 'rollout: 6 of 6 replicas are up to date and available',
    });
    // Both steps in the agent's name.
    expect(await writesAs(lab, agent.id)).toEqual([`patch ${SCALE}`, `patch ${SCALE}`]);
  });

  it('gets no further when that does not get well, and is taken back by the gate', async () => {
    await admin(lab, ['cordon', `${PLACE}-node-1`]);
    const { id } = await scale(12);
    await expect.poll(async () => (await verificationOf(id)).state, { timeout: 30_000 }).toBe('failed');
    await expect.poll(async () => (await verificationOf(id)).fallback, { timeout: 30_000 }).toBe('done');
    expect((await changesOf(id)).filter((what) => what !== undefined)).toEqual([
      ...['verification.started', 'canary.started', 'canary.aborted', 'verification.failed', 'revert.ran'],
    ]);
    expect(await replicas()).toBe(6);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, items, makeNamespace, object, read } from './cluster-gate.ts';
import { closeNodes, openNodes } from './pod-nodes.ts';
import { container, deployment, inNamespace, pod } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'kubelet-nodes';
const BARE = 'kubelet-none';
const PATIENCE = { timeout: 30_000 };

beforeAll(async () => {
  await Promise.all([openNodes(lab, PLACE, 'dev', 2), makeNamespace(lab, BARE, 'dev')]);
});
afterAll(async () => {
  await closeNodes(lab, PLACE);
  await admin(lab, ['delete', 'namespace', BARE, '--wait=false']);
});

/** A pod that does not start again, with what its annotations ask of the kubelet. */
function once(name: string, annotations: JsonObject): JsonObject {
  const bare = pod(name);
  return {
    ...bare,
    metadata: { name, annotations },
    spec: { containers: [container()], restartPolicy: 'Never' },
  };
}

async function phaseOf(name: string): Promise<unknown> {
  return at(await read(lab, 'pod', name, PLACE), 'status', 'phase');
}

async function containerOf(name: string): Promise<JsonObject> {
  return object(items(at(await read(lab, 'pod', name, PLACE), 'status', 'containerStatuses'))[0] ?? {});
}

describe('the kubelet of the lab', () => {
  it('leaves alone what is in a namespace that does not ask for nodes', async () => {
    await apply(lab, inNamespace(BARE, pod('left')), inNamespace(PLACE, pod('taken')));
    await admin(lab, ['wait', '--for=condition=Ready', 'pod/taken', '-n', PLACE, '--timeout=30s']);
    const left = await read(lab, 'pod', 'left', BARE);
    expect([at(left, 'spec', 'nodeName'), at(left, 'status', 'phase')]).toEqual([undefined, 'Pending']);
  });

  it('makes a rollout come to its end, and the next one too', async () => {
    await apply(lab, inNamespace(PLACE, deployment('web', { replicas: 3 })));
    const status = ['rollout', 'status', 'deployment/web', '-n', PLACE, '--timeout=60s'];
    expect(await admin(lab, status)).toMatch(/deployment "web" successfully rolled out\n$/);
    await admin(lab, ['set', 'image', 'deployment/web', 'web=example.invalid/web:2', '-n', PLACE]);
    expect(await admin(lab, status)).toMatch(/deployment "web" successfully rolled out\n$/);
    const nodes = '{range .items[*]}{.spec.nodeName}{"\\n"}{end}';
    const used = await admin(lab, ['get', 'pods', '-l', 'app=web', '-o', `jsonpath=${nodes}`, '-n', PLACE]);
    expect(new Set(used.trim().split('\n'))).toEqual(new Set([`${PLACE}-node-1`, `${PLACE}-node-2`]));
  });

  it('completes a job, and fails one whose containers do', async () => {
    const job = (name: string, annotations: JsonObject) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: PLACE },
      spec: {
        backoffLimit: 0,
        template: { metadata: { annotations }, spec: { containers: [container()], restartPolicy: 'Never' } },
      },
    });
    await apply(lab, job('good', {}), job('bad', { 'kube-lab/exit-code': '3' }));
    await admin(lab, ['wait', '--for=condition=Complete', 'job/good', '-n', PLACE, '--timeout=30s']);
    await admin(lab, ['wait', '--for=condition=Failed', 'job/bad', '-n', PLACE, '--timeout=30s']);
  });

  it.each([
    ['never-ready', { phase: 'Running', ready: false }],
    ['image-pull', { phase: 'Pending', ready: false, waiting: 'ImagePullBackOff' }],
    ['crash-loop', { phase: 'Running', ready: false, waiting: 'CrashLoopBackOff' }],
  ])('shows a pod with the fault %s as its node would', async (fault, shown) => {
    await apply(lab, inNamespace(PLACE, once(fault, { 'kube-lab/fault': fault })));
    const seen = async () => {
      const { ready, state } = await containerOf(fault);
      const waiting = at(state, 'waiting', 'reason');
      return { phase: await phaseOf(fault), ready, ...(waiting === undefined ? {} : { waiting }) };
    };
    await expect.poll(seen, PATIENCE).toEqual(shown);
  });

  it('starts a crashing container again and again', async () => {
    await apply(lab, inNamespace(PLACE, once('crashes', { 'kube-lab/fault': 'crash-loop' })));
    const restarts = async () => Number((await containerOf('crashes')).restartCount);
    await expect.poll(restarts, PATIENCE).toBeGreaterThan(1);
  });

  it('lets a pod start as slowly, run as long and end as it is told', async () => {
    const asked = { 'kube-lab/starts-after': '2s', 'kube-lab/runs-for': '1s', 'kube-lab/exit-code': '7' };
    await apply(lab, inNamespace(PLACE, once('slow', asked)));
    await expect.poll(() => phaseOf('slow'), PATIENCE).toBe('Failed');
    const state = at(await containerOf('slow'), 'state', 'terminated');
    expect([at(state, 'exitCode'), at(state, 'reason')]).toEqual([7, 'Error']);
    const { startTime, conditions } = object(at(await read(lab, 'pod', 'slow', PLACE), 'status') ?? null);
    const ended = items(conditions).find((one) => at(one, 'type') === 'Ready');
    const took = Date.parse(String(at(ended, 'lastTransitionTime'))) - Date.parse(String(startTime));
    expect(took).toBeGreaterThanOrEqual(2_000);
  });

  it('has no place for a pod when every node is cordoned, until one is not', async () => {
    const nodes = [`${PLACE}-node-1`, `${PLACE}-node-2`];
    await admin(lab, ['cordon', ...nodes]);
    await apply(lab, inNamespace(PLACE, pod('late')));
    await admin(lab, ['wait', '--for=condition=PodScheduled=false', 'pod/late', '-n', PLACE, '--timeout=30s']);
    await admin(lab, ['uncordon', String(nodes[1])]);
    await admin(lab, ['wait', '--for=condition=Ready', 'pod/late', '-n', PLACE, '--timeout=30s']);
    expect(at(await read(lab, 'pod', 'late', PLACE), 'spec', 'nodeName')).toBe(nodes[1]);
    await admin(lab, ['uncordon', String(nodes[0])]);
  });

  it('takes away a pod that is deleted', async () => {
    await apply(lab, inNamespace(PLACE, pod('doomed')));
    await admin(lab, ['wait', '--for=condition=Ready', 'pod/doomed', '-n', PLACE, '--timeout=30s']);
    expect(await admin(lab, ['delete', 'pod', 'doomed', '-n', PLACE, '--timeout=20s'])).toContain('deleted');
  });

  it('lets a pod that is deleted take the time that it needs', async () => {
    const lasting = once('lasting', { 'kube-lab/ends-after': '3s' });
    await apply(lab, inNamespace(PLACE, lasting));
    await admin(lab, ['wait', '--for=condition=Ready', 'pod/lasting', '-n', PLACE, '--timeout=30s']);
    await admin(lab, ['delete', 'pod', 'lasting', '-n', PLACE, '--wait=false']);
    const there = await read(lab, 'pod', 'lasting', PLACE);
    expect([at(there, 'status', 'phase'), at(there, 'metadata', 'deletionTimestamp')]).toEqual([
      'Running',
      expect.any(String),
    ]);
    await admin(lab, ['wait', '--for=delete', 'pod/lasting', '-n', PLACE, '--timeout=20s']);
  });

  it('answers for its pods: logs, and commands in a folder of the pod’s own', async () => {
    await apply(lab, inNamespace(PLACE, pod('talks')));
    await admin(lab, ['wait', '--for=condition=Ready', 'pod/talks', '-n', PLACE, '--timeout=30s']);
    expect(await admin(lab, ['logs', 'talks', '-n', PLACE])).toBe('log line 0\nlog line 1\nlog line 2\n');
    const said = await admin(lab, ['exec', 'talks', '-n', PLACE, '--', 'sh', '-c', 'echo $HOSTNAME; pwd']);
    expect(said).toBe(`talks\n${lab.folder}/pods/${PLACE}/talks\n`);
  });
});

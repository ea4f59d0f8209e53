import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { at } from './cluster-gate.ts';
import { CLAIM, controller, daemons, job, node, stateful, workload } from './reach-seeds.ts';
import { goneOf, openTruthLab, podsAmong, type TruthLab } from './reach-truth.ts';
import { configMap, container, deployment } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'reach-cascade';
const CORE = `/api/v1/namespaces/${PLACE}`;
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;
const BATCH = `/apis/batch/v1/namespaces/${PLACE}`;

let truth: TruthLab;
beforeAll(async () => {
  truth = await openTruthLab(lab, PLACE);
  await truth.seed(node('reach-cascade-a', { cascade: 'yes' }), node('reach-cascade-b', { cascade: 'yes' }));
});
afterAll(async () => {
  await truth.close();
  await lab.kubectl(['delete', 'node', 'reach-cascade-a', 'reach-cascade-b', '--ignore-not-found']);
});

const options = (propagationPolicy: string) => ({
  body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy },
});

interface Case {
  readonly what: string;
  readonly name: string;
  readonly seed: readonly JsonObject[];
  /** Pods that the controllers make of it. */
  readonly pods: number;
  readonly path: string;
  readonly more?: { readonly body?: JsonObject; readonly query?: string };
  readonly how: string;
}

const CASES: readonly Case[] = [
  {
    what: 'a deployment',
    name: 'plain',
    seed: [deployment('plain', { replicas: 3 })],
    pods: 3,
    path: `${APPS}/deployments/plain`,
    how: 'recreate',
  },
  {
    what: 'a deployment, in the background',
    name: 'background',
    seed: [deployment('background', { replicas: 2 })],
    pods: 2,
    path: `${APPS}/deployments/background`,
    more: options('Background'),
    how: 'recreate',
  },
  {
    what: 'a deployment, in the foreground',
    name: 'foreground',
    seed: [deployment('foreground', { replicas: 2 })],
    pods: 2,
    path: `${APPS}/deployments/foreground`,
    more: options('Foreground'),
    how: 'recreate',
  },
  {
    what: 'a deployment, orphaning what it made',
    name: 'orphaning',
    seed: [deployment('orphaning', { replicas: 2 })],
    pods: 2,
    path: `${APPS}/deployments/orphaning`,
    more: options('Orphan'),
    how: 'recreate',
  },
  {
    what: 'a deployment, orphaning by the query',
    name: 'queried',
    seed: [deployment('queried', { replicas: 2 })],
    pods: 2,
    path: `${APPS}/deployments/queried`,
    more: { query: '?propagationPolicy=Orphan' },
    how: 'recreate',
  },
  {
    what: 'a deployment, orphaning as old clients say it',
    name: 'elderly',
    seed: [deployment('elderly', { replicas: 1 })],
    pods: 1,
    path: `${APPS}/deployments/elderly`,
    more: { body: { apiVersion: 'v1', kind: 'DeleteOptions', orphanDependents: true } },
    how: 'recreate',
  },
  {
    what: 'a deployment without replicas',
    name: 'idle',
    seed: [deployment('idle', { replicas: 0 })],
    pods: 0,
    path: `${APPS}/deployments/idle`,
    how: 'recreate',
  },
  {
    what: 'a replica set',
    name: 'replicas',
    seed: [workload('ReplicaSet', 'replicas', { replicas: 2 })],
    pods: 2,
    path: `${APPS}/replicasets/replicas`,
    how: 'recreate',
  },
  {
    what: 'a stateful set',
    name: 'stateful',
    seed: [stateful('stateful', 2)],
    pods: 2,
    path: `${APPS}/statefulsets/stateful`,
    how: 'recreate',
  },
  {
    what: 'a stateful set, whose volumes stay',
    name: 'keeping',
    seed: [stateful('keeping', 2, { volumeClaimTemplates: [CLAIM] })],
    pods: 2,
    path: `${APPS}/statefulsets/keeping`,
    how: 'recreate',
  },
  {
    what: 'a stateful set, whose volumes go',
    name: 'dropping',
    seed: [
      stateful('dropping', 2, {
        volumeClaimTemplates: [CLAIM],
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
      }),
    ],
    pods: 2,
    path: `${APPS}/statefulsets/dropping`,
    how: 'none',
  },
  {
    what: 'a daemon set',
    name: 'daemons',
    seed: [daemons('daemons', { cascade: 'yes' })],
    pods: 2,
    path: `${APPS}/daemonsets/daemons`,
    how: 'recreate',
  },
  {
    what: 'a job, whose pods stay unless somebody says otherwise',
    name: 'leaving',
    seed: [job('leaving', 2)],
    pods: 2,
    path: `${BATCH}/jobs/leaving`,
    how: 'recreate',
  },
  {
    what: 'a job with its pods',
    name: 'batch',
    seed: [job('batch', 2)],
    pods: 2,
    path: `${BATCH}/jobs/batch`,
    more: options('Background'),
    how: 'recreate',
  },
  {
    what: 'a replication controller, whose pods stay',
    name: 'oldest',
    seed: [controller('oldest', 2)],
    pods: 2,
    path: `${CORE}/replicationcontrollers/oldest`,
    how: 'recreate',
  },
  {
    what: 'a replication controller with its pods',
    name: 'older',
    seed: [controller('older', 2)],
    pods: 2,
    path: `${CORE}/replicationcontrollers/older`,
    more: options('Background'),
    how: 'recreate',
  },
  {
    what: 'a pod of nobody',
    name: 'lonely',
    seed: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'lonely' }, spec: { containers: [container()] } }],
    pods: 1,
    path: `${CORE}/pods/lonely`,
    how: 'recreate',
  },
  {
    what: 'a config map',
    name: 'settings',
    seed: [configMap('settings')],
    pods: 0,
    path: `${CORE}/configmaps/settings`,
    how: 'inverse',
  },
  {
    what: 'a service account',
    name: 'robot',
    seed: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }],
    pods: 0,
    path: `${CORE}/serviceaccounts/robot`,
    how: 'recreate',
  },
];

describe('what is deleted', () => {
  it.each(CASES)('is, with $what, what the gate says', async ({ name, seed, pods, path, more, how }) => {
    await truth.seed(...seed);
    const before = await truth.settled(name, pods);
    const sent = {
      method: 'DELETE',
      path: `${path}${more?.query ?? ''}`,
      ...(more?.body === undefined ? {} : { body: more.body }),
    };
    const claim = await truth.ask(sent);
    expect([claim.gaps, claim.blast.known]).toEqual([[], true]);
    await truth.doIt(sent);
    await truth.collected();
    const gone = async () => goneOf(before, await truth.things(name));
    await expect.poll(async () => (await gone()).size, { timeout: 60_000 }).toBe(claim.blast.objects);
    await truth.collected();
    const found = await gone();
    expect({ objects: claim.blast.objects, pods: claim.blast.pods, how: claim.wayBack.how }).toEqual({
      objects: found.size,
      pods: podsAmong(found),
      how,
    });
    expect(at(claim.wayBack, 'exact')).toBe(how === 'inverse');
  });
});

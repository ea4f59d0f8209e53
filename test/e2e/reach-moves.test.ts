import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import type { Sent } from './judged-call.ts';
import { patch } from './reach-lab.ts';
import { CLAIM, controller, daemons, job, node, stateful, workload } from './reach-seeds.ts';
import { openTruthLab, podsAmong, type Things, type TruthLab } from './reach-truth.ts';
import { container, deployment, pod } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'reach-moves';
const CORE = `/api/v1/namespaces/${PLACE}`;
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;
const BATCH = `/apis/batch/v1/namespaces/${PLACE}`;
const SCALING = `/apis/autoscaling/v2/namespaces/${PLACE}/horizontalpodautoscalers`;
const NODES = ['reach-moves-a', 'reach-moves-b', 'reach-moves-c'];
const HERE = { moves: 'yes' };

let truth: TruthLab;
beforeAll(async () => {
  truth = await openTruthLab(lab, PLACE);
  await truth.seed(...NODES.map((name) => node(name, HERE)));
});
afterAll(async () => {
  await truth.close();
  await lab.kubectl(['delete', 'node', ...NODES, '--ignore-not-found']);
});

const image = { spec: { template: { spec: { containers: [container({ image: 'example.invalid/web:2' })] } } } };
const restart = {
  spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-20T12:00:00Z' } } } },
};
const autoscaler = (name: string, minReplicas: number, maxReplicas: number): JsonObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas, maxReplicas },
});
/** With what the controller has put there, as whoever replaces an object has read it before. */
const revised = (object: JsonObject): JsonObject => ({
  ...object,
  metadata: { ...(object.metadata as JsonObject), annotations: { 'deployment.kubernetes.io/revision': '1' } },
});
const post = (path: string, body: JsonObject): Sent => ({ method: 'POST', path, body });

/** A situation: what is there, what is asked for, and what becomes of the pods. */
interface Move {
  readonly what: string;
  readonly name: string;
  readonly seed: readonly JsonObject[];
  readonly pods: number;
  /** What is done to it before, past the gate. */
  readonly prepare?: Sent;
  readonly sent: Sent;
  /** Pods that are there afterwards. */
  readonly left: number;
  readonly claims: { readonly pods: number; readonly replicas: number; readonly share: number };
  readonly how: string;
  readonly exact: boolean;
}

const MOVES: readonly Move[] = [
  {
    what: 'a stateful set is scaled up',
    name: 'sts-up',
    seed: [stateful('sts-up', 1)],
    pods: 1,
    sent: patch(`${APPS}/statefulsets/sts-up/scale`, { spec: { replicas: 3 } }),
    left: 3,
    claims: { pods: 2, replicas: 3, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a stateful set is scaled down',
    name: 'sts-down',
    seed: [stateful('sts-down', 4)],
    pods: 4,
    sent: patch(`${APPS}/statefulsets/sts-down`, { spec: { replicas: 3 } }),
    left: 3,
    claims: { pods: 1, replicas: 4, share: 0.25 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a stateful set is scaled down, and its volumes go',
    name: 'sts-lossy',
    seed: [
      stateful('sts-lossy', 2, {
        volumeClaimTemplates: [CLAIM],
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
      }),
    ],
    pods: 2,
    sent: patch(`${APPS}/statefulsets/sts-lossy/scale`, { spec: { replicas: 1 } }),
    left: 1,
    claims: { pods: 1, replicas: 2, share: 0.5 },
    how: 'none',
    exact: false,
  },
  {
    what: 'a stateful set gets another image',
    name: 'sts-image',
    seed: [stateful('sts-image', 2)],
    pods: 2,
    sent: patch(`${APPS}/statefulsets/sts-image`, image),
    left: 2,
    claims: { pods: 2, replicas: 2, share: 0.5 },
    how: 'revision',
    exact: true,
  },
  {
    what: 'a stateful set is restarted from a partition on',
    name: 'sts-part',
    seed: [stateful('sts-part', 3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } })],
    pods: 3,
    sent: patch(`${APPS}/statefulsets/sts-part`, restart),
    left: 3,
    claims: { pods: 1, replicas: 3, share: 1 / 3 },
    how: 'not_needed',
    exact: true,
  },
  {
    what: 'a stateful set that waits for its pods to be deleted gets another image',
    name: 'sts-wait',
    seed: [stateful('sts-wait', 2, { updateStrategy: { type: 'OnDelete' } })],
    pods: 2,
    sent: patch(`${APPS}/statefulsets/sts-wait`, image),
    left: 2,
    claims: { pods: 0, replicas: 2, share: 0 },
    how: 'revision',
    exact: true,
  },
  {
    what: 'a daemon set is restarted',
    name: 'ds-restart',
    seed: [daemons('ds-restart', HERE)],
    pods: 3,
    sent: patch(`${APPS}/daemonsets/ds-restart`, restart),
    left: 3,
    claims: { pods: 3, replicas: 3, share: 1 / 3 },
    how: 'not_needed',
    exact: true,
  },
  {
    what: 'a daemon set gets another image, two at a time',
    name: 'ds-image',
    seed: [daemons('ds-image', HERE, { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } })],
    pods: 3,
    sent: patch(`${APPS}/daemonsets/ds-image`, image),
    left: 3,
    claims: { pods: 3, replicas: 3, share: 2 / 3 },
    how: 'revision',
    exact: true,
  },
  {
    what: 'a daemon set that waits for its pods to be deleted gets another image',
    name: 'ds-wait',
    seed: [daemons('ds-wait', HERE, { updateStrategy: { type: 'OnDelete' } })],
    pods: 3,
    sent: patch(`${APPS}/daemonsets/ds-wait`, image),
    left: 3,
    claims: { pods: 0, replicas: 3, share: 0 },
    how: 'revision',
    exact: true,
  },
  {
    what: 'a replica set is scaled up',
    name: 'rs-up',
    seed: [workload('ReplicaSet', 'rs-up', { replicas: 1 })],
    pods: 1,
    sent: patch(`${APPS}/replicasets/rs-up/scale`, { spec: { replicas: 4 } }),
    left: 4,
    claims: { pods: 3, replicas: 4, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a replica set gets another image, for pods to come',
    name: 'rs-image',
    seed: [workload('ReplicaSet', 'rs-image', { replicas: 2 })],
    pods: 2,
    sent: patch(`${APPS}/replicasets/rs-image`, image),
    left: 2,
    claims: { pods: 0, replicas: 2, share: 0 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a replication controller is scaled to zero',
    name: 'rc-zero',
    seed: [controller('rc-zero', 2)],
    pods: 2,
    sent: patch(`${CORE}/replicationcontrollers/rc-zero/scale`, { spec: { replicas: 0 } }),
    left: 0,
    claims: { pods: 2, replicas: 2, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a paused deployment gets another image',
    name: 'paused',
    seed: [deployment('paused', { replicas: 2 })],
    pods: 2,
    prepare: patch(`${APPS}/deployments/paused`, { spec: { paused: true } }),
    sent: patch(`${APPS}/deployments/paused`, image),
    left: 2,
    claims: { pods: 0, replicas: 2, share: 0 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a deployment gets another image and more replicas',
    name: 'both',
    seed: [deployment('both', { replicas: 1 })],
    pods: 1,
    sent: patch(`${APPS}/deployments/both`, { spec: { replicas: 3, template: image.spec.template } }),
    left: 3,
    claims: { pods: 3, replicas: 3, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a deployment is replaced as a whole by one with fewer replicas',
    name: 'put',
    seed: [deployment('put', { replicas: 3 })],
    pods: 3,
    sent: { method: 'PUT', path: `${APPS}/deployments/put`, body: revised(deployment('put', { replicas: 1 })) },
    left: 1,
    claims: { pods: 2, replicas: 3, share: 2 / 3 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a job is suspended',
    name: 'job-suspended',
    seed: [job('job-suspended', 2)],
    pods: 2,
    sent: patch(`${BATCH}/jobs/job-suspended`, { spec: { suspend: true } }),
    left: 0,
    claims: { pods: 2, replicas: 2, share: 1 },
    how: 'inverse',
    exact: false,
  },
  {
    what: 'a job goes on',
    name: 'job-resumed',
    seed: [job('job-resumed', 3, { suspend: true })],
    pods: 0,
    sent: patch(`${BATCH}/jobs/job-resumed`, { spec: { suspend: false } }),
    left: 3,
    claims: { pods: 3, replicas: 3, share: 1 },
    how: 'inverse',
    exact: false,
  },
  {
    what: 'a job runs fewer pods at once',
    name: 'job-narrow',
    seed: [job('job-narrow', 4)],
    pods: 4,
    sent: patch(`${BATCH}/jobs/job-narrow`, { spec: { parallelism: 1 } }),
    left: 1,
    claims: { pods: 3, replicas: 4, share: 0.75 },
    how: 'inverse',
    exact: false,
  },
  {
    what: 'a deployment is made',
    name: 'new-deploy',
    seed: [],
    pods: 0,
    sent: post(`${APPS}/deployments`, deployment('new-deploy', { replicas: 3 })),
    left: 3,
    claims: { pods: 3, replicas: 3, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a deployment is made that does not say how many',
    name: 'new-default',
    seed: [],
    pods: 0,
    sent: post(`${APPS}/deployments`, workload('Deployment', 'new-default', {})),
    left: 1,
    claims: { pods: 1, replicas: 1, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a deployment is made by a server-side apply',
    name: 'new-applied',
    seed: [],
    pods: 0,
    sent: patch(
      `${APPS}/deployments/new-applied?fieldManager=tests`,
      deployment('new-applied', { replicas: 2 }),
      'application/apply-patch+yaml',
    ),
    left: 2,
    claims: { pods: 2, replicas: 2, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a stateful set is made',
    name: 'new-sts',
    seed: [],
    pods: 0,
    sent: post(`${APPS}/statefulsets`, stateful('new-sts', 2)),
    left: 2,
    claims: { pods: 2, replicas: 2, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a job is made',
    name: 'new-job',
    seed: [],
    pods: 0,
    sent: post(`${BATCH}/jobs`, job('new-job', 2)),
    left: 2,
    claims: { pods: 2, replicas: 2, share: 1 },
    how: 'inverse',
    exact: false,
  },
  {
    what: 'a job is made that waits',
    name: 'new-waiting',
    seed: [],
    pods: 0,
    sent: post(`${BATCH}/jobs`, job('new-waiting', 2, { suspend: true })),
    left: 0,
    claims: { pods: 0, replicas: 2, share: 0 },
    how: 'inverse',
    exact: false,
  },
  {
    what: 'a pod is made',
    name: 'new-pod',
    seed: [],
    pods: 0,
    sent: post(`${CORE}/pods`, pod('new-pod')),
    left: 1,
    claims: { pods: 1, replicas: 1, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a pod is made, whose name the server chooses',
    name: 'chosen-',
    seed: [],
    pods: 0,
    sent: post(`${CORE}/pods`, { ...pod('any'), metadata: { generateName: 'chosen-' } }),
    left: 1,
    claims: { pods: 1, replicas: 1, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a pod is evicted',
    name: 'evicted',
    seed: [pod('evicted')],
    pods: 1,
    sent: post(`${CORE}/pods/evicted/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'evicted', namespace: PLACE },
    }),
    left: 0,
    claims: { pods: 1, replicas: 0, share: 1 },
    how: 'recreate',
    exact: false,
  },
  {
    what: 'an autoscaler is made that asks for more than there are',
    name: 'hpa-more',
    seed: [deployment('hpa-more', { replicas: 1 })],
    pods: 1,
    sent: post(SCALING, autoscaler('hpa-more', 3, 3)),
    left: 3,
    claims: { pods: 2, replicas: 3, share: 1 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'an autoscaler gets a lower bound',
    name: 'hpa-less',
    seed: [deployment('hpa-less', { replicas: 4 }), autoscaler('hpa-less', 1, 4)],
    pods: 4,
    sent: patch(`${SCALING}/hpa-less`, { spec: { maxReplicas: 2, minReplicas: 2 } }),
    left: 2,
    claims: { pods: 2, replicas: 4, share: 0.5 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'an autoscaler is deleted',
    name: 'hpa-gone',
    seed: [deployment('hpa-gone', { replicas: 2 }), autoscaler('hpa-gone', 1, 2)],
    pods: 2,
    sent: { method: 'DELETE', path: `${SCALING}/hpa-gone` },
    left: 2,
    claims: { pods: 0, replicas: 2, share: 0 },
    how: 'inverse',
    exact: true,
  },
  {
    what: 'a cron job is made that does not run yet',
    name: 'cron',
    seed: [],
    pods: 0,
    sent: post(`${BATCH}/cronjobs`, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'cron' },
      spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: job('cron', 2).spec } },
    }),
    left: 0,
    claims: { pods: 0, replicas: 2, share: 0 },
    how: 'inverse',
    exact: true,
  },
];

/** Pods that have gone, or come, whichever are more: a pod that is made anew counts once. */
function moved(before: Things, after: Things): number {
  const pods = (things: Things) => [...things].filter(([, { kind }]) => kind === 'pods').map(([uid]) => uid);
  const gone = pods(before).filter((uid) => !after.has(uid)).length;
  const come = pods(after).filter((uid) => !before.has(uid)).length;
  return Math.max(gone, come);
}

describe('what moves', () => {
  it.each(MOVES)(
    'is what the gate says when $what',
    async ({ name, seed, pods, prepare, sent, left, claims, how, exact }) => {
      await truth.seed(...seed);
      const before = await truth.settled(name, pods);
      if (prepare !== undefined) await truth.doIt(prepare);
      await truth.ready(name);
      await truth.seen(name);
      const claim = await truth.ask(sent);
      expect(claim.gaps).toEqual(
        sent.method === 'PATCH' && seed.length === 0 ? [expect.stringMatching('^there is no ')] : [],
      );
      expect(claim.blast).toMatchObject({ ...claims, known: true, namespaces: 1 });
      expect([claim.wayBack.how, claim.wayBack.exact]).toEqual([how, exact]);
      await truth.doIt(sent);
      // Each new pod gets ready, or the rollout would stop there.
      const isDone = async () => {
        await truth.ready(name);
        const after = await truth.things(name);
        return [moved(before, after), podsAmong(after)];
      };
      await expect.poll(isDone, { timeout: 60_000, interval: 100 }).toEqual([claims.pods, left]);
      await truth.seen(name);
      const after = await truth.settled(name, left, () => truth.ready(name));
      expect(moved(before, after)).toBe(claims.pods);
    },
  );
});

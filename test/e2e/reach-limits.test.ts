import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, items, makeNamespace, object, read } from './cluster-gate.ts';
import { claimed, type Sent } from './judged-call.ts';
import {
  blast,
  different,
  gone,
  NOT_NEEDED,
  openReachLab,
  patch,
  RECREATE,
  type ReachLab,
  UNKNOWN_REACH,
} from './reach-lab.ts';
import { CLAIM, workload } from './reach-seeds.ts';
import { configMap, container, deployment, inNamespace, pod } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'reach-rest';
const CORE = `/api/v1/namespaces/${PLACE}`;
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;

let reach: ReachLab;
beforeAll(async () => {
  reach = await openReachLab(lab, PLACE);
});
afterAll(async () => {
  await reach.close();
  await admin(lab, ['delete', 'node', 'reach-node', '--ignore-not-found']);
});

describe('a pod', () => {
  const set = (kind: string, name: string, spec: JsonObject) => ({ ...deployment(name), kind, spec });
  const spec = (name: string, more: JsonObject = {}) => ({
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container()] } },
    ...more,
  });

  /** On nodes that are not ready too. */
  const anywhere = (of: { template: { metadata: JsonObject; spec: JsonObject } }) => ({
    ...of,
    template: { ...of.template, spec: { ...of.template.spec, tolerations: [{ operator: 'Exists' }] } },
  });

  it.each([
    ['ReplicaSet', set('ReplicaSet', 'replicas', spec('replicas', { replicas: 4 })), 4],
    [
      'StatefulSet',
      set(
        'StatefulSet',
        'stateful',
        spec('stateful', { replicas: 2, podManagementPolicy: 'Parallel', serviceName: 'stateful' }),
      ),
      2,
    ],
    ['DaemonSet', set('DaemonSet', 'daemon', anywhere(spec('daemon'))), 1],
  ])('of a %s is made again', async (kind, owner, replicas) => {
    if (kind === 'DaemonSet') await apply(lab, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'reach-node' } });
    await reach.seed(owner);
    const name = String(at(owner, 'metadata', 'name'));
    const before = await reach.podsOf(name, replicas);
    if (kind === 'DaemonSet')
      await expect
        .poll(async () => at(await read(lab, 'daemonset', name, PLACE), 'status', 'desiredNumberScheduled'))
        .toBe(1);
    const [victim = ''] = before.keys();
    const done = await reach.act({ method: 'DELETE', path: `${CORE}/pods/${before.get(victim)}` });
    expect([done.answer.status, done.did]).toEqual([200, 'allow']);
    expect(claimed(done)).toEqual({ blast: blast(1, replicas, 1 / replicas), wayBack: NOT_NEEDED, escalates: [] });
    await expect.poll(async () => gone(before, await reach.podsOf(name, replicas)), { timeout: 30_000 }).toBe(1);
  });

  it('of a job, or of nobody, does not come back as it was', async () => {
    await reach.seed(pod('lone'), {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once' },
      spec: {
        template: {
          metadata: { labels: { app: 'once' } },
          spec: { containers: [container()], restartPolicy: 'Never' },
        },
      },
    });
    const [made = ''] = (await reach.podsOf('once', 1)).values();
    for (const [name, replicas] of [
      ['lone', 0],
      [made, 1],
    ] as const) {
      const asked = await reach.ask({ method: 'DELETE', path: `${CORE}/pods/${name}` });
      expect(claimed(asked)).toEqual({ blast: blast(1, replicas, 1), wayBack: RECREATE, escalates: [] });
    }
  });

  it('that names a controller of the same name, but another one, is not known to come back', async () => {
    await reach.seed(set('ReplicaSet', 'namesake', spec('namesake', { replicas: 1 })));
    await reach.podsOf('namesake', 1);
    const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'namesake', controller: true };
    const forged = inNamespace(PLACE, pod('forged'));
    // The garbage collector finds out too, but cannot take away what has a finalizer.
    const finalizers = ['example.invalid/keep'];
    const ownerReferences = [{ ...reference, uid: '00000000-0000-4000-8000-000000000000' }];
    await admin(
      lab,
      ['create', '-f', '-'],
      JSON.stringify({ ...forged, metadata: { ...object(forged.metadata), ownerReferences, finalizers } }),
    );
    const asked = await reach.ask({ method: 'DELETE', path: `${CORE}/pods/forged` });
    await admin(lab, ['patch', 'pod', 'forged', '-n', PLACE, '-p', '{"metadata":{"finalizers":null}}']);
    expect(claimed(asked)).toEqual(UNKNOWN_REACH);
    expect(at(asked.decided, 'input', 'target', 'exists')).toBe(true);
  });
});

describe('a collection', () => {
  beforeAll(async () => {
    const many = (from: number) =>
      Array.from({ length: 130 }, (_, i) =>
        inNamespace(
          'reach-many',
          configMap(`many-${from + i}`, { labels: { all: 'yes', ...(i < 10 ? { few: 'yes' } : {}) } }),
        ),
      );
    await makeNamespace(lab, 'reach-many', 'dev');
    const lists = [0, 130, 260, 390].map((from) => ({ apiVersion: 'v1', kind: 'List', items: many(from) }));
    await Promise.all(lists.map((list) => admin(lab, ['create', '-f', '-'], JSON.stringify(list))));
  });
  afterAll(() => admin(lab, ['delete', 'namespace', 'reach-many', '--wait=false']));

  it.each([
    ['all of them, more than fit on a page', ''],
    ['by label, more than fit on a page', '?labelSelector=all%3Dyes'],
    ['by label', '?labelSelector=few%3Dyes'],
    ['by labels', '?labelSelector=all%3Dyes,few%21%3Dyes'],
    ['by field', '?fieldSelector=metadata.name%3Dmany-7'],
    ['by label and field', '?labelSelector=few%3Dyes&fieldSelector=metadata.name%21%3Dmany-7'],
    ['none', '?labelSelector=few%3Dno'],
  ])('is counted as a list counts it: %s', async (_which, query) => {
    const path = `/api/v1/namespaces/reach-many/configmaps`;
    const listed = items(object(JSON.parse(await admin(lab, ['get', '--raw', `${path}${query}`]))).items).length;
    const asked = await reach.ask({ method: 'DELETE', path: `${path}${query}` });
    expect([asked.answer.status, asked.did]).toEqual([403, 'deny']);
    expect(claimed(asked)).toEqual({
      blast: {
        ...blast(0, 0, 0),
        objects: listed,
        namespaces: listed === 0 ? 0 : 1,
        scope: 'collection',
        open: true,
      },
      wayBack: { how: 'recreate', exact: false, captured: false },
      escalates: [],
    });
    expect(at(asked.decided, 'facts', 'gaps')).toEqual([]);
  });
});

describe('everything else', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'front' }, spec: { ports: [{ port: 80 }] } };
  const stateful = {
    ...deployment('ledger'),
    kind: 'StatefulSet',
    spec: { ...object(deployment('ledger').spec), serviceName: 'ledger' },
  };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'batch' },
    spec: { suspend: true, template: { spec: { containers: [container()], restartPolicy: 'Never' } } },
  };
  beforeAll(async () => {
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'disk' },
      spec: { ...CLAIM.spec, storageClassName: '' },
    };
    await reach.seed(
      service,
      stateful,
      job,
      deployment('any'),
      pod('some'),
      claim,
      workload('ReplicaSet', 'loose', {}),
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'robot' },
      },
    );
    const set = await admin(lab, ['get', 'rs', '-l', 'app=any', '-o', 'name', '-n', PLACE]);
    if (set === '') await admin(lab, ['wait', '--for=create', 'rs', '-l', 'app=any', '-n', PLACE, '--timeout=30s']);
  });

  it.each<[string, Sent]>([
    ['a service is labelled', patch(`${CORE}/services/front`, { metadata: { labels: { a: 'b' } } })],
    // These agents may not see its endpoint slices.
    ['a service is deleted', { method: 'DELETE', path: `${CORE}/services/front` }],
    [
      'a stateful set gets another update strategy, which may set off what it had held back',
      patch(`${APPS}/statefulsets/ledger`, { spec: { updateStrategy: { type: 'OnDelete' } } }),
    ],
    ['a job gets another limit', patch(`/apis/batch/v1/namespaces/${PLACE}/jobs/batch`, { spec: { backoffLimit: 1 } })],
    [
      'an event is made',
      {
        method: 'POST',
        path: `${CORE}/events`,
        body: { apiVersion: 'v1', kind: 'Event', metadata: { name: 'told' }, involvedObject: { namespace: PLACE } },
      },
    ],
    ['the status of a deployment is changed', patch(`${APPS}/deployments/any/status`, { status: { replicas: 9 } })],
    [
      'a deployment gets an owner',
      patch(`${APPS}/deployments/any`, { metadata: { finalizers: ['example.invalid/keep'] } }),
    ],
    [
      'a replica set of nobody is labelled, and a deployment may take it up',
      patch(`${APPS}/replicasets/loose`, { metadata: { labels: { app: 'any' } } }),
    ],
    [
      'a claim gets an annotation that is an order to its controller',
      patch(`${CORE}/persistentvolumeclaims/disk`, {
        metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
      }),
    ],
    ['a pod is labelled', patch(`${CORE}/pods/some`, { metadata: { labels: { app: 'any' } } })],
    ['a namespace is deleted', { method: 'DELETE', path: CORE }],
    ['a namespace is annotated', patch(CORE, { metadata: { annotations: { a: 'b' } } })],
  ])('is unknown: %s', async (_what, sent) => {
    const asked = await reach.ask(sent);
    expect([asked.answer.status, asked.did]).toEqual([403, 'deny']);
    expect(claimed(asked)).toEqual(UNKNOWN_REACH);
  });

  it('is known of a replica set of a deployment: the one that it runs is made again, an older one is lost', async () => {
    await reach.seed(deployment('revised', { replicas: 2 }));
    const before = await reach.podsOf('revised', 2);
    const image = { spec: { template: { spec: { containers: [container({ image: 'example.invalid/web:2' })] } } } };
    await admin(lab, ['patch', 'deployment', 'revised', '-n', PLACE, '-p', JSON.stringify(image)]);
    await expect.poll(async () => gone(before, await reach.readied('revised')), { timeout: 60_000 }).toBe(2);
    const text = await admin(lab, ['get', 'rs', '-l', 'app=revised', '-o', 'json', '-n', PLACE]);
    const sets = items(object(JSON.parse(text)).items);
    const named = (replicas: number) =>
      String(
        at(
          sets.find((set) => at(set, 'spec', 'replicas') === replicas),
          'metadata',
          'name',
        ),
      );
    const old = await reach.ask({ method: 'DELETE', path: `${APPS}/replicasets/${named(0)}` });
    expect(claimed(old)).toEqual({
      blast: blast(0, 0, 0),
      wayBack: { how: 'none', exact: false, captured: false },
      escalates: [],
    });
    expect(at(old.decided, 'facts', 'lost')).toEqual(['a revision to go back to']);
    const path = `${APPS}/replicasets/${named(2)}`;
    const pods = await reach.podsOf('revised', 2);
    const asked = await reach.ask({ method: 'DELETE', path });
    expect(claimed(asked)).toEqual({ blast: { ...blast(2, 2, 1), objects: 3 }, wayBack: NOT_NEEDED, escalates: [] });
    await admin(lab, ['delete', 'rs', named(2), '-n', PLACE]);
    await expect.poll(async () => gone(pods, await reach.podsOf('revised', 2)), { timeout: 30_000 }).toBe(2);
  });

  it('is unknown: a replica set that leaves its deployment by a label makes it start new pods', async () => {
    await reach.seed(deployment('parent', { replicas: 1 }));
    const before = await reach.podsOf('parent', 1);
    const [set] = items(
      object(JSON.parse(await admin(lab, ['get', 'rs', '-l', 'app=parent', '-o', 'json', '-n', PLACE]))).items,
    );
    const name = String(at(set, 'metadata', 'name'));
    const asked = await reach.ask(patch(`${APPS}/replicasets/${name}`, { metadata: { labels: { app: 'stray' } } }));
    expect(claimed(asked)).toEqual(UNKNOWN_REACH);
    await admin(lab, ['label', 'rs', name, 'app=stray', '--overwrite', '-n', PLACE]);
    const more = async () => different(before, await reach.pods('parent'));
    await expect.poll(more, { timeout: 30_000 }).toBeGreaterThan(0);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { at, items } from './cluster-gate.ts';
import type { Sent } from './judged-call.ts';
import { patch } from './reach-lab.ts';
import { CLAIM, node } from './reach-seeds.ts';
import { goneOf, openTruthLab, type TruthLab } from './reach-truth.ts';
import { configMap, container, deployment } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'reach-behind';
const CORE = `/api/v1/namespaces/${PLACE}`;
const POLICIES = `/apis/networking.k8s.io/v1/namespaces/${PLACE}/networkpolicies`;
const BUDGETS = `/apis/policy/v1/namespaces/${PLACE}/poddisruptionbudgets`;
const NODE = 'reach-behind-node';
const OTHER_NODE = 'reach-behind-other';

let truth: TruthLab;
beforeAll(async () => {
  truth = await openTruthLab(lab, PLACE);
  await truth.seed(
    node(NODE, {}),
    node(OTHER_NODE, {}),
    configMap('settings'),
    configMap('unused'),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'idle' } },
    ...PODS,
    deployment('kept', { replicas: 2, pod: { containers: [withEnv('settings')] } }),
  );
  await truth.settled('', PODS.length + 2);
});
afterAll(async () => {
  await truth.close();
  await lab.kubectl(['delete', 'node', NODE, OTHER_NODE, '--ignore-not-found']);
  await lab.kubectl(['delete', 'priorityclass', 'reach-behind', '--ignore-not-found']);
});

function pod(name: string, labels: JsonObject, spec: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers: [container()], ...spec } };
}

function withEnv(name: string): JsonObject {
  return container({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name, key: 'colour' } } }] });
}

const SETTINGS = { uses: 'settings' };
/** In every way in which a pod can use a config map, and some that only look like it. */
const PODS: readonly JsonObject[] = [
  pod('by-variable', SETTINGS, { containers: [withEnv('settings')] }),
  pod('by-variables', SETTINGS, { containers: [container({ envFrom: [{ configMapRef: { name: 'settings' } }] })] }),
  pod('by-volume', SETTINGS, { volumes: [{ name: 'v', configMap: { name: 'settings' } }] }),
  pod('by-projection', SETTINGS, {
    volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'settings' } }] } }],
  }),
  pod('at-first', SETTINGS, { initContainers: [{ ...withEnv('settings'), name: 'first' }] }),
  pod('of-a-secret', {}, { volumes: [{ name: 'v', secret: { secretName: 'settings' } }] }),
  pod('of-another', {}, { containers: [withEnv('others')] }),
  pod('as-robot', { as: 'robot' }, { serviceAccountName: 'robot' }),
  // Endpoints have only pods that are on a node.
  ...['a', 'b', 'c'].map((tier) => pod(`tier-${tier}`, { tier, shop: 'yes' }, { nodeName: OTHER_NODE })),
];

/** How many pods a list with this query finds. */
async function listed(query: string): Promise<number> {
  return (await truth.server.list(`${CORE}/pods?${query}`)).length;
}
const byLabel = (selector: string) => `labelSelector=${encodeURIComponent(selector)}`;

describe('what is configured by something', () => {
  it.each<[string, Sent, string, number]>([
    ['a config map is changed', patch(`${CORE}/configmaps/settings`, { data: { colour: 'red' } }), 'uses=settings', 2],
    ['a config map is deleted', { method: 'DELETE', path: `${CORE}/configmaps/settings` }, 'uses=settings', 2],
    [
      'a config map that nobody uses is changed',
      patch(`${CORE}/configmaps/unused`, { data: { a: 'b' } }),
      'uses=no',
      0,
    ],
    [
      'a service account is changed',
      patch(`${CORE}/serviceaccounts/robot`, { automountServiceAccountToken: false }),
      'as=robot',
      0,
    ],
    ['a service account is deleted', { method: 'DELETE', path: `${CORE}/serviceaccounts/robot` }, 'as=robot', 0],
    [
      'a service account that nobody uses is deleted',
      { method: 'DELETE', path: `${CORE}/serviceaccounts/idle` },
      'as=idle',
      0,
    ],
  ])('is counted as the list has it when %s', async (_what, sent, selector, controlled) => {
    const pods = (await listed(byLabel(selector))) + controlled;
    const claim = await truth.ask(sent);
    expect(claim.gaps).toEqual([]);
    expect(claim.blast).toMatchObject({
      known: true,
      objects: 1,
      pods,
      replicas: controlled,
      share: pods === 0 ? 0 : 1,
    });
  });

  it('is nothing when only a label of it is changed', async () => {
    const claim = await truth.ask(patch(`${CORE}/configmaps/settings`, { metadata: { labels: { a: 'b' } } }));
    expect(claim.blast).toMatchObject({ known: true, objects: 1, pods: 0 });
  });
});

describe('what a policy selects', () => {
  const policy = (name: string, podSelector: JsonObject) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: { podSelector, policyTypes: ['Ingress'] },
  });
  const budget = (name: string, selector: JsonObject) => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable: 1, selector },
  });
  const expression = (operator: string, values?: readonly string[]): JsonObject => ({
    matchExpressions: [{ key: 'tier', operator, ...(values === undefined ? {} : { values: [...values] }) }],
  });

  it.each<[string, JsonObject, string]>([
    ['by label', { matchLabels: { shop: 'yes' } }, 'shop=yes'],
    ['by two labels', { matchLabels: { shop: 'yes', tier: 'a' } }, 'shop=yes,tier=a'],
    ['everything', {}, ''],
    ['one of several', expression('In', ['a', 'b']), 'tier in (a,b)'],
    ['none of several', expression('NotIn', ['a', 'b']), 'tier notin (a,b)'],
    ['having a label', expression('Exists'), 'tier'],
    ['lacking a label', expression('DoesNotExist'), '!tier'],
    ['nothing', { matchLabels: { shop: 'no' } }, 'shop=no'],
  ])('is counted as the list has it: %s', async (_what, selector, query) => {
    const pods = await listed(byLabel(query));
    for (const [path, body] of [
      [POLICIES, policy('any', selector)],
      [BUDGETS, budget('any', selector)],
    ] as const) {
      const claim = await truth.ask({ method: 'POST', path, body });
      expect(claim.gaps).toEqual([]);
      expect(claim.blast).toMatchObject({ known: true, objects: 1, pods, open: true });
      expect(claim.wayBack).toEqual({ how: 'inverse', exact: true, captured: true });
    }
  });

  it('is what it selected before and what it will: one that is changed, one that is deleted', async () => {
    await truth.seed(policy('moving', { matchLabels: { tier: 'a' } }));
    const body = { spec: { podSelector: { matchLabels: { tier: 'b' } } } };
    const changed = await truth.ask(patch(`${POLICIES}/moving`, body));
    expect(changed.blast).toMatchObject({ known: true, pods: await listed(byLabel('tier in (a,b)')) });
    const deleted = await truth.ask({ method: 'DELETE', path: `${POLICIES}/moving` });
    expect(deleted.blast).toMatchObject({ known: true, pods: await listed(byLabel('tier=a')) });
  });

  it.each([
    ['a quota', 'resourcequotas', { kind: 'ResourceQuota', spec: { hard: { pods: '50' } } }],
    ['a limit range', 'limitranges', { kind: 'LimitRange', spec: { limits: [{ type: 'Pod', max: { cpu: '2' } }] } }],
  ])('of its namespace is all there is: %s', async (_what, resource, rest) => {
    const body = { apiVersion: 'v1', metadata: { name: 'any' }, ...rest };
    const claim = await truth.ask({ method: 'POST', path: `${CORE}/${resource}`, body });
    expect(claim.blast).toMatchObject({ known: true, scope: 'namespace', pods: await listed(''), open: true });
  });

  it('is not known of a quota for some of the pods', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'any' },
      spec: { scopes: ['BestEffort'] },
    };
    const claim = await truth.ask({ method: 'POST', path: `${CORE}/resourcequotas`, body });
    expect(claim.blast).toMatchObject({ known: false, pods: 'unknown' });
  });

  it('by a priority class is who has it, in all namespaces', async () => {
    const path = '/apis/scheduling.k8s.io/v1/priorityclasses';
    await truth.seed({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'reach-behind' },
      value: 7,
    });
    await truth.seed(pod('urgent', {}, { priorityClassName: 'reach-behind' }));
    const claim = await truth.ask({ method: 'DELETE', path: `${path}/reach-behind` });
    expect(claim.gaps).toEqual([]);
    expect(claim.blast).toMatchObject({ known: true, objects: 1, pods: 1, namespaces: 1, scope: 'cluster' });
    await truth.doIt({ method: 'DELETE', path: `${CORE}/pods/urgent` });
  });
});

describe('what is behind a service', () => {
  const service = (name: string, spec: JsonObject) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  const shop = { selector: { shop: 'yes' } };

  /** The addresses that the endpoint slices of a service have, as its controller wrote them. */
  async function addresses(name: string): Promise<number> {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${PLACE}/endpointslices`;
    const slices = await truth.server.list(`${path}?${byLabel(`kubernetes.io/service-name=${name}`)}`);
    return slices.flatMap((slice: Json) => items(at(slice, 'endpoints'))).length;
  }

  it('are its endpoints, which are gone with it', async () => {
    await truth.seed(service('front', shop));
    await truth.ready('tier-');
    await expect.poll(() => addresses('front'), { timeout: 30_000 }).toBe(3);
    await expect.poll(() => truth.server.read(`${CORE}/endpoints/front`), { timeout: 30_000 }).toBeDefined();
    const before = await truth.things('front');
    const sent = { method: 'DELETE', path: `${CORE}/services/front` };
    const claim = await truth.ask(sent);
    expect(claim.gaps).toEqual([]);
    expect(claim.blast).toMatchObject({ known: true, pods: await addresses('front'), share: 1, open: true });
    expect([claim.wayBack, claim.lost]).toEqual([
      { how: 'recreate', exact: false, captured: true },
      ['uid', 'cluster IP', 'node ports'],
    ]);
    await truth.doIt(sent);
    const gone = async () => goneOf(before, await truth.things('front')).size;
    await expect.poll(gone, { timeout: 30_000 }).toBe(claim.blast.objects);
    expect(await gone()).toBe(before.size);
  });

  it.each<[string, JsonObject, { pods: number; share: number; exact: boolean }]>([
    ['loses one of three', { selector: { shop: 'yes', tier: null } }, { pods: 0, share: 0, exact: true }],
    ['keeps one of three', { selector: { tier: 'a' } }, { pods: 2, share: 2 / 3, exact: true }],
    ['gets others', { selector: { shop: null, as: 'robot' } }, { pods: 4, share: 1, exact: true }],
    ['gets another port', { ports: [{ port: 81 }] }, { pods: 3, share: 1, exact: false }],
  ])('are those that notice: one %s', async (what, spec, { pods, share, exact }) => {
    const name = `back-${what.split(' ').at(-1)}-${pods}`;
    await truth.seed(service(name, shop));
    const claim = await truth.ask(patch(`${CORE}/services/${name}`, { spec }));
    if (pods === 0) expect(at(claim.judged.decided, 'input', 'action', 'change', 'paths')).toEqual([]);
    expect(claim.blast).toMatchObject({ known: true, objects: 1, pods, share });
    expect(claim.wayBack).toEqual({ how: 'inverse', exact, captured: true });
    expect(claim.escalates).toEqual(pods === 0 ? [] : ['traffic']);
  });

  it('that is made are those with its labels', async () => {
    const claim = await truth.ask({ method: 'POST', path: `${CORE}/services`, body: service('new', shop) });
    expect(claim.blast).toMatchObject({ known: true, pods: await listed(byLabel('shop=yes')) });
  });

  it('is the larger part that a deleted pod is of a service or of its owner', async () => {
    await truth.seed(service('alone', { selector: { tier: 'b' } }));
    await truth.seed(deployment('shared', { replicas: 4 }));
    await truth.settled('shared', 4);
    const names = [...(await truth.things('shared')).values()].filter(({ kind }) => kind === 'pods');
    const path = `${CORE}/pods/${names[0]?.name}`;
    expect((await truth.ask({ method: 'DELETE', path })).blast).toMatchObject({ pods: 1, replicas: 4, share: 0.25 });
    await truth.doIt(patch(path, { metadata: { labels: { tier: 'd' } } }));
    await truth.seed(service('narrow', { selector: { tier: 'd' } }));
    expect((await truth.ask({ method: 'DELETE', path })).blast).toMatchObject({ pods: 1, replicas: 4, share: 1 });
  });
});

describe('what is on a node', () => {
  const onNode = (name: string, tolerations: readonly JsonObject[] = []) =>
    pod(name, { on: 'node' }, { nodeName: NODE, tolerations: [STAYS, ...tolerations] });
  /** Of the taints that a node without a kubelet gets. */
  const STAYS = { key: 'node.kubernetes.io/unreachable', operator: 'Exists' };
  const taint = (effect: string) =>
    patch(`/api/v1/nodes/${NODE}`, { spec: { taints: [{ key: 'test', value: 'x', effect }] } });

  beforeAll(() =>
    truth.seed(
      onNode('node-1'),
      onNode('node-2'),
      onNode('node-3', [{ key: 'test', operator: 'Exists' }]),
      onNode('node-4', [{ key: 'test', operator: 'Equal', value: 'x', effect: 'NoExecute', tolerationSeconds: 3600 }]),
      onNode('node-5', [{ key: 'test', operator: 'Equal', value: 'y' }]),
      onNode('node-6', [{ operator: 'Exists' }]),
    ),
  );

  it.each<[string, Sent]>([
    ['is cordoned', patch(`/api/v1/nodes/${NODE}`, { spec: { unschedulable: true } })],
    ['gets a taint for pods to come', taint('NoSchedule')],
  ])('stays where it is when the node %s', async (_what, sent) => {
    const claim = await truth.ask(sent);
    expect(claim.gaps).toEqual([]);
    expect(claim.blast).toMatchObject({ known: true, objects: 1, pods: 0, scope: 'cluster' });
    expect(claim.wayBack).toEqual({ how: 'inverse', exact: true, captured: true });
  });

  it('goes with the node', async () => {
    const pods = (await truth.server.list(`/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE}`)).length;
    const claim = await truth.ask({ method: 'DELETE', path: `/api/v1/nodes/${NODE}` });
    expect(claim.gaps).toEqual([]);
    expect(claim.blast).toMatchObject({ known: true, objects: 1 + pods, pods, namespaces: 1, scope: 'cluster' });
  });

  it('is evicted by a taint that it does not tolerate for good', async () => {
    // Nothing in the lab evicts by taints, so these are counted by their tolerations: all but two.
    const staying = ['node-3', 'node-6'];
    const listed = await truth.server.list(`/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE}`);
    const names = listed.map((one) => String(at(one, 'metadata', 'name')));
    const claim = await truth.ask(taint('NoExecute'));
    expect(claim.gaps).toEqual([]);
    const pods = names.filter((name) => !staying.includes(name)).length;
    expect([pods, claim.blast]).toMatchObject([4, { known: true, pods, share: 1, scope: 'cluster' }]);
    expect([claim.wayBack, claim.lost]).toEqual([
      { how: 'inverse', exact: false, captured: true },
      ['pods that no controller makes again'],
    ]);
  });

  it('is evicted no more by a taint that is there already, or is taken away', async () => {
    await truth.doIt(taint('NoExecute'));
    for (const taints of [[], [{ key: 'test', value: 'x', effect: 'NoExecute' }]]) {
      const body = { metadata: { annotations: { a: 'b' } }, spec: { taints } };
      const claim = await truth.ask(patch(`/api/v1/nodes/${NODE}`, body));
      expect(claim.blast).toMatchObject({ known: true, objects: 1, pods: 0 });
    }
  });
});

describe('what holds data', () => {
  const claim = (name: string, spec: JsonObject) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { ...CLAIM.spec, storageClassName: '', ...spec },
  });
  const volume = (name: string, persistentVolumeReclaimPolicy: string, claimed: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Mi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy,
      storageClassName: '',
      hostPath: { path: `/tmp/${name}` },
      claimRef: { namespace: PLACE, name: claimed },
    },
  });

  it.each([
    ['stays on a volume that is to be kept', 'Retain', { objects: 1, how: 'recreate' }],
    ['goes with a volume that is not', 'Delete', { objects: 2, how: 'none' }],
  ])('%s', async (_what, policy, { objects, how }) => {
    const name = `reach-data-${policy.toLowerCase()}`;
    await truth.seed(volume(name, policy, name), claim(name, { volumeName: name }));
    const path = `${CORE}/persistentvolumeclaims/${name}`;
    const phase = async () => at((await truth.server.read(path)) ?? {}, 'status', 'phase');
    await expect.poll(phase, { timeout: 60_000 }).toBe('Bound');
    const sent = { method: 'DELETE', path };
    const said = await truth.ask(sent);
    expect(said.gaps).toEqual([]);
    expect(said.blast).toMatchObject({ known: true, objects, pods: 0 });
    expect(said.wayBack.how).toBe(how);
    await truth.doIt(sent);
    const left = async () =>
      at((await truth.server.read(`/api/v1/persistentvolumes/${name}`)) ?? {}, 'status', 'phase');
    await expect.poll(left, { timeout: 60_000 }).toBe(objects === 2 ? undefined : 'Released');
    await lab.kubectl(['delete', 'pv', name, '--ignore-not-found']);
  });

  it('was never there: a claim that was not bound', async () => {
    await truth.seed(
      claim('unbound', {}),
      pod('waits', {}, { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'unbound' } }] }),
    );
    const said = await truth.ask({ method: 'DELETE', path: `${CORE}/persistentvolumeclaims/unbound` });
    expect(said.blast).toMatchObject({ known: true, objects: 1, pods: 1 });
    expect(said.wayBack).toEqual({ how: 'inverse', exact: true, captured: true });
  });
});

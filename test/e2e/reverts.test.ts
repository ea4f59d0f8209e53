import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import type { Json, JsonObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { readAudit } from '../lab/audit.ts';
import { ownLab } from '../lab/own-lab.ts';
import { FIRST_TIME } from '../review/library.ts';
import { admin, at, items, object, read, readIfThere, startClusterGate } from './cluster-gate.ts';
import { essence, PATCHES } from './judged-call.ts';
import { closeNodes, openNodes } from './pod-nodes.ts';
import { configMap, container, deployment, inNamespace, pod } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'revert-dev';
const CORE = `/api/v1/namespaces/${PLACE}`;
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;

let gate: GateLab;
let agent: { readonly id: string; readonly token: string };

beforeAll(async () => {
  gate = await startClusterGate(lab, { config: { holds: { wait: '0ms' } } });
  await openNodes(lab, PLACE, 'dev', 2);
  const service = { apiVersion: 'v1', kind: 'Service', spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } };
  for (const made of [
    configMap('settings', { labels: { app: 'web' }, data: { colour: 'blue', size: 'small' } }),
    deployment('web', { replicas: 2, pod: { containers: [container({ env: [{ name: 'A', value: '1' }] })] } }),
    { ...service, metadata: { name: 'web' } },
    pod('lonely', { app: 'lonely' }),
  ])
    await admin(lab, ['create', '-f', '-'], JSON.stringify(inNamespace(PLACE, made)));
  await rolledOut();
}, FIRST_TIME);
// An agent whose changes are taken back too often is frozen.
beforeEach(async () => {
  agent = await gate.agent({ level: 3, owner: 'olga' });
});
afterAll(async () => {
  await gate.close();
  await closeNodes(lab, PLACE);
});

const rolledOut = () => admin(lab, ['rollout', 'status', 'deployment/web', '-n', PLACE, '--timeout=55s']);

/** As the agent, approved by a person where the policy asks for one; the decision's id. */
async function act(method: string, path: string, body?: Json, type = PATCHES.merge as string): Promise<string> {
  const headers = { 'content-type': method === 'PATCH' ? type : 'application/json' };
  const sent = { token: agent.token, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const once = () => gate.call(method, `/kube/demo${path}`, sent);
  let answer = await once();
  if (answer.headers['sallyport-outcome'] === 'hold') {
    const held = String(answer.headers['sallyport-decision']);
    await gate.admin.post(`/v1/approvals/${held}/approve`, { why: 'a test' });
    answer = await once();
  }
  expect([answer.status < 300, answer.body]).toEqual([true, expect.any(String)]);
  return String(answer.headers['sallyport-decision']);
}

const revert = (decision: string, force = false) =>
  gate.admin.post('/v1/reverts', { decision, why: 'it made things worse', force });

/** What people have set of it: controllers write annotations of their own. */
function meant(value: JsonObject): JsonObject {
  const { metadata, ...rest } = essence(value);
  const { annotations = {}, ...kept } = object(metadata);
  const own = Object.entries(object(annotations)).filter(([key]) => !key.includes('kubernetes.io/'));
  return { ...rest, metadata: { ...kept, annotations: Object.fromEntries(own) } };
}

interface Act {
  readonly what: string;
  readonly kind: string;
  readonly name: string;
  readonly call: readonly [method: string, path: string, body?: Json, type?: string];
}

const ACTS: readonly Act[] = [
  {
    what: 'a config map that was patched',
    kind: 'configmap',
    name: 'settings',
    call: ['PATCH', `${CORE}/configmaps/settings`, { data: { colour: 'red', size: null, more: 'x' } }],
  },
  {
    what: 'a config map that was replaced',
    kind: 'configmap',
    name: 'settings',
    call: ['PUT', `${CORE}/configmaps/settings`, configMap('settings', { data: { colour: 'green' } })],
  },
  {
    what: 'a config map that was applied',
    kind: 'configmap',
    name: 'settings',
    call: [
      'PATCH',
      `${CORE}/configmaps/settings?fieldManager=test&force=true`,
      configMap('settings', { data: { colour: 'apply', more: 'x' } }),
      PATCHES.apply,
    ],
  },
  {
    what: 'a config map that was deleted',
    kind: 'configmap',
    name: 'settings',
    call: ['DELETE', `${CORE}/configmaps/settings`],
  },
  {
    what: 'labels and annotations',
    kind: 'deployment',
    name: 'web',
    call: [
      'PATCH',
      `${APPS}/deployments/web`,
      { metadata: { labels: { owner: 'x' }, annotations: { 'shop.example/note': 'x' } } },
    ],
  },
  {
    what: 'a deployment that was scaled',
    kind: 'deployment',
    name: 'web',
    call: ['PATCH', `${APPS}/deployments/web/scale`, { spec: { replicas: 3 } }],
  },
  {
    what: 'a deployment that was scaled to nothing',
    kind: 'deployment',
    name: 'web',
    call: ['PATCH', `${APPS}/deployments/web/scale`, { spec: { replicas: 0 } }],
  },
  {
    what: 'another image',
    kind: 'deployment',
    name: 'web',
    call: [
      'PATCH',
      `${APPS}/deployments/web`,
      { spec: { template: { spec: { containers: [{ name: 'web', image: 'example.invalid/web:2' }] } } } },
      PATCHES.strategic,
    ],
  },
  {
    what: 'a deployment that was deleted',
    kind: 'deployment',
    name: 'web',
    call: ['DELETE', `${APPS}/deployments/web`],
  },
  {
    what: 'a service that was patched',
    kind: 'service',
    name: 'web',
    call: ['PATCH', `${CORE}/services/web`, { spec: { ports: [{ port: 81, targetPort: 8080 }] } }],
  },
];

describe('taking back', () => {
  it.each(ACTS)('$what: it is as it was before', async ({ kind, name, call }) => {
    const before = await read(lab, kind, name, PLACE);
    const id = await act(...call);
    const after = await readIfThere(lab, kind, name, PLACE);
    expect(after === undefined ? undefined : meant(after)).not.toEqual(meant(before));
    const reverted = await revert(id);
    expect(reverted).toMatchObject({ state: 'ran', decision: id });
    expect(meant(await read(lab, kind, name, PLACE))).toEqual(meant(before));
    expect(await gate.admin.get(`/v1/decisions/${textAt(reverted, 'revert')}`)).toMatchObject({
      decided: { did: 'allow', reverts: { decision: id, by: 'operator' } },
      outcome: { state: 'answered' },
    });
  });

  it('goes back to the revision that the cluster has kept', async () => {
    await rolledOut();
    const revisions = async () =>
      items(object(JSON.parse(await admin(lab, ['get', 'rs', '-l', 'app=web', '-o', 'json', '-n', PLACE]))).items)
        .map((each) => textAt(each, 'metadata', 'name'))
        .sort();
    const before = await revisions();
    const image = { spec: { template: { spec: { containers: [{ name: 'web', image: 'example.invalid/web:3' }] } } } };
    const id = await act('PATCH', `${APPS}/deployments/web`, image, PATCHES.strategic);
    await rolledOut();
    expect((await revisions()).length).toBe(before.length + 1);
    const between = await revisions();
    expect(await revert(id)).toMatchObject({ state: 'ran', message: 'done: put deployments/web back to what it was' });
    await rolledOut();
    expect(await revisions()).toEqual(between);
  });

  it('says what a pod that is made again has lost', async () => {
    const { uid } = object((await read(lab, 'pod', 'lonely', PLACE)).metadata);
    const id = await act('DELETE', `${CORE}/pods/lonely?gracePeriodSeconds=0`);
    await admin(lab, ['wait', '--for=delete', 'pod/lonely', '-n', PLACE, '--timeout=60s']);
    expect(await revert(id)).toMatchObject({
      state: 'ran',
      message: expect.stringMatching(/^done: create pods\/lonely again; what does not come back: uid, address, /),
    });
    expect(at(await read(lab, 'pod', 'lonely', PLACE), 'metadata', 'uid')).not.toBe(uid);
  });

  it('deletes what was created, and only what was created', async () => {
    const made = await act('POST', `${CORE}/configmaps`, configMap('fresh'));
    expect(await revert(made)).toMatchObject({
      state: 'ran',
      message: expect.stringContaining('delete configmaps/fresh'),
    });
    expect(await readIfThere(lab, 'configmap', 'fresh', PLACE)).toBeUndefined();
    const again = await act('POST', `${CORE}/configmaps`, configMap('fresh'));
    await admin(lab, ['patch', 'configmap', 'fresh', '-n', PLACE, '-p', '{"data":{"theirs":"x"}}']);
    expect(await revert(again)).toMatchObject({
      state: 'conflict',
      conflicts: [{ path: '/data/theirs', set: null, now: 'x', wanted: null }],
    });
    expect(await revert(again, true)).toMatchObject({ state: 'ran' });
    expect(await readIfThere(lab, 'configmap', 'fresh', PLACE)).toBeUndefined();
  });

  it('has nothing to do for a restart', async () => {
    const restartedAt = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
    const id = await act('PATCH', `${APPS}/deployments/web`, {
      spec: { template: { metadata: { annotations: restartedAt } } },
    });
    expect(await revert(id)).toMatchObject({ state: 'nothing-to-do' });
  });

  it('shows what others changed since, and puts it back only when that is asked for', async () => {
    const id = await act('PATCH', `${APPS}/deployments/web/scale`, { spec: { replicas: 4 } });
    await admin(lab, ['scale', 'deployment/web', '--replicas=5', '-n', PLACE]);
    const conflicts = [{ path: '/spec/replicas', set: 4, now: 5, wanted: 2 }];
    expect(await revert(id)).toMatchObject({ state: 'conflict', conflicts });
    expect(at(await read(lab, 'deployment', 'web', PLACE), 'spec', 'replicas')).toBe(5);
    expect(await revert(id, true)).toMatchObject({ state: 'ran', conflicts });
    expect(at(await read(lab, 'deployment', 'web', PLACE), 'spec', 'replicas')).toBe(2);
  });

  it('runs while its agent is frozen, by the gate as well, and as a user of its own', async () => {
    const id = await act('PATCH', `${CORE}/configmaps/settings`, { data: { colour: 'frozen' } });
    const freeze = await gate.admin.post('/v1/freezes', { scope: { kind: 'agent', agent: agent.id }, why: 'a test' });
    expect(await gate.gate.reverts.automatic(id, 'it never became ready')).toMatchObject({ state: 'ran' });
    await gate.admin.post(`/v1/freezes/${textAt(freeze, 'id')}/lift`, { why: 'a test' });
    expect(at(await read(lab, 'configmap', 'settings', PLACE), 'data', 'colour')).toBe('blue');
    const writes = readAudit(lab).filter(
      ({ impersonatedUser, requestURI, verb }) =>
        impersonatedUser?.username === 'sallyport:reverts' &&
        verb === 'patch' &&
        requestURI === `${CORE}/configmaps/settings`,
    );
    expect(writes.at(-1)?.impersonatedUser).toMatchObject({ groups: expect.arrayContaining(['sallyport:agents']) });
  });
});

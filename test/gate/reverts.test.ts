import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/json.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { direct as directly, MERGE } from './revert-stage.ts';

const API = '/kube/demo';
const DEV = '/api/v1/namespaces/shop-dev/configmaps';
const WEB = '/apis/apps/v1/namespaces/shop-dev/deployments/web';

let upstream: RecordingUpstream;
let lab: GateLab;
let token: string;
let agent: string;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url } });
});
// An agent whose changes are taken back too often is frozen.
beforeEach(async () => {
  ({ token, id: agent } = await lab.agent({ level: 3 }));
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});

/** Past the gate, as somebody else. */
const direct = (method: string, path: string, body?: JsonObject) => directly(upstream, method, path, body);

/** What people set: without what the server counts. */
function settled({ metadata, status: _, ...rest }: JsonObject): JsonObject {
  const { resourceVersion, generation, uid, creationTimestamp, managedFields, ...kept } = isObject(metadata)
    ? metadata
    : {};
  return { ...rest, metadata: kept };
}

/** As the agent; the decision's id. */
async function act(method: string, path: string, body?: JsonObject): Promise<string> {
  const headers = method === 'PATCH' ? MERGE : {};
  const answer = await lab.call(method, `${API}${path}`, { token, headers, ...(body === undefined ? {} : { body }) });
  expect([answer.status < 300, answer.body]).toEqual([true, expect.any(String)]);
  return String(answer.headers['sallyport-decision']);
}

async function revert(decision: string, more: JsonObject = {}): Promise<JsonObject> {
  return lab.admin.post('/v1/reverts', { decision, why: 'it made things worse', ...more });
}

const ACTS: readonly (readonly [
  what: string,
  method: string,
  path: string,
  body: JsonObject | undefined,
  at: string,
])[] = [
  [
    'a changed config map',
    'PATCH',
    `${DEV}/features`,
    { data: { checkout: 'new', added: 'x', suggestions: null } },
    `${DEV}/features`,
  ],
  ['a deleted config map', 'DELETE', `${DEV}/features`, undefined, `${DEV}/features`],
  ['a scaled deployment', 'PATCH', `${WEB}/scale`, { spec: { replicas: 1 } }, WEB],
  ['a deployment scaled to nothing', 'PATCH', `${WEB}/scale`, { spec: { replicas: 0 } }, WEB],
  ['a label', 'PATCH', WEB, { metadata: { labels: { owner: 'x' } } }, WEB],
  ['annotations where there were none', 'PATCH', WEB, { metadata: { annotations: { 'shop.example/note': 'x' } } }, WEB],
  [
    'another image',
    'PATCH',
    WEB,
    { spec: { template: { spec: { containers: [{ name: 'main', image: 'shop.example/web:2' }] } } } },
    WEB,
  ],
];

describe('reverting', () => {
  it.each(ACTS)('puts %s back to what it was', async (_what, method, path, body, at) => {
    const before = await direct('GET', at);
    const id = await act(method, path, body);
    expect(settled(await direct('GET', at))).not.toEqual(settled(before));
    expect(await lab.admin.get(`/v1/decisions/${id}/way-back`)).toMatchObject({ state: 'possible', decision: id });
    const reverted = await revert(id);
    expect(reverted).toMatchObject({ state: 'ran', decision: id });
    expect(settled(await direct('GET', at))).toEqual(settled(before));

    const record = await lab.admin.get(`/v1/decisions/${String(reverted.revert)}`);
    expect(record).toMatchObject({
      decided: {
        did: 'allow',
        agent: { credential: 'operator', why: 'it made things worse' },
        reverts: { decision: id, by: 'operator', forced: false },
        input: { action: { reverts: { decision: id, by: 'operator', forced: false } } },
      },
      outcome: { state: 'answered', status: expect.any(Number) },
    });
  });

  it('deletes what was created', async () => {
    const id = await act('POST', DEV, { metadata: { name: 'fresh' }, data: { a: '1' } });
    expect(await revert(id)).toMatchObject({
      state: 'ran',
      message: 'done: delete configmaps/fresh, which the change created',
    });
    expect(await direct('GET', `${DEV}/fresh`)).toMatchObject({ kind: 'Status', code: 404 });
  });

  it('deletes what an apply created, and finds no way back to what the server has named', async () => {
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { a: '1' } };
    const sent = { token, headers: { 'content-type': 'application/apply-patch+yaml' }, body: applied };
    const answer = await lab.call('PATCH', `${API}${DEV}/applied?fieldManager=test`, sent);
    expect(answer.status).toBe(200);
    expect(await revert(String(answer.headers['sallyport-decision']))).toMatchObject({ state: 'ran' });
    expect(await direct('GET', `${DEV}/applied`)).toMatchObject({ code: 404 });
    const named = await act('POST', DEV, { metadata: { generateName: 'named-' }, data: { a: '1' } });
    expect(await revert(named)).toMatchObject({
      state: 'impossible',
      message: 'what the way back needs was not kept, or is erased by now',
    });
  });

  it.each<[string, string, string, JsonObject | undefined, string, string]>([
    ['a read', 'GET', `${DEV}/features`, undefined, 'nothing-to-do', 'it only read'],
    [
      'a dry run',
      'PATCH',
      `${DEV}/features?dryRun=All`,
      { data: { a: '1' } },
      'nothing-to-do',
      'it was a dry run, which changed nothing',
    ],
    [
      'a restart',
      'PATCH',
      WEB,
      {
        spec: {
          template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } } },
        },
      },
      'nothing-to-do',
      'it needs no way back: there is nothing that would have to be put back',
    ],
  ])('has nothing to do for %s', async (_what, method, path, body, state, message) => {
    const id = await act(method, path, body);
    upstream.forget();
    expect(await revert(id)).toEqual({ state, decision: id, message, conflicts: [], lost: [] });
    expect(upstream.calls()).toEqual([]);
  });

  it('has nothing to do for what was denied', async () => {
    const answer = await lab.call('DELETE', `${API}/api/v1/namespaces/shop-dev`, {
      token: (await lab.agent({ level: 1 })).token,
    });
    expect(answer.status).toBe(403);
    expect(await revert(String(answer.headers['sallyport-decision']))).toMatchObject({
      state: 'nothing-to-do',
      message: 'it was not let through, so there is nothing to take back',
    });
  });

  it('happens once, and only to what an agent did', async () => {
    const id = await act('PATCH', `${DEV}/features`, { data: { checkout: 'once' } });
    const first = await revert(id);
    expect(first.state).toBe('ran');
    await direct('PATCH', `${DEV}/features`, { data: { checkout: 'once' } });
    upstream.forget();
    expect(await revert(id)).toMatchObject({ state: 'nothing-to-do', revert: first.revert });
    expect(await revert(String(first.revert))).toMatchObject({
      state: 'impossible',
      message: expect.stringContaining('it takes another decision back itself'),
    });
    expect(upstream.calls()).toEqual([]);
    await direct('PATCH', `${DEV}/features`, { data: { checkout: 'classic' } });
  });
});

describe('what others changed since', () => {
  it('stays, where the change was elsewhere', async () => {
    const id = await act('PATCH', `${DEV}/features`, { data: { checkout: 'new' } });
    await direct('PATCH', `${DEV}/features`, { data: { theirs: 'kept' } });
    expect(await revert(id)).toMatchObject({ state: 'ran', conflicts: [] });
    expect(await direct('GET', `${DEV}/features`)).toMatchObject({ data: { checkout: 'classic', theirs: 'kept' } });
  });

  it('is a conflict, where it was the same place, and is overridden only when that is asked for', async () => {
    const id = await act('PATCH', `${DEV}/features`, { data: { checkout: 'new', suggestions: 'off' } });
    await direct('PATCH', `${DEV}/features`, { data: { checkout: 'theirs' } });
    upstream.forget();
    const conflicts = [{ path: '/data/checkout', set: 'new', now: 'theirs', wanted: 'classic' }];
    expect(await lab.admin.get(`/v1/decisions/${id}/way-back`)).toMatchObject({ state: 'conflict', conflicts });
    expect(await revert(id)).toMatchObject({
      ...{ state: 'conflict', conflicts },
      message: expect.stringContaining(
        'others have changed configmaps/features since, at /data/checkout; nothing was sent',
      ),
    });
    expect(upstream.calls().map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(await direct('GET', `${DEV}/features`)).toMatchObject({ data: { checkout: 'theirs', suggestions: 'off' } });

    expect(await revert(id, { force: true })).toMatchObject({ state: 'ran', conflicts });
    expect(await direct('GET', `${DEV}/features`)).toMatchObject({ data: { checkout: 'classic', suggestions: 'on' } });
  });

  it('is a conflict, where a deleted object was made again, and where a new one was filled', async () => {
    const gone = await act('DELETE', `${DEV}/features`);
    await direct('POST', DEV, { metadata: { name: 'features' }, data: { theirs: 'x' } });
    expect(await revert(gone)).toMatchObject({
      message: expect.stringContaining('made again by somebody else'),
    });
    expect(await revert(gone, { force: true })).toMatchObject({ state: 'ran' });
    expect(await direct('GET', `${DEV}/features`)).toMatchObject({ data: { checkout: 'classic' } });

    const made = await act('POST', DEV, { metadata: { name: 'filled' }, data: { a: '1' } });
    await direct('PATCH', `${DEV}/filled`, { data: { theirs: 'x' } });
    expect(await revert(made)).toMatchObject({ message: expect.stringContaining('at /data/theirs') });
    expect(await revert(made, { force: true })).toMatchObject({ state: 'ran' });
  });

  it('leaves what is gone alone', async () => {
    const id = await act('POST', DEV, { metadata: { name: 'short' }, data: { a: '1' } });
    const changed = await act('PATCH', `${DEV}/short`, { data: { a: '2' } });
    await direct('DELETE', `${DEV}/short`);
    expect(await revert(id)).toMatchObject({ state: 'nothing-to-do', message: 'configmaps/short is gone already' });
    expect(await revert(changed, { force: true })).toMatchObject({
      message: expect.stringContaining('is gone'),
    });
  });
});

describe('a freeze', () => {
  const frozen = async (scope: JsonObject, during: () => Promise<void>) => {
    const { id } = await lab.admin.post('/v1/freezes', { scope, why: 'a test' });
    try {
      await during();
    } finally {
      await lab.admin.post(`/v1/freezes/${String(id)}/lift`, { why: 'the test is over' });
    }
  };
  const change = () => act('PATCH', `${DEV}/features`, { data: { checkout: 'frozen' } });

  it('of its agent does not keep people or the gate from taking back what the agent did', async () => {
    const [one, other] = [await change(), await act('PATCH', `${WEB}/scale`, { spec: { replicas: 4 } })];
    await frozen({ kind: 'agent', agent }, async () => {
      const again = await lab.call('PATCH', `${API}${DEV}/features`, {
        token,
        headers: MERGE,
        body: { data: { a: '1' } },
      });
      expect(again.status).toBe(403);
      expect(await lab.gate.reverts.automatic(other, 'it never became ready')).toMatchObject({ state: 'ran' });
      expect(await revert(one)).toMatchObject({ state: 'ran' });
    });
    expect(await direct('GET', `${DEV}/features`)).toMatchObject({ data: { checkout: 'classic' } });
    expect(await direct('GET', WEB)).toMatchObject({ spec: { replicas: 2 } });
  });

  it('of everything stops both, and people are told', async () => {
    const id = await change();
    await frozen({ kind: 'everything' }, async () => {
      upstream.forget();
      const automatic = await lab.gate.reverts.automatic(id, 'it never became ready');
      expect(automatic).toMatchObject({ state: 'blocked', message: expect.stringContaining('everything is frozen') });
      expect(await revert(id)).toMatchObject({ message: expect.stringContaining('everything is frozen') });
      expect(upstream.calls().map(({ method }) => method)).toEqual(['GET', 'GET']);
      const told = (await lab.gate.store.related(`decision:${id}`, 0, 100)).map(({ leaf }) => JSON.parse(leaf));
      expect(told).toMatchObject([
        { kind: 'decided', did: 'deny', by: 'gate', reverts: { decision: id, by: 'gate' } },
        { kind: 'changed', what: 'revert.blocked', by: 'gate', decision: id, agent, revert: automatic.revert },
        { kind: 'decided', did: 'deny', by: 'gate', reverts: { decision: id, by: 'operator' } },
        { kind: 'changed', what: 'revert.blocked', decision: id, agent },
      ]);
    });
    expect(await revert(id)).toMatchObject({ state: 'ran' });
  });

  it.each<[string, JsonObject]>([
    ['the environment', { kind: 'environment', environment: 'dev' }],
    ['the service', { kind: 'service', service: 'shop' }],
    ['the route', { kind: 'route', route: 'demo' }],
  ])('of %s stops the gate, but not an operator who may lift it', async (_what, scope) => {
    const id = await change();
    await frozen(scope, async () => {
      expect(await lab.gate.reverts.automatic(id, 'a test')).toMatchObject({ state: 'blocked' });
      expect(await revert(id)).toMatchObject({ state: 'ran' });
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownLab } from '../lab/own-lab.ts';
import { admin, at, items, object, reachedAs, read, readIfThere } from './cluster-gate.ts';
import { captured, claimed, essence, PATCHES } from './judged-call.ts';
import {
  blast,
  different,
  gone,
  INVERSE,
  NOT_NEEDED,
  openReachLab,
  patch,
  REVISION,
  type ReachLab,
  UNKNOWN_REACH,
} from './reach-lab.ts';
import { configMap, container, deployment } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'reach-dev';
const CORE = `/api/v1/namespaces/${PLACE}`;
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;

let reach: ReachLab;
beforeAll(async () => {
  reach = await openReachLab(lab, PLACE);
});
afterAll(() => reach.close());

/** A new image for the pods. */
const IMAGE_2 = JSON.stringify({
  spec: { template: { spec: { containers: [container({ image: 'example.invalid/web:2' })] } } },
});

describe('a config map', () => {
  it('is created: one object, that was not there', async () => {
    const done = await reach.act({ method: 'POST', path: `${CORE}/configmaps`, body: configMap('created') });
    expect([done.answer.status, done.did]).toEqual([201, 'allow']);
    expect(claimed(done)).toEqual({ blast: blast(0, 0, 0), wayBack: INVERSE, escalates: [] });
    expect(at(done.decided, 'input', 'target')).toMatchObject({ exists: false, name: 'created', namespace: PLACE });
    expect(at(done.decided, 'facts')).toMatchObject({
      change_from: 'dry-run',
      changes: expect.arrayContaining([{ path: '/data/colour', from: null, to: 'blue' }]),
    });
  });

  it.each([
    ['PUT', { method: 'PUT', body: configMap('edited', { data: { colour: 'red' } }) }],
    ['a merge patch', { method: 'PATCH', body: { data: { colour: 'red' } }, type: PATCHES.merge }],
    ['a strategic patch', { method: 'PATCH', body: { data: { colour: 'red' } }, type: PATCHES.strategic }],
    [
      'a JSON patch',
      {
        method: 'PATCH',
        body: [{ op: 'replace', path: '/data/colour', value: 'red' }],
        type: PATCHES.json,
      },
    ],
  ])('is changed by %s: what changes is what the server says, and the old one is kept', async (_how, sent) => {
    await reach.seed(configMap('edited', { data: { colour: 'blue', shape: 'round' } }));
    const before = await read(lab, 'configmap', 'edited', PLACE);
    const done = await reach.act({ ...sent, path: `${CORE}/configmaps/edited` });
    expect([done.answer.status, done.did]).toEqual([200, 'allow']);
    expect(claimed(done)).toEqual({ blast: blast(0, 0, 0), wayBack: INVERSE, escalates: [] });
    const replaced = sent.method === 'PUT' ? [{ path: '/data/shape', from: 'round', to: null }] : [];
    expect(at(done.decided, 'facts')).toMatchObject({
      change_from: 'dry-run',
      changes: [{ path: '/data/colour', from: 'blue', to: 'red' }, ...replaced],
      touches_authority: false,
      gaps: [],
    });
    expect(essence(await captured(reach.gate, done))).toEqual(essence(before));
  });

  it('is deleted: one object, kept whole, so that it can be made again', async () => {
    await reach.seed(configMap('doomed', { labels: { a: 'b' }, data: { colour: 'blue' } }));
    const before = await read(lab, 'configmap', 'doomed', PLACE);
    const done = await reach.act({ method: 'DELETE', path: `${CORE}/configmaps/doomed` });
    expect([done.answer.status, done.did]).toEqual([200, 'allow']);
    expect(claimed(done)).toEqual({ blast: blast(0, 0, 0), wayBack: INVERSE, escalates: [] });
    expect(await readIfThere(lab, 'configmap', 'doomed', PLACE)).toBeUndefined();
    const kept = essence(await captured(reach.gate, done));
    await admin(lab, ['create', '-f', '-'], JSON.stringify(kept));
    expect(essence(await read(lab, 'configmap', 'doomed', PLACE))).toEqual(essence(before));
  });

  it('says where its facts come from', async () => {
    await reach.seed(configMap('sourced', { labels: { 'sallyport.dev/tier': 'low' } }));
    const asked = await reach.ask(patch(`${CORE}/configmaps/sourced`, { data: { a: 'b' } }));
    const sources = items(at(asked.decided, 'facts', 'sources')).map((one) => [at(one, 'fact'), at(one, 'from')]);
    expect(sources).toEqual([
      ['target.labels.route', 'configuration'],
      ['target.labels.namespace', 'namespace cache'],
      ['target.labels.object', 'GET configmaps'],
      ['action.change', 'PATCH configmaps (dry run; admission webhooks may have seen it)'],
      ['blast', 'LIST pods'],
    ]);
    const none = { environment: 'none', service: 'none', tier: 'none', team: 'none', regulated: 'none' };
    expect(at(asked.decided, 'input', 'target', 'labels')).toEqual({
      route: none,
      namespace: { ...none, environment: 'dev', service: 'shop', team: 'shop' },
      object: { ...none, tier: 'low' },
    });
    const { metadata } = await read(lab, 'configmap', 'sourced', PLACE);
    expect(at(asked.decided, 'input', 'target', 'uid')).toEqual(at(metadata, 'uid'));
  });
});

describe('a deployment', () => {
  it.each([
    ['up', 2, 4, blast(2, 4, 1)],
    ['down', 4, 1, blast(3, 4, 0.75)],
    ['to zero', 2, 0, blast(2, 2, 1)],
    ['from zero', 0, 2, blast(2, 2, 1)],
  ])('is scaled %s, and just those pods come or go', async (how, from, to, expected) => {
    for (const [road, path, body] of [
      ['scale', '/scale', { spec: { replicas: to } }],
      ['spec', '', { spec: { replicas: to } }],
    ] as const) {
      const name = `scaled-${how.replaceAll(' ', '-')}-${road}`;
      await reach.seed(deployment(name, { replicas: from }));
      const before = await reach.podsOf(name, from);
      const done = await reach.act(patch(`${APPS}/deployments/${name}${path}`, body));
      expect([done.answer.status, done.did]).toEqual([200, 'allow']);
      expect(claimed(done)).toEqual({ blast: expected, wayBack: INVERSE, escalates: [] });
      expect(at(done.decided, 'facts', 'changes')).toEqual([{ path: '/spec/replicas', from, to }]);
      const after = await reach.podsOf(name, to);
      expect(different(before, after)).toBe(expected.pods);
      expect(at(await captured(reach.gate, done), 'spec', 'replicas')).toBe(from);
    }
  });

  it.each([
    [
      'restarted',
      { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-20T12:00:00Z' } } },
      NOT_NEEDED,
      [],
    ],
    [
      'given another image',
      { spec: { containers: [{ name: 'web', image: 'example.invalid/web:2' }] } },
      REVISION,
      ['image'],
    ],
    [
      'given another variable',
      { spec: { containers: [{ name: 'web', env: [{ name: 'A', value: 'b' }] }] } },
      REVISION,
      [],
    ],
  ])('is %s: every pod is made anew', async (how, template, wayBack, escalates) => {
    const name = `rolled-${how.split(' ').at(-1)}`;
    await reach.seed(deployment(name, { replicas: 3 }));
    const before = await reach.podsOf(name, 3);
    await reach.observed(name);
    const done = await reach.act(patch(`${APPS}/deployments/${name}`, { spec: { template } }, PATCHES.strategic));
    expect([done.answer.status, done.did]).toEqual([200, 'allow']);
    expect(claimed(done)).toEqual({ blast: blast(3, 3, 1 / 3), wayBack, escalates });
    await expect.poll(async () => gone(before, await reach.readied(name)), { timeout: 60_000, interval: 100 }).toBe(3);
  });

  it('is scaled to what it is already: nothing moves', async () => {
    await reach.seed(deployment('level', { replicas: 2 }));
    const before = await reach.podsOf('level', 2);
    const done = await reach.act(patch(`${APPS}/deployments/level/scale`, { spec: { replicas: 2 } }));
    expect([done.answer.status, done.did]).toEqual([200, 'allow']);
    expect(claimed(done)).toEqual({ blast: blast(0, 2, 0), wayBack: INVERSE, escalates: [] });
    await reach.observed('level');
    expect(await reach.podsOf('level', 2)).toEqual(before);
  });

  it.each([
    ['labelled', { metadata: { labels: { season: 'winter' } } }],
    ['annotated', { metadata: { annotations: { note: 'hello' } } }],
    ['patched with what it has already', { spec: { replicas: 2 } }],
  ])('is %s: no pod moves', async (how, body) => {
    const name = `still-${how.split(' ')[0]}`;
    await reach.seed(deployment(name, { replicas: 2 }));
    const before = await reach.podsOf(name, 2);
    const done = await reach.act(patch(`${APPS}/deployments/${name}`, body));
    expect([done.answer.status, done.did]).toEqual([200, 'allow']);
    const known = claimed(done);
    expect([at(known.blast, 'known'), at(known.blast, 'pods'), known.wayBack]).toEqual([true, 0, INVERSE]);
    await reach.observed(name);
    expect(await reach.podsOf(name, 2)).toEqual(before);
  });

  it('that goes on after a pause rolls out what was changed meanwhile', async () => {
    await reach.seed(deployment('resumed', { replicas: 2 }));
    const before = await reach.podsOf('resumed', 2);
    await admin(lab, ['rollout', 'pause', 'deployment/resumed', '-n', PLACE]);
    await admin(lab, ['patch', 'deployment', 'resumed', '-n', PLACE, '-p', IMAGE_2]);
    await reach.observed('resumed');
    const path = `${APPS}/deployments/resumed`;
    const asked = await reach.ask(patch(path, { spec: { paused: false } }));
    expect(claimed(asked)).toEqual(UNKNOWN_REACH);
    await admin(lab, ['rollout', 'resume', 'deployment/resumed', '-n', PLACE]);
    await expect.poll(async () => gone(before, await reach.readied('resumed')), { timeout: 60_000 }).toBe(2);
    const paused = await reach.ask(patch(path, { spec: { paused: true } }));
    expect(claimed(paused)).toEqual({ blast: blast(0, 2, 0), wayBack: INVERSE, escalates: [] });
  });

  it('that is told by an annotation to roll back does so', async () => {
    await reach.seed(deployment('obedient', { replicas: 1 }));
    await reach.podsOf('obedient', 1);
    await admin(lab, ['patch', 'deployment', 'obedient', '-n', PLACE, '-p', IMAGE_2]);
    const path = `${APPS}/deployments/obedient`;
    const revised = async () =>
      at(
        await read(lab, 'deployment', 'obedient', PLACE),
        'metadata',
        'annotations',
        'deployment.kubernetes.io/revision',
      );
    await expect.poll(revised, { timeout: 30_000 }).toBe('2');
    const order = { metadata: { annotations: { 'deprecated.deployment.rollback.to': '1' } } };
    const asked = await reach.ask(patch(path, order));
    expect(claimed(asked)).toEqual(UNKNOWN_REACH);
    await admin(lab, ['patch', 'deployment', 'obedient', '-n', PLACE, '--type', 'merge', '-p', JSON.stringify(order)]);
    await expect.poll(revised, { timeout: 30_000 }).toBe('3');
    const image = await admin(lab, [
      'get',
      'deployment',
      'obedient',
      '-n',
      PLACE,
      '-o',
      'jsonpath={.spec.template.spec.containers[0].image}',
    ]);
    expect(image).toBe('example.invalid/web:1');
  });

  it('that is to keep fewer revisions loses them for good', async () => {
    await reach.seed(deployment('forgetful', { replicas: 0 }));
    await reach.observed('forgetful');
    await admin(lab, ['patch', 'deployment', 'forgetful', '-n', PLACE, '-p', IMAGE_2]);
    const sets = async () =>
      items(
        object(JSON.parse(await admin(lab, ['get', 'rs', '-l', 'app=forgetful', '-o', 'json', '-n', PLACE]))).items,
      );
    await expect.poll(async () => (await sets()).length).toBe(2);
    const path = `${APPS}/deployments/forgetful`;
    const fewer = await reach.ask(patch(path, { spec: { revisionHistoryLimit: 0 } }));
    expect(claimed(fewer)).toEqual(UNKNOWN_REACH);
    await admin(lab, ['patch', 'deployment', 'forgetful', '-n', PLACE, '-p', '{"spec":{"revisionHistoryLimit":0}}']);
    await expect.poll(async () => (await sets()).length).toBe(1);
    const more = await reach.ask(patch(path, { spec: { revisionHistoryLimit: 5 } }));
    expect(claimed(more)).toEqual({ blast: blast(0, 0, 0), wayBack: INVERSE, escalates: [] });
  });

  it.each([
    ['containers', { containers: [container({ name: 'side' })] }],
    ['containers', { initContainers: [container({ name: 'first' })] }],
    ['privileged', { containers: [{ name: 'web', securityContext: { capabilities: { add: ['NET_ADMIN'] } } }] }],
    ['privileged', { securityContext: { runAsUser: 0 } }],
    ['host access', { hostNetwork: true }],
    ['host access', { hostPID: true }],
    ['host access', { containers: [{ name: 'web', ports: [{ containerPort: 80, hostPort: 80 }] }] }],
    ['host access', { volumes: [{ name: 'root', hostPath: { path: '/' } }] }],
    ['secret mounts', { containers: [{ name: 'web', envFrom: [{ secretRef: { name: 'hidden' } }] }] }],
    ['secret mounts', { volumes: [{ name: 'hidden', secret: { secretName: 'hidden' } }] }],
    ['service account', { serviceAccountName: 'other' }],
    ['service account', { automountServiceAccountToken: true }],
    ['node', { nodeName: 'somewhere' }],
    ['node', { tolerations: [{ operator: 'Exists' }] }],
  ])('whose pods would get more power (%s, %j) is not of known reach', async (power, spec) => {
    await reach.seed(deployment('powerful'));
    const asked = await reach.ask(
      patch(`${APPS}/deployments/powerful`, { spec: { template: { spec } } }, PATCHES.strategic),
    );
    expect(at(claimed(asked).blast, 'known')).toBe(false);
    expect(items(claimed(asked).escalates)).toContain(power);
  });

  it('whose pods get other labels is not of known reach: services and network policies choose by them', async () => {
    await reach.seed(deployment('renamed'));
    const template = { metadata: { labels: { role: 'payments' } } };
    const asked = await reach.ask(patch(`${APPS}/deployments/renamed`, { spec: { template } }));
    expect([at(claimed(asked).blast, 'known'), claimed(asked).escalates]).toEqual([false, ['pod labels']]);
  });
});

describe('the part of a deployment that a rollout takes down at once', () => {
  it.each([
    ['all at once', { type: 'Recreate' }, 1],
    ['two at a time', { rollingUpdate: { maxUnavailable: 2 } }, 0.5],
    ['a half', { rollingUpdate: { maxUnavailable: '50%' } }, 0.5],
    ['by default a quarter', {}, 0.25],
    ['one by one', { rollingUpdate: { maxUnavailable: 0 } }, 0.25],
    ['more than there are', { rollingUpdate: { maxUnavailable: 9 } }, 1],
  ])('is as its strategy says: %s', async (which, strategy, share) => {
    const name = `share-${which.split(' ').at(-1)}`;
    await reach.seed(deployment(name, { replicas: 4, spec: { strategy } }));
    const template = { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } };
    const asked = await reach.ask(patch(`${APPS}/deployments/${name}`, { spec: { template } }));
    expect(claimed(asked)).toEqual({ blast: blast(4, 4, share), wayBack: NOT_NEEDED, escalates: [] });
  });
});

describe('what a measurement costs', () => {
  const looks = async (since: number) => {
    const [, observer = ''] = reach.ids;
    return (await reachedAs(lab, observer)).slice(since).map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  };

  it.each([
    ['a scaling', '/scale', { spec: { replicas: 1 } }],
    [
      'another image',
      '',
      { spec: { template: { spec: { containers: [container({ image: 'example.invalid/web:2' })] } } } },
    ],
    ['a label', '', { metadata: { labels: { season: 'winter' } } }],
  ])('is a look and a dry run for %s of a deployment', async (_what, subresource, body) => {
    await reach.seed(deployment('cheap'));
    await reach.observed('cheap');
    const since = (await looks(0)).length;
    const path = `${APPS}/deployments/cheap`;
    await reach.ask(patch(`${path}${subresource}`, body));
    expect(await looks(since)).toEqual([`get ${path}`, `patch ${path}${subresource}?dryRun=All`]);
  });

  it('is a dry run for a new config map, and one list more for a changed one', async () => {
    await reach.seed(configMap('cheap'));
    const since = (await looks(0)).length;
    const path = `${CORE}/configmaps`;
    await reach.ask({ method: 'POST', path, body: configMap('dear') });
    await reach.ask(patch(`${path}/cheap`, { data: { a: 'b' } }));
    expect(await looks(since)).toEqual([
      `create ${path}?dryRun=All`,
      `get ${path}/cheap`,
      `patch ${path}/cheap?dryRun=All`,
      `list ${CORE}/pods?limit=100`,
    ]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, at, makeNamespace } from './cluster-gate.ts';
import { send } from './judged-call.ts';
import { job, stateful } from './reach-seeds.ts';
import { goneOf, openTruthLab, podsAmong, type TruthLab } from './reach-truth.ts';
import { configMap, deployment, inNamespace, pod } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'reach-wide';
const DOOMED = 'reach-wide-doomed';
const CORE = `/api/v1/namespaces/${PLACE}`;
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;
const BATCH = `/apis/batch/v1/namespaces/${PLACE}`;
const GROUP = 'reach-wide.example.invalid';

let truth: TruthLab;
beforeAll(async () => {
  truth = await openTruthLab(lab, PLACE);
});
afterAll(async () => {
  await truth.close();
  await admin(lab, ['delete', 'namespace', DOOMED, '--ignore-not-found', '--wait=false']);
  await admin(lab, ['delete', 'crd', `bells.${GROUP}`, '--ignore-not-found', '--wait=false']);
});

const labelled = (object: JsonObject, all: string): JsonObject => {
  const metadata = object.metadata as JsonObject;
  return { ...object, metadata: { ...metadata, labels: { ...(metadata.labels as JsonObject), all } } };
};

describe('a collection', () => {
  interface Case {
    readonly what: string;
    readonly part: string;
    readonly seed: readonly JsonObject[];
    readonly pods: number;
    readonly path: string;
    readonly body?: JsonObject;
    readonly claims: JsonObject;
    readonly how: string;
  }
  const all = (part: string) => `labelSelector=all%3D${part}`;
  const policy = (propagationPolicy: string) => ({ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy });

  it.each<Case>([
    {
      what: 'deployments, with all that they made',
      part: 'many',
      seed: [
        labelled(deployment('many-a', { replicas: 2 }), 'many'),
        labelled(deployment('many-b', { replicas: 1 }), 'many'),
        deployment('many-c', { replicas: 1 }),
      ],
      pods: 4,
      path: `${APPS}/deployments?${all('many')}`,
      claims: { pods: 3, replicas: 3, share: 1 },
      how: 'recreate',
    },
    {
      what: 'deployments, leaving what they made',
      part: 'left',
      seed: [labelled(deployment('left-a', { replicas: 2 }), 'left'), labelled(deployment('left-b'), 'left')],
      pods: 2,
      path: `${APPS}/deployments?${all('left')}`,
      body: policy('Orphan'),
      claims: { pods: 0, replicas: 0, share: 0 },
      how: 'recreate',
    },
    {
      what: 'stateful sets',
      part: 'books',
      seed: [labelled(stateful('books-a', 2), 'books'), labelled(stateful('books-b', 1), 'books')],
      pods: 3,
      path: `${APPS}/statefulsets?${all('books')}`,
      claims: { pods: 3, replicas: 3, share: 1 },
      how: 'recreate',
    },
    {
      what: 'jobs with their pods',
      part: 'batches',
      seed: [labelled(job('batches-a', 1), 'batches'), labelled(job('batches-b', 2), 'batches')],
      pods: 3,
      path: `${BATCH}/jobs?${all('batches')}`,
      body: policy('Background'),
      claims: { pods: 3, replicas: 3, share: 1 },
      how: 'recreate',
    },
    {
      what: 'pods of nobody',
      part: 'loose',
      seed: ['a', 'b', 'c'].map((one) => pod(`loose-${one}`, { all: 'loose' })),
      pods: 3,
      path: `${CORE}/pods?${all('loose')}`,
      claims: { pods: 3, replicas: 0, share: 1 },
      how: 'recreate',
    },
    {
      what: 'one pod, by its name',
      part: 'named',
      seed: ['a', 'b'].map((one) => pod(`named-${one}`)),
      pods: 2,
      path: `${CORE}/pods?fieldSelector=metadata.name%3Dnamed-a`,
      claims: { pods: 1, replicas: 0, share: 1 },
      how: 'recreate',
    },
    {
      what: 'config maps',
      part: 'sets',
      seed: ['a', 'b', 'c', 'd'].map((one) => configMap(`sets-${one}`, { labels: { all: 'sets' } })),
      pods: 0,
      path: `${CORE}/configmaps?${all('sets')}`,
      claims: { pods: 0, replicas: 0, share: 0 },
      how: 'recreate',
    },
  ])('takes what the gate says: $what', async ({ part, seed, pods, path, body, claims, how }) => {
    await truth.seed(...seed);
    const before = await truth.settled(part, pods);
    const sent = { method: 'DELETE', path, ...(body === undefined ? {} : { body }) };
    const claim = await truth.ask(sent);
    expect(claim.gaps).toEqual([]);
    expect(claim.blast).toMatchObject({ ...claims, known: true, namespaces: 1, scope: 'collection', open: true });
    expect(claim.wayBack).toEqual({ how, exact: false, captured: false });
    await truth.doIt(sent);
    await truth.collected();
    const gone = async () => goneOf(before, await truth.things(part));
    await expect.poll(async () => (await gone()).size, { timeout: 60_000 }).toBe(claim.blast.objects);
    await truth.collected();
    expect([(await gone()).size, podsAmong(await gone())]).toEqual([claim.blast.objects, claim.blast.pods]);
  });

  it('of pods whose owner makes them again is a part of what it runs', async () => {
    await truth.seed(deployment('again', { replicas: 4 }));
    const before = await truth.settled('again', 4);
    const names = [...before.values()].filter(({ kind }) => kind === 'pods').slice(0, 2);
    for (const { name } of names) {
      const body = { metadata: { labels: { half: 'yes' } } };
      const path = `${CORE}/pods/${name}`;
      await truth.doIt({ method: 'PATCH', path, body, type: 'application/merge-patch+json' });
    }
    const sent = { method: 'DELETE', path: `${CORE}/pods?labelSelector=half%3Dyes` };
    const claim = await truth.ask(sent);
    expect(claim.blast).toMatchObject({ known: true, objects: 2, pods: 2, replicas: 4, share: 0.5 });
    expect(claim.wayBack).toEqual({ how: 'not_needed', exact: true, captured: true });
    await truth.doIt(sent);
    await expect.poll(async () => podsAmong(goneOf(before, await truth.things('again'))), { timeout: 30_000 }).toBe(2);
    await truth.settled('again', 4);
  });

  it('of a kind whose dependents are not known is counted, no more', async () => {
    const claim = await truth.ask({ method: 'DELETE', path: `${CORE}/services` });
    expect(claim.blast).toMatchObject({ known: false, objects: 0, pods: 'unknown', scope: 'collection' });
  });
});

describe('a namespace', () => {
  it('takes everything in it: objects of all kinds, pods and replicas', async () => {
    await makeNamespace(lab, DOOMED, 'dev');
    await truth.seed(
      ...[
        deployment('web', { replicas: 3 }),
        stateful('books', 2),
        pod('lone'),
        configMap('one'),
        configMap('two'),
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, stringData: { a: 'b' } },
      ].map((object) => inNamespace(DOOMED, object)),
    );
    const pods = async () => (await truth.server.list(`/api/v1/namespaces/${DOOMED}/pods`)).length;
    await expect.poll(pods, { timeout: 60_000 }).toBe(6);
    // The certificate of the cluster comes as a config map of its own.
    const late = async () => (await truth.server.list(`/api/v1/namespaces/${DOOMED}/configmaps`)).length;
    await expect.poll(late, { timeout: 60_000 }).toBe(3);
    const listed = await everythingIn(DOOMED);
    const sent = { method: 'DELETE', path: `/api/v1/namespaces/${DOOMED}` };
    const claim = await truth.ask(sent);
    expect(claim.gaps).toEqual([]);
    expect(claim.blast).toEqual({
      known: true,
      objects: 1 + listed.length,
      replicas: 5,
      pods: 6,
      share: 1,
      namespaces: 1,
      scope: 'namespace',
      open: true,
    });
    expect([claim.wayBack.how, claim.wayBack.exact, claim.lost]).toEqual(['none', false, ['everything in it']]);
    await truth.doIt(sent);
    await expect.poll(async () => (await everythingIn(DOOMED)).length, { timeout: 60_000 }).toBe(0);
  });

  it('that is new is one object', async () => {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'reach-wide-new' } };
    const claim = await truth.ask({ method: 'POST', path: '/api/v1/namespaces', body });
    expect(claim.blast).toMatchObject({ known: true, objects: 1, pods: 0, namespaces: 1, scope: 'namespace' });
  });

  /** Everything that kubectl finds in a namespace, but for events. */
  async function everythingIn(namespace: string): Promise<readonly string[]> {
    const resources = await admin(lab, ['api-resources', '--namespaced', '--verbs=list,delete', '-o', 'name']);
    const kinds = resources
      .trim()
      .split('\n')
      .filter((name) => !name.startsWith('events'));
    const text = await admin(lab, ['get', kinds.join(','), '-o', 'name', '-n', namespace, '--ignore-not-found']);
    return text.split('\n').filter((line) => line !== '');
  }
});

describe('a definition of custom resources', () => {
  const definition: JsonObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `bells.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural: 'bells', singular: 'bell', kind: 'Bell' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
  const bell = (name: string, namespace: string): JsonObject => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Bell',
    metadata: { name, namespace },
  });
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/bells.${GROUP}`;

  it('is one object when it is made, and takes the objects of all namespaces when it goes', async () => {
    const made = await truth.ask({ method: 'POST', path: path.slice(0, path.lastIndexOf('/')), body: definition });
    expect(made.blast).toMatchObject({ known: true, objects: 1, pods: 0, scope: 'cluster' });
    await truth.seed(definition);
    await admin(lab, ['wait', '--for=condition=Established', `crd/bells.${GROUP}`, '--timeout=60s']);
    const empty = await truth.ask({ method: 'DELETE', path });
    expect([empty.blast.objects, empty.wayBack.how]).toEqual([1, 'inverse']);
    await truth.seed(bell('one', PLACE), bell('two', PLACE), bell('three', 'default'));
    const listed = (await truth.server.list(`/apis/${GROUP}/v1/bells`)).length;
    const claim = await truth.ask({ method: 'DELETE', path });
    expect(claim.gaps).toEqual([]);
    expect(claim.blast).toMatchObject({
      known: true,
      objects: 1 + listed,
      namespaces: 2,
      scope: 'cluster',
      open: true,
    });
    expect(claim.wayBack).toEqual({ how: 'none', exact: false, captured: false });
    await truth.doIt({ method: 'DELETE', path });
    const left = async () => (await lab.kubectl(['get', '--raw', `/apis/${GROUP}/v1/bells`])).code;
    await expect.poll(left, { timeout: 60_000 }).toBe(1);
  });
});

describe('what an agent may not see', () => {
  it('is not counted for it: the reach is unknown, with the reason', async () => {
    const agent = await truth.reach.gate.agent({ level: 1 });
    const sent = { method: 'DELETE', path: `/api/v1/namespaces/${PLACE}` };
    const judged = await send(truth.reach.gate, agent.token, sent);
    expect(at(judged.decided, 'input', 'blast', 'known')).toBe(false);
    expect(at(judged.decided, 'input', 'blast', 'objects')).toBe('unknown');
    expect(at(judged.decided, 'facts', 'gaps')).toEqual([
      expect.stringMatching(/^the reach is not known: LIST .* \(403\)$/),
    ]);
  });
});

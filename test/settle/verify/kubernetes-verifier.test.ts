import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Route } from '../../../src/config.ts';
import type { Described } from '../../../src/describe/action.ts';
import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import type { KubernetesRequest } from '../../../src/describe/kubernetes/request.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import type { JsonObject } from '../../../src/json.ts';
import { NO_LABELS } from '../../../src/labels.ts';
import type { WireCall } from '../../../src/listen/wire.ts';
import { type Facts, UNKNOWN_BLAST, UNKNOWN_WAY_BACK } from '../../../src/measure/facts.ts';
import { createKubernetesVerifier } from '../../../src/settle/verify/kubernetes/kubernetes-verifier.ts';
import type { LaneVerifier, UpstreamProbe, Watched } from '../../../src/settle/verify/lane-verifier.ts';

const APPS = '/apis/apps/v1/namespaces/shop/deployments';
const WEB: Watched = { resource: 'deployments.apps', path: `${APPS}/web`, namespace: 'shop', name: 'web', uid: 'u1' };
const NEVER = new AbortController().signal;

let server: Server;
let verifier: LaneVerifier;
/** What the server has: answers by `METHOD path`, and what was sent to it. */
let answers: Map<string, readonly [status: number, body: JsonObject]>;
let sent: readonly unknown[];
const agent = new Agent();
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks).toString();
      sent = [...sent, [method, url, headers['impersonate-user'], ...(body === '' ? [] : [JSON.parse(body)])]];
      const [status, object] = answers.get(`${method} ${url}`) ?? [404, { kind: 'Status', code: 404 }];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = { origin: `http://127.0.0.1:${port}`, basePath: '', agent, authorization: () => undefined };
  verifier = createKubernetesVerifier({ endpoint, impersonate: true });
});
afterAll(async () => {
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  answers = new Map();
  sent = [];
});

describe('a look at an object', () => {
  const there = (uid = 'u1') => ({
    metadata: { uid, generation: 1 },
    spec: { replicas: 0 },
    status: { observedGeneration: 1 },
  });
  const READY: UpstreamProbe = { probe: 'condition', type: 'Ready', status: 'True' };
  it.each<[UpstreamProbe, string, readonly [number, JsonObject] | undefined, string, string]>([
    [{ probe: 'rollout' }, 'there', [200, there()], 'good', '0 of 0 replicas are up to date and available'],
    [{ probe: 'rollout' }, 'gone', undefined, 'bad', 'it is not there any more'],
    [{ probe: 'rollout' }, 'another one', [200, there('u2')], 'bad', 'another one has its name'],
    [READY, 'there', [200, there()], 'waiting', 'it has no condition Ready yet'],
    [READY, 'another one', [200, there('u2')], 'bad', 'another one has its name'],
    [{ probe: 'exists' }, 'there', [200, there()], 'good', 'it is there'],
    [{ probe: 'exists' }, 'not yet there', undefined, 'waiting', 'it is not there'],
    [{ probe: 'absent' }, 'there', [200, there()], 'waiting', 'it is still there'],
    [{ probe: 'absent' }, 'gone', undefined, 'good', 'it is not there any more'],
    [
      { probe: 'absent' },
      'another one',
      [200, there('u2')],
      'good',
      'it is not there any more; another one has its name',
    ],
    [{ probe: 'absent' }, 'forbidden', [403, { kind: 'Status' }], 'blind', 'the API server answers 403'],
    [{ probe: 'exists' }, 'broken', [500, { kind: 'Status' }], 'blind', 'the API server answers 500'],
  ])('by $probe: %s', async (probe, _what, answer, state, saw) => {
    if (answer !== undefined) answers.set(`GET ${WEB.path}`, answer);
    expect(await verifier.look(probe, WEB, 'fixer', NEVER)).toEqual({ state, saw });
    expect(sent).toEqual([['GET', WEB.path, 'sallyport:agent:fixer']]);
  });

  it('that takes too long is blind', async () => {
    const look = await verifier.look({ probe: 'exists' }, WEB, 'fixer', AbortSignal.abort());
    expect(look).toEqual({ state: 'blind', saw: `GET ${WEB.path}: no answer in time` });
  });
});

describe('the rest of a scaling', () => {
  const STEP = { from: 2, first: 3, to: 6 };
  const scale = (replicas: number): readonly [number, JsonObject] => [200, { kind: 'Scale', spec: { replicas } }];
  const PATCH = [
    ...['PATCH', `${WEB.path}/scale`, 'sallyport:agent:fixer'],
    [
      { op: 'test', path: '/spec/replicas', value: 3 },
      { op: 'replace', path: '/spec/replicas', value: 6 },
    ],
  ];
  const GET = ['GET', `${WEB.path}/scale`, 'sallyport:agent:fixer'];

  it('follows in the name of its agent, if the server finds the first share as it was', async () => {
    answers.set(`GET ${WEB.path}/scale`, scale(3)).set(`PATCH ${WEB.path}/scale`, scale(6));
    expect(await verifier.expand(STEP, WEB, 'fixer', NEVER)).toEqual({ done: true });
    expect(sent).toEqual([GET, PATCH]);
  });

  it.each<[string, readonly [number, JsonObject], object, readonly unknown[]]>([
    ['is not sent a second time', scale(6), { done: true }, [GET]],
    [
      'does not follow where somebody else scaled it meanwhile',
      scale(4),
      { done: false, why: 'somebody else scaled it to 4 meanwhile, and it was left at that' },
      [GET],
    ],
    [
      'does not follow where nobody can see how it is',
      [403, {}],
      { done: false, why: 'its scale cannot be read: the API server answers 403' },
      [GET],
    ],
  ])('%s', async (_what, answer, expansion, calls) => {
    answers.set(`GET ${WEB.path}/scale`, answer);
    expect(await verifier.expand(STEP, WEB, 'fixer', NEVER)).toEqual(expansion);
    expect(sent).toEqual(calls);
  });

  it('does not follow where the server refuses it', async () => {
    answers.set(`GET ${WEB.path}/scale`, scale(3));
    answers.set(`PATCH ${WEB.path}/scale`, [422, { message: 'the test failed' }]);
    const why = 'the API server answers 422: the test failed';
    expect(await verifier.expand(STEP, WEB, 'fixer', NEVER)).toEqual({ done: false, why });
  });

  it('does not follow where the server does not answer in time', async () => {
    const why = `GET ${WEB.path}/scale: no answer in time`;
    expect(await verifier.expand(STEP, WEB, 'fixer', AbortSignal.abort())).toEqual({ done: false, why });
  });
});

const route: Route = {
  ...{ name: 'demo', surface: 'kubernetes', at: '/kube/demo', labels: NO_LABELS, impersonate: true },
  mode: { kind: 'enforce' },
  upstream: { kind: 'in-cluster' },
};
const surface = createKubernetesSurface({ redactor: createRedactor(Buffer.alloc(32, 1)) });

/** A call, and how the surface reads it. */
function read(
  method: string,
  path: string,
  body?: JsonObject | readonly JsonObject[],
  type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
): readonly [WireCall, Described<KubernetesRequest>] {
  const url = new URL(path, 'http://localhost');
  const call: WireCall = {
    ...{ method, route, upgrade: undefined, peer: { address: 'here', certificate: undefined } },
    path: { segments: url.pathname.slice(1).split('/'), query: [...url.searchParams] },
    headers: new Map(body === undefined ? [] : [['content-type', type]]),
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
  };
  return [call, surface.describe(call)];
}

function facts(from: number, to: number, paths: readonly string[] | 'unknown' = ['/spec/replicas']): Facts {
  return {
    labels: { route: NO_LABELS, namespace: NO_LABELS, object: NO_LABELS },
    ...{ exists: true, uid: 'u1', managedBy: 'none', blast: UNKNOWN_BLAST, wayBack: UNKNOWN_WAY_BACK },
    ...{ changePaths: paths, escalates: [], changes: [{ path: '/spec/replicas', from, to }], changeFrom: 'dry-run' },
    ...{ touchesAuthority: false, captured: undefined, sources: [], gaps: [] },
  };
}

describe('what an act is about', () => {
  const MAP = { metadata: { name: 'settings' } };
  it.each<[string, string, string, JsonObject | undefined, Partial<Watched> | undefined]>([
    [
      'a patch',
      'PATCH',
      `${APPS}/web`,
      {},
      { path: `${APPS}/web`, resource: 'deployments.apps', name: 'web', uid: 'u1' },
    ],
    ['a scaling', 'PATCH', `${APPS}/web/scale`, {}, { path: `${APPS}/web`, resource: 'deployments.apps', name: 'web' }],
    ['a deletion', 'DELETE', `${APPS}/web?propagationPolicy=Foreground`, undefined, { path: `${APPS}/web` }],
    [
      'a creation',
      'POST',
      '/api/v1/namespaces/shop/configmaps',
      MAP,
      { path: '/api/v1/namespaces/shop/configmaps/settings' },
    ],
    ['of a cluster', 'DELETE', '/api/v1/nodes/one', undefined, { path: '/api/v1/nodes/one', namespace: 'none' }],
    [
      'a name that the server makes up',
      'POST',
      '/api/v1/namespaces/shop/configmaps',
      { metadata: { generateName: 'a' } },
      undefined,
    ],
    [
      'a name that leads elsewhere',
      'POST',
      '/api/v1/namespaces/shop/configmaps',
      { metadata: { name: '../secrets/db' } },
      undefined,
    ],
    ['a collection', 'DELETE', '/api/v1/namespaces/shop/configmaps', undefined, undefined],
    ['no object', 'POST', '/version', {}, undefined],
  ])('%s', (_what, method, path, body, watched) => {
    const [call, described] = read(method, path, body);
    const found = verifier.watched(call, described, facts(1, 2));
    if (watched === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(watched);
  });

  it.each<[string, string, JsonObject | undefined, string | undefined]>([
    ['PATCH', `${APPS}/web/scale`, {}, `${APPS}/web`],
    ['DELETE', `${APPS}?labelSelector=app%3Dweb`, undefined, `${APPS}/`],
    ['POST', '/api/v1/namespaces/shop/configmaps', { metadata: { generateName: 'a' } }, undefined],
    ['POST', '/version', {}, undefined],
  ])('%s %s touches what it names (%#)', (method, path, body, touched) => {
    expect(verifier.touches(...read(method, path, body))).toBe(touched);
  });

  it.each<[UpstreamProbe['probe'], string, string, boolean]>([
    ['rollout', 'PATCH', `${APPS}/web`, true],
    ['rollout', 'PATCH', `${APPS}/web/scale`, true],
    ['rollout', 'PATCH', `${APPS}/web/status`, false],
    ['rollout', 'DELETE', `${APPS}/web`, false],
    ['rollout', 'PATCH', '/api/v1/namespaces/shop/configmaps/settings', false],
    ['absent', 'DELETE', `${APPS}/web`, true],
    ['absent', 'PATCH', `${APPS}/web`, false],
    ['exists', 'DELETE', `${APPS}/web`, false],
    ['exists', 'PATCH', `${APPS}/web`, true],
    ['condition', 'PATCH', `${APPS}/web`, true],
  ])('%s tells something of %s %s: %s', (probe, method, path, tells) => {
    const [call, described] = read(method, path, method === 'DELETE' ? undefined : {});
    const watched = verifier.watched(call, described, undefined);
    if (watched === undefined) throw new TypeError('it is about an object');
    const spec: UpstreamProbe = probe === 'condition' ? { probe, type: 'Ready', status: 'True' } : { probe };
    expect(verifier.applies(spec, described, watched)).toBe(tells);
  });
});

describe('a scaling is split', () => {
  it.each<[number, number, number, number | undefined]>([
    [2, 6, 0.25, 3],
    [2, 12, 0.25, 4],
    [6, 2, 0.25, 5],
    [2, 4, 0.25, 3],
    [2, 4, 1, 3],
    [10, 0, 0.5, 5],
    [0, 10, 0.05, 1],
    [2, 3, 0.25, undefined],
    [3, 2, 0.5, undefined],
  ])('from %i to %i, a share of %d first: %s', (from, to, share, first) => {
    const [call, described] = read('PATCH', `${APPS}/web/scale`, { spec: { replicas: to } });
    const step = verifier.canary(described, facts(from, to), share);
    expect(step).toEqual(first === undefined ? undefined : { from, first, to });
    if (step === undefined) return;
    const split = verifier.firstOf(call, described, step);
    expect(JSON.parse(Buffer.from(split.body).toString())).toEqual({ spec: { replicas: first } });
    expect([split.method, split.path, split.headers]).toEqual([call.method, call.path, call.headers]);
  });

  it('also where it comes as a whole scale, of which nothing else changes', () => {
    const whole = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'web', resourceVersion: '7' } };
    const body = { ...whole, spec: { replicas: 6 } };
    const [call, described] = read('PUT', `${APPS}/web/scale`, body);
    const step = verifier.canary(described, facts(2, 6), 0.25);
    if (step === undefined) throw new TypeError('it is split');
    const split = verifier.firstOf(call, described, step);
    expect(JSON.parse(Buffer.from(split.body).toString())).toEqual({ ...whole, spec: { replicas: 3 } });
  });

  const SIX = { spec: { replicas: 6 } };
  const PATCH = [{ op: 'replace', path: '/spec/replicas', value: 6 }];
  it.each<[string, ReturnType<typeof read>, Facts]>([
    ['a dry run of one', read('PATCH', `${APPS}/web/scale?dryRun=All`, SIX), facts(2, 6)],
    ['a JSON patch', read('PATCH', `${APPS}/web/scale`, PATCH, 'application/json-patch+json'), facts(2, 6)],
    ['a patch of the workload', read('PATCH', `${APPS}/web`, SIX), facts(2, 6)],
    [
      'what changes more',
      read('PATCH', `${APPS}/web/scale`, SIX),
      facts(2, 6, ['/spec/replicas', '/metadata/labels/a']),
    ],
    ['what changes nobody knows what', read('PATCH', `${APPS}/web/scale`, SIX), facts(2, 6, 'unknown')],
    ['what comes to something else than it asks for', read('PATCH', `${APPS}/web/scale`, SIX), facts(2, 5)],
    ['of a custom resource', read('PATCH', '/apis/a.b/v1/namespaces/shop/things/web/scale', SIX), facts(2, 6)],
  ])('but not %s', (_what, [, described], measured) => {
    expect(verifier.canary(described, measured, 0.25)).toBeUndefined();
  });
});

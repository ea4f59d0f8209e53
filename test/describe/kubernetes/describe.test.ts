import { describe, expect, it } from 'vitest';
import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import { wireCall } from '../wire-calls.ts';

const redactor = createRedactor(Buffer.alloc(32, 1));
const surface = createKubernetesSurface({ redactor });
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const MERGE = 'application/merge-patch+json';
const PATCH = 'application/json-patch+json';

type Call = Parameters<typeof wireCall>;
const read = (...call: Call) => surface.describe(wireCall(...call));

it('describes a patch as a whole', () => {
  const headers = { 'sallyport-reason': 'too slow', 'kubectl-session': '6ba7b810-9dad-11d1-80b4-00c04fd430c8' };
  const described = read('PATCH', `${WEB}/scale?fieldManager=kubectl&dryRun=All`, {
    body: { spec: { replicas: 3 } },
    type: MERGE,
    headers,
  });
  expect(described).toEqual({
    action: {
      name: 'kubernetes:deployments.apps/scale:patch',
      class: 'write',
      verb: 'patch',
      resource: 'deployments.apps/scale',
      riskDomain: 'performance',
      dryRun: true,
      args: { field_manager: 'kubectl', patch_type: 'merge', replicas: 3 },
    },
    target: { namespace: 'shop', name: 'web', account: 'none', region: 'none', tool: 'none' },
    body: 'read',
    digest: expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/),
    unreadable: undefined,
    path: `${WEB}/scale?fieldManager=kubectl&dryRun=All`,
    claims: expect.objectContaining({ reason: 'too slow', intent: 'unknown' }),
    group: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    request: {
      info: expect.objectContaining({ resource: 'deployments', subresource: 'scale', name: 'web' }),
      body: { spec: { replicas: 3 } },
      patchType: 'merge',
      labelSelector: '',
      fieldSelector: '',
      dryRun: true,
      deleteOptions: undefined,
      replicas: 3,
      clusterScoped: false,
    },
  });
});

it.each<[string, Call, string]>([
  ['an object', ['GET', WEB], 'kubernetes:deployments.apps:get'],
  ['a path', ['GET', '/version'], 'kubernetes:/version:get'],
  ['the root', ['HEAD', '/'], 'kubernetes:/:head'],
  ['a collection', ['DELETE', '/api/v1/pods'], 'kubernetes:pods:deletecollection'],
  ['a stream', ['POST', '/api/v1/namespaces/shop/pods/web/exec?command=sh'], 'kubernetes:pods/exec:connect'],
  ['a proxied read', ['GET', '/api/v1/nodes/n1/proxy/metrics'], 'kubernetes:nodes/proxy:connect'],
  ['a proxy in the path', ['GET', '/api/v1/proxy/nodes/n1/metrics'], 'kubernetes:nodes:connect'],
  ['a method without a verb', ['OPTIONS', '/api/v1/pods'], 'kubernetes:pods:unknown'],
  ['a path that ends too early', ['GET', '/api/v1/watch'], 'kubernetes:unknown:get'],
])('names %s', (_, call, name) => {
  expect(read(...call).action.name).toBe(name);
});

describe('the target', () => {
  it.each<[string, Call, string, string]>([
    ['an object', ['GET', WEB], 'shop', 'web'],
    ['a list', ['GET', '/api/v1/namespaces/shop/pods'], 'shop', '*'],
    [
      'a list that a selector narrows to one',
      ['GET', '/api/v1/namespaces/shop/pods?fieldSelector=metadata.name%3Dweb'],
      'shop',
      'web',
    ],
    ['a list over all namespaces', ['GET', '/api/v1/pods'], '*', '*'],
    ['a custom resource whose scope only the server knows', ['GET', '/apis/example.com/v1/things/t'], '*', 't'],
    ['what is outside namespaces', ['GET', '/api/v1/nodes/n1'], 'none', 'n1'],
    ['a list of namespaces', ['GET', '/api/v1/namespaces'], 'none', '*'],
    ['a namespace', ['DELETE', '/api/v1/namespaces/shop'], 'shop', 'shop'],
    ['a new namespace', ['POST', '/api/v1/namespaces', { body: { metadata: { name: 'new' } } }], 'new', 'new'],
    [
      'a new namespace that cannot be read',
      ['POST', '/api/v1/namespaces', { body: 'x', type: 'application/yaml' }],
      '*',
      '*',
    ],
    ['a new object', ['POST', '/api/v1/namespaces/shop/pods', { body: { metadata: { name: 'p' } } }], 'shop', 'p'],
    [
      'a new object with a generated name',
      ['POST', '/api/v1/namespaces/shop/pods', { body: { metadata: { generateName: 'p-' } } }],
      'shop',
      'none',
    ],
    ['a path that is no resource', ['GET', '/api/v1'], 'none', 'none'],
  ])('of %s', (_, call, namespace, name) => {
    expect(read(...call).target).toEqual({ namespace, name, account: 'none', region: 'none', tool: 'none' });
  });
});

describe('the arguments', () => {
  it.each<[string, Call, object]>([
    [
      'of a list',
      ['GET', '/api/v1/pods?labelSelector=app%3Dweb&fieldSelector=spec.nodeName%3Dn1&limit=500'],
      { label_selector: 'app=web', field_selector: 'spec.nodeName=n1' },
    ],
    [
      'of a log',
      ['GET', '/api/v1/namespaces/shop/pods/web/log?container=c&follow=true&previous=true'],
      { container: 'c', follow: 'true', previous: 'true' },
    ],
    [
      'of a delete',
      ['DELETE', WEB, { body: { propagationPolicy: 'Orphan', gracePeriodSeconds: 0 } }],
      { propagation_policy: 'Orphan', grace_period_seconds: 0 },
    ],
    ['of a collection', ['DELETE', '/api/v1/namespaces/shop/pods?labelSelector=a%3Db'], { label_selector: 'a=b' }],
    [
      'of exec',
      [
        'GET',
        '/api/v1/namespaces/shop/pods/web/exec?container=c&command=login&command=--password&command=x&stdin=true',
      ],
      { container: 'c', command: ['login', '--password', redactor.digest('x')], stdin: 'true' },
    ],
    ['of a proxy', ['GET', '/api/v1/namespaces/shop/services/web/proxy/admin/users'], { path: '/admin/users' }],
    [
      'of an apply',
      [
        'PATCH',
        `${WEB}?force=true&fieldManager=kubectl`,
        { body: { spec: { replicas: 2 } }, type: 'application/apply-patch+yaml' },
      ],
      { patch_type: 'apply', force: 'true', field_manager: 'kubectl', replicas: 2 },
    ],
    [
      'that are too long',
      ['GET', `/api/v1/pods?labelSelector=${'a'.repeat(300)}`],
      { label_selector: redactor.digest('a'.repeat(300)) },
    ],
    [
      'that are secret',
      ['GET', '/api/v1/pods?labelSelector=token%3Dabc'],
      { label_selector: `token=${redactor.digest('abc')}` },
    ],
    ['of a call that has none', ['GET', WEB], {}],
  ])('%s', (_, call, args) => {
    expect(read(...call).action.args).toEqual(args);
  });

  it('cut a long command', () => {
    const command = Array.from({ length: 40 }, (_, at) => `command=w${at}`).join('&');
    const { args } = read('GET', `/api/v1/namespaces/shop/pods/web/exec?${command}`).action;
    expect(args.command).toHaveLength(17);
  });

  it.each<[string, Call[2], number | 'unknown' | undefined]>([
    ['an update', { body: { spec: { replicas: 2 } } }, 2],
    ['no word of it', { body: { spec: {} }, type: MERGE }, undefined],
    ['null, which means the default', { body: { spec: { replicas: null } }, type: MERGE }, 'unknown'],
    ['a negative number', { body: { spec: { replicas: -1 } }, type: MERGE }, 'unknown'],
    ['a half', { body: { spec: { replicas: 1.5 } }, type: MERGE }, 'unknown'],
    ['a JSON patch', { body: [{ op: 'replace', path: '/spec/replicas', value: 4 }], type: PATCH }, 4],
    [
      'a JSON patch that only tests',
      { body: [{ op: 'test', path: '/spec/replicas', value: 4 }], type: PATCH },
      undefined,
    ],
    [
      'a JSON patch where the last word counts',
      {
        body: [
          { op: 'add', path: '/spec/replicas', value: 4 },
          { op: 'add', path: '/spec/replicas', value: 9 },
        ],
        type: PATCH,
      },
      9,
    ],
    [
      'a JSON patch that copies',
      { body: [{ op: 'copy', from: '/spec/minReadySeconds', path: '/spec/replicas' }], type: PATCH },
      'unknown',
    ],
    [
      'a JSON patch of the whole',
      { body: [{ op: 'replace', path: '/spec', value: { replicas: 4 } }], type: PATCH },
      'unknown',
    ],
  ])('replicas asked for by %s', (_, rest, replicas) => {
    const method = rest?.type === undefined ? 'PUT' : 'PATCH';
    expect(read(method, WEB, rest).request.replicas).toBe(replicas);
  });
});

describe('what cannot be judged', () => {
  it.each<[string, Call, string]>([
    [
      'a stream',
      ['GET', '/api/v1/namespaces/shop/pods/web/exec', { upgrade: 'websocket' }],
      'Streams (exec, attach, port-forward, proxied WebSockets) are not carried yet.',
    ],
    [
      'a stream without an upgrade',
      ['POST', '/api/v1/namespaces/shop/pods/web/attach'],
      'Streams (exec, attach, port-forward) are not carried yet.',
    ],
    [
      'a watch over a WebSocket',
      ['GET', '/api/v1/pods?watch=1', { upgrade: 'websocket' }],
      'Streams (exec, attach, port-forward, proxied WebSockets) are not carried yet.',
    ],
    [
      'a path that ends too early',
      ['GET', '/api/v1/proxy'],
      'The path cannot be read: the path ends after "proxy", where a resource should be.',
    ],
    ['a method without a verb', ['OPTIONS', '/api/v1/pods'], 'The API server does not serve this method on this path.'],
    [
      'a delete by a watch path',
      ['DELETE', '/api/v1/watch/namespaces/shop/pods/web'],
      'The API server does not serve this method on this path.',
    ],
    [
      'a node through a namespace',
      ['DELETE', '/api/v1/namespaces/shop/nodes/n1'],
      'nodes are outside namespaces, but the path names the namespace "shop".',
    ],
    [
      'a cluster role through a namespace',
      ['GET', '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/clusterroles/admin'],
      'clusterroles are outside namespaces, but the path names the namespace "shop".',
    ],
    [
      'a namespace through another',
      ['DELETE', '/api/v1/namespaces/shop/namespaces/prod'],
      'namespaces are outside namespaces, but the path names the namespace "shop".',
    ],
    [
      'a namespace with a word for a name',
      ['GET', '/api/v1/namespaces/none/pods'],
      'A namespace called "none" cannot be told from the word that the gate uses.',
    ],
    [
      'a namespace called *',
      ['GET', '/api/v1/namespaces/*/pods'],
      'A namespace called "*" cannot be told from the word that the gate uses.',
    ],
    [
      'an object called *',
      ['DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterroles/*'],
      'An object called "*" cannot be told from all objects.',
    ],
  ])('%s', (_, call, why) => {
    expect(read(...call).unreadable).toBe(why);
  });

  it.each<[string, Call]>([
    ['a namespace by its own path', ['GET', '/api/v1/namespaces/shop']],
    ['its status', ['GET', '/api/v1/namespaces/shop/status']],
    ['a proxied read', ['GET', '/api/v1/namespaces/shop/services/web/proxy/health']],
    ['a watch by path', ['GET', '/api/v1/watch/namespaces/shop/pods']],
  ])('but not %s', (_, call) => {
    expect(read(...call).unreadable).toBeUndefined();
  });
});

it('takes the bytes of one JSON value, however it is written, for one call', () => {
  const digestOf = (body: string) => read('PATCH', WEB, { body, type: MERGE }).digest;
  expect(digestOf('{"spec":{"a":1,"b":2}}')).toBe(digestOf(' { "spec" : {"b":2.0,"\\u0061":1} }'));
});

it.each([
  ['6ba7b810-9dad-11d1-80b4-00c04fd430c8', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
  ['short', 'unknown'],
  ['two words here', 'unknown'],
  ['a'.repeat(100), 'unknown'],
  [`AKIA${'ABCDEFGH'.repeat(2)}`, 'unknown'],
])('takes the session %j for the group %j', (session, group) => {
  expect(read('GET', WEB, { headers: { 'kubectl-session': session } }).group).toBe(group);
});

it('redacts names that are secrets, everywhere but in the request', () => {
  const name = `ghp_${'a1B2c3D4'.repeat(4)}`;
  const described = read('GET', `/api/v1/namespaces/shop/configmaps/${name}`);
  expect(described.target.name).toBe(redactor.digest(name));
  expect(described.path).toBe(`/api/v1/namespaces/shop/configmaps/${redactor.digest(name)}`);
  expect(described.request.info.name).toBe(name);
});

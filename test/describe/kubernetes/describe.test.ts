import { describe, expect, it } from 'vitest';
import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import { wireCall } from '../wire-calls.ts';

const redactor = createRedactor(Buffer.alloc(32, 1));
const surface = createKubernetesSurface({ redactor });
const POD = '/api/v1/namespaces/shop/pods/web';
const UPGRADE = { connection: 'Upgrade' };
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
    runsDry: true,
    patience: 'retries',
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
      { container: 'c', command: ['login', '--password', redactor.digest('x')], stdin: true },
    ],
    [
      'of attach, as the server reads them',
      ['POST', `${POD}/attach?stdin=&stdout=1&stderr=0&tty=FALSE`],
      { stdin: true, stdout: true, stderr: false, tty: false },
    ],
    [
      'of a port-forward that says its ports',
      [
        'GET',
        `${POD}/portforward?ports=80&ports=443`,
        { upgrade: 'websocket', headers: { 'sec-websocket-protocol': 'v4.channel.k8s.io' } },
      ],
      { ports: [80, 443] },
    ],
    [
      'of a port-forward that says them later, within SPDY',
      [
        'GET',
        `${POD}/portforward?ports=80`,
        { upgrade: 'websocket', headers: { 'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io' } },
      ],
      { ports: 'unknown' },
    ],
    [
      'of a port-forward over SPDY, which looks at no query',
      ['POST', `${POD}/portforward?ports=80`, { upgrade: 'spdy/3.1' }],
      { ports: 'unknown' },
    ],
    [
      'of a port-forward to what is no port',
      ['GET', `${POD}/portforward?ports=http`, { upgrade: 'websocket' }],
      { ports: 'unknown' },
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

it.each<[string, Call]>([
  ['exec by GET', ['GET', `${POD}/exec?command=sh`, { upgrade: 'websocket', headers: UPGRADE }]],
  ['exec by POST', ['POST', `${POD}/exec?command=sh`, { upgrade: 'spdy/3.1', headers: UPGRADE }]],
])('takes a stream for what it is, and says that it is one: %s', (_, call) => {
  const { action, target, body } = read(...call);
  expect({ action, target, body }).toMatchObject({
    action: {
      ...{ name: 'kubernetes:pods/exec:connect', class: 'connect', verb: 'connect', resource: 'pods/exec' },
      ...{ dryRun: false, args: { command: ['sh'] } },
    },
    target: { namespace: 'shop', name: 'web' },
    body: 'streamed',
  });
});

describe('what cannot be judged', () => {
  it.each<[string, Call, string]>([
    [
      'a stream without an upgrade',
      ['GET', `${POD}/exec?command=sh`],
      'Streams (exec, attach, port-forward) need an upgrade to WebSocket or SPDY/3.1.',
    ],
    [
      'a stream by POST without an upgrade',
      ['POST', `${POD}/attach`],
      'Streams (exec, attach, port-forward) need an upgrade to WebSocket or SPDY/3.1.',
    ],
    [
      'a watch over a WebSocket',
      ['GET', '/api/v1/pods?watch=1', { upgrade: 'websocket', headers: UPGRADE }],
      'Streams other than exec, attach, port-forward and proxies are not carried; watches and logs need no upgrade.',
    ],
    [
      'a stream by a path that the server has no more',
      ['GET', '/api/v1/proxy/namespaces/shop/pods/web', { upgrade: 'websocket', headers: UPGRADE }],
      'Streams other than exec, attach, port-forward and proxies are not carried; watches and logs need no upgrade.',
    ],
    [
      'a WebSocket by POST',
      ['POST', `${POD}/exec`, { upgrade: 'websocket', headers: UPGRADE }],
      'Streams are carried over WebSocket by GET and over SPDY/3.1, not by POST to "websocket".',
    ],
    [
      'an upgrade to something else',
      ['GET', `${POD}/proxy/`, { upgrade: 'h2c', headers: UPGRADE }],
      'Streams are carried over WebSocket by GET and over SPDY/3.1, not by GET to "h2c".',
    ],
    [
      'a choice of upgrades',
      ['GET', `${POD}/exec`, { upgrade: 'websocket, spdy/3.1', headers: UPGRADE }],
      'Streams are carried over WebSocket by GET and over SPDY/3.1, not by GET to "websocket, spdy/3.1".',
    ],
    [
      'a stream on a connection that is not to be upgraded',
      ['GET', `${POD}/exec`, { upgrade: 'websocket', headers: { connection: 'keep-alive' } }],
      'Streams need the connection upgraded, but there is no "Connection: Upgrade" beside the Upgrade header.',
    ],
    [
      'a stream that begins with a body',
      ['POST', `${POD}/exec`, { upgrade: 'spdy/3.1', headers: { ...UPGRADE, 'content-length': '5' } }],
      'Streams begin without a body, and this one has one.',
    ],
    [
      'a stream that begins with chunks',
      ['POST', `${POD}/exec`, { upgrade: 'spdy/3.1', headers: { ...UPGRADE, 'transfer-encoding': 'chunked' } }],
      'Streams begin without a body, and this one has one.',
    ],
    [
      'a node’s proxy through a namespace',
      ['GET', '/api/v1/namespaces/shop/nodes/n1/proxy/metrics'],
      'nodes are outside namespaces, but the path names the namespace "shop".',
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
    ['exec over a WebSocket', ['GET', `${POD}/exec`, { upgrade: 'websocket', headers: UPGRADE }]],
    [
      'exec over SPDY',
      [
        'POST',
        `${POD}/exec`,
        { upgrade: 'spdy/3.1', headers: { connection: 'keep-alive, upgrade', 'content-length': '0' } },
      ],
    ],
    ['a proxied WebSocket', ['GET', '/api/v1/nodes/n1/proxy/logs', { upgrade: 'websocket', headers: UPGRADE }]],
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

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/json.ts';
import { escalationsOf } from '../../../../src/measure/kubernetes/escalation/escalations.ts';

type Case = readonly [
  what: string,
  before: JsonObject | undefined,
  after: JsonObject,
  gives: readonly string[] | 'unknown',
];

function changed(resource: string, before: JsonObject | undefined, after: JsonObject) {
  return escalationsOf({ resource, verb: before === undefined ? 'create' : 'patch', before, after });
}

function expectCase(resource: string, [, before, after, gives]: Case): void {
  expect(changed(resource, before, after)).toEqual(gives);
}

const rules = (...list: readonly JsonObject[]): JsonObject => ({ rules: list });
const rule = (more: JsonObject = {}): JsonObject => ({ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...more });

describe('a role', () => {
  it.each<Case>([
    ['is new', undefined, rules(rule()), ['RBAC']],
    ['is new and empty', undefined, rules(), []],
    ['gets a verb', rules(rule()), rules(rule({ verbs: ['get', 'list'] })), ['RBAC']],
    ['loses a verb', rules(rule({ verbs: ['get', 'list'] })), rules(rule()), []],
    ['is split up', rules(rule({ verbs: ['get', 'list'] })), rules(rule(), rule({ verbs: ['list'] })), []],
    ['names what it had of all', rules(rule()), rules(rule({ resourceNames: ['web'] })), []],
    ['gets all of what it had by name', rules(rule({ resourceNames: ['web'] })), rules(rule()), ['RBAC']],
    ['gets a subresource', rules(rule()), rules(rule({ resources: ['pods/exec'] })), ['RBAC']],
    [
      'had the subresource of all',
      rules(rule({ resources: ['*/scale'] })),
      rules(rule({ resources: ['pods/scale'] })),
      [],
    ],
    ['gets every verb', rules(rule()), rules(rule({ verbs: ['*'] })), ['RBAC', 'RBAC root']],
    ['gets every resource', rules(rule()), rules(rule({ resources: ['*'] })), ['RBAC', 'RBAC root']],
    ['gets every group', rules(rule()), rules(rule({ apiGroups: ['*'] })), ['RBAC', 'RBAC root']],
    [
      'had everything',
      rules(rule({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] })),
      rules(rule({ verbs: ['escalate'] })),
      [],
    ],
    ['may bind', rules(rule()), rules(rule({ verbs: ['bind'] })), ['RBAC', 'RBAC root']],
    ['may escalate', rules(rule()), rules(rule({ verbs: ['escalate'] })), ['RBAC', 'RBAC root']],
    [
      'may impersonate',
      undefined,
      rules(rule({ resources: ['users'], verbs: ['impersonate'] })),
      ['RBAC', 'RBAC root'],
    ],
    ['gets a path', rules(), rules({ nonResourceURLs: ['/metrics'], verbs: ['get'] }), ['RBAC']],
    [
      'had the path',
      rules({ nonResourceURLs: ['/m*'], verbs: ['get'] }),
      rules({ nonResourceURLs: ['/metrics'], verbs: ['get'] }),
      [],
    ],
    ['gets every path', rules(), rules({ nonResourceURLs: ['*'], verbs: ['get'] }), ['RBAC', 'RBAC root']],
    ['gathers others', rules(), { aggregationRule: { clusterRoleSelectors: [{}] }, rules: [] }, ['RBAC', 'RBAC root']],
    [
      'is gathered',
      rules(rule()),
      { metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }, ...rules(rule()) },
      ['RBAC', 'RBAC root'],
    ],
    [
      'is gathered no more',
      { metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }, ...rules(rule()) },
      rules(rule()),
      [],
    ],
    ['is labelled', rules(rule()), { metadata: { labels: { a: 'b' } }, ...rules(rule()) }, []],
    ['cannot be read', rules(), { rules: [{ verbs: 'get' }] }, 'unknown'],
    ['says too much', rules(), rules(rule({ resources: many(300), verbs: many(300) })), 'unknown'],
  ])('%s', (...one) => {
    for (const kind of ['roles', 'clusterroles']) expectCase(`${kind}.rbac.authorization.k8s.io`, one);
  });
});

function many(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `r${index}`);
}

const binding = (role: string, ...names: readonly string[]): JsonObject => ({
  roleRef: { kind: 'ClusterRole', name: role },
  subjects: names.map((name) => ({ kind: 'Group', name })),
});

describe('a binding', () => {
  it.each<Case>([
    ['is new', undefined, binding('view', 'ops'), ['RBAC']],
    ['is new and binds nobody', undefined, binding('view'), []],
    ['gets a subject', binding('view', 'ops'), binding('view', 'ops', 'dev'), ['RBAC']],
    ['loses a subject', binding('view', 'ops', 'dev'), binding('view', 'ops'), []],
    ['is of another role', binding('view', 'ops'), binding('edit', 'ops'), ['RBAC']],
    ['makes administrators', undefined, binding('cluster-admin', 'ops'), ['RBAC', 'RBAC root']],
    ['is for whoever gets in', undefined, binding('view', 'system:authenticated'), ['RBAC', 'RBAC root']],
    [
      'is for strangers',
      binding('view', 'ops'),
      binding('view', 'ops', 'system:unauthenticated'),
      ['RBAC', 'RBAC root'],
    ],
    ['cannot be read', undefined, { roleRef: {}, subjects: 'ops' }, 'unknown'],
  ])('%s', (...one) => {
    for (const kind of ['rolebindings', 'clusterrolebindings']) expectCase(`${kind}.rbac.authorization.k8s.io`, one);
  });
});

const policy = (spec: JsonObject): JsonObject => ({ spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec } });
const from = (app: string) => ({ from: [{ podSelector: { matchLabels: { app } } }] });

describe('a network policy', () => {
  it.each<Case>([
    ['is new and closes all', undefined, policy({}), []],
    ['is new and lets some through', undefined, policy({ ingress: [from('web')] }), ['network policy']],
    [
      'lets more through',
      policy({ ingress: [from('web')] }),
      policy({ ingress: [from('web'), from('db')] }),
      ['network policy'],
    ],
    ['lets fewer through', policy({ ingress: [from('web'), from('db')] }), policy({ ingress: [from('db')] }), []],
    ['lets everybody through', policy({ ingress: [from('web')] }), policy({ ingress: [{}] }), ['network policy']],
    ['lets everybody through no more', policy({ ingress: [{}] }), policy({ ingress: [from('web')] }), []],
    [
      'opens a port',
      policy({ ingress: [{ ports: [{ port: 80 }] }] }),
      policy({ ingress: [{ ports: [{ port: 80 }, { port: 22 }] }] }),
      ['network policy'],
    ],
    [
      'closes a port',
      policy({ ingress: [{ ports: [{ port: 80 }, { port: 22 }] }] }),
      policy({ ingress: [{ ports: [{ port: 80 }] }] }),
      [],
    ],
    [
      'opens every port',
      policy({ ingress: [{ ports: [{ port: 80 }] }] }),
      policy({ ingress: [{}] }),
      ['network policy'],
    ],
    [
      'lets out',
      policy({}),
      policy({ policyTypes: ['Ingress', 'Egress'], egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }),
      ['network policy'],
    ],
    ['closes the way out too', policy({}), policy({ policyTypes: ['Ingress', 'Egress'] }), []],
    ['closes one way less', policy({ policyTypes: ['Ingress', 'Egress'] }), policy({}), ['network policy']],
    ['closes other pods', policy({}), policy({ podSelector: { matchLabels: { app: 'web' } } }), ['network policy']],
    [
      'is labelled',
      policy({ ingress: [from('web')] }),
      { metadata: { labels: { a: 'b' } }, ...policy({ ingress: [from('web')] }) },
      [],
    ],
    ['cannot be read', policy({}), policy({ ingress: {} }), 'unknown'],
  ])('%s', (...one) => expectCase('networkpolicies.networking.k8s.io', one));
});

const service = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  metadata,
  spec: { ports: [{ port: 80 }], ...spec },
});
const INTERNAL = 'service.beta.kubernetes.io/aws-load-balancer-internal';

describe('a service', () => {
  it.each<Case>([
    ['is new', undefined, service({ selector: { app: 'web' } }), []],
    ['is new and open', undefined, service({ type: 'LoadBalancer' }), ['exposure']],
    ['is opened on nodes', service({}), service({ type: 'NodePort' }), ['exposure']],
    ['is opened to the world', service({ type: 'NodePort' }), service({ type: 'LoadBalancer' }), ['exposure']],
    ['is closed', service({ type: 'LoadBalancer' }), service({ type: 'ClusterIP' }), []],
    [
      'opens another port',
      service({ type: 'NodePort' }),
      service({ type: 'NodePort', ports: [{ port: 80 }, { port: 22 }] }),
      ['exposure', 'traffic'],
    ],
    ['gets an address', service({}), service({ externalIPs: ['203.0.113.1'] }), ['exposure']],
    ['loses an address', service({ externalIPs: ['203.0.113.1'] }), service({}), []],
    [
      'leads out of the cluster',
      service({}),
      service({ type: 'ExternalName', externalName: 'bank.example' }),
      ['exposure', 'traffic'],
    ],
    [
      'is open to fewer',
      service({ type: 'LoadBalancer' }),
      service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      [],
    ],
    [
      'is open to all',
      service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      service({ type: 'LoadBalancer' }),
      ['exposure'],
    ],
    [
      'is internal no more',
      service({ type: 'LoadBalancer' }, { annotations: { [INTERNAL]: 'true' } }),
      service({ type: 'LoadBalancer' }),
      ['exposure'],
    ],
    ['leads to other pods', service({ selector: { app: 'web' } }), service({ selector: { app: 'evil' } }), ['traffic']],
    ['leads to another port', service({}), service({ ports: [{ port: 80, targetPort: 8080 }] }), ['traffic']],
    ['names its port', service({}), service({ ports: [{ port: 80, name: 'http' }] }), []],
    ['is labelled', service({}), service({}, { labels: { a: 'b' } }), []],
  ])('%s', (...one) => expectCase('services', one));
});

const ingress = (backend: string, ...paths: readonly string[]): JsonObject => ({
  spec: {
    rules: [
      {
        host: 'shop.example',
        http: { paths: paths.map((path) => ({ path, backend: { service: { name: backend } } })) },
      },
    ],
  },
});

describe('an ingress', () => {
  it.each<Case>([
    ['is new', undefined, ingress('web', '/'), ['exposure']],
    ['opens a path', ingress('web', '/'), ingress('web', '/', '/admin'), ['exposure', 'traffic']],
    ['closes a path', ingress('web', '/', '/admin'), ingress('web', '/'), []],
    ['leads elsewhere', ingress('web', '/'), ingress('evil', '/'), ['traffic']],
    [
      'asks nobody who they are any more',
      { metadata: { annotations: { 'nginx.ingress.kubernetes.io/auth-url': 'https://a' } }, ...ingress('web', '/') },
      ingress('web', '/'),
      ['exposure'],
    ],
    [
      'takes all that is left',
      ingress('web', '/'),
      { spec: { ...(ingress('web', '/').spec as JsonObject), defaultBackend: { service: { name: 'web' } } } },
      ['exposure', 'traffic'],
    ],
  ])('%s', (...one) => expectCase('ingresses.networking.k8s.io', one));
});

const namespace = (labels: JsonObject, annotations: JsonObject = {}): JsonObject => ({
  metadata: { labels, annotations },
});
const security = (standard: string, more: JsonObject = {}) =>
  namespace({ 'pod-security.kubernetes.io/enforce': standard, ...more });

describe('a namespace', () => {
  it.each<Case>([
    ['is new', undefined, namespace({ a: 'b' }), []],
    ['is new and open', undefined, security('privileged'), []],
    ['is held less tightly', security('restricted'), security('baseline'), ['pod security']],
    ['is held not at all', security('baseline'), security('privileged'), ['pod security']],
    ['is not held any more', security('restricted'), namespace({}), ['pod security']],
    ['is held more tightly', security('baseline'), security('restricted'), []],
    ['is held for the first time', namespace({}), security('restricted'), []],
    [
      'is held by another version',
      security('restricted'),
      security('restricted', { 'pod-security.kubernetes.io/enforce-version': 'v1.20' }),
      ['pod security'],
    ],
    ['is held by a word that nobody knows', security('restricted'), security('strict'), ['pod security']],
    ['warns less', namespace({ 'pod-security.kubernetes.io/warn': 'baseline' }), namespace({}), ['pod security']],
    ['gets a label', namespace({}), namespace({ 'istio-injection': 'disabled' }), ['namespace labels']],
    ['loses a label', namespace({ team: 'a' }), namespace({}), ['namespace labels']],
    ['gets a note', namespace({}), namespace({}, { note: 'hello' }), []],
    [
      'gets other nodes',
      namespace({}),
      namespace({}, { 'scheduler.alpha.kubernetes.io/node-selector': 'a=b' }),
      ['pod security'],
    ],
  ])('%s', (...one) => expectCase('namespaces', one));
});

const quota = (hard: JsonObject, more: JsonObject = {}): JsonObject => ({ spec: { hard, ...more } });

describe('a quota', () => {
  it.each<Case>([
    ['is new', undefined, quota({ pods: '1' }), []],
    ['is raised', quota({ cpu: '500m' }), quota({ cpu: '1' }), ['quota']],
    ['is lowered', quota({ memory: '1Gi' }), quota({ memory: '1000Mi' }), []],
    ['says the same in other words', quota({ cpu: '1' }), quota({ cpu: '1000m' }), []],
    ['is dropped for one', quota({ cpu: '1', pods: '1' }), quota({ cpu: '1' }), ['quota']],
    ['is set for one more', quota({ cpu: '1' }), quota({ cpu: '1', pods: '1' }), []],
    ['counts others', quota({ pods: '1' }), quota({ pods: '1' }, { scopes: ['BestEffort'] }), ['quota']],
    ['cannot be read', quota({ pods: '1' }), quota({ pods: 'few' }), ['quota']],
  ])('%s', (...one) => expectCase('resourcequotas', one));
});

describe('other kinds', () => {
  const TOKEN = { type: 'kubernetes.io/service-account-token' };
  const webhook = (url: string) => ({ webhooks: [{ name: 'w', clientConfig: { url } }] });
  const definition = (conversion: JsonObject) => ({ spec: { conversion, scope: 'Namespaced' } });
  const hook = (name: string) => ({ strategy: 'Webhook', webhook: { clientConfig: { service: { name } } } });
  const node = (spec: JsonObject, labels: JsonObject = {}) => ({ metadata: { labels }, spec });
  const TAINT = { key: 'dedicated', value: 'bank', effect: 'NoSchedule' };
  it.each<readonly [resource: string, ...of: Case]>([
    ['serviceaccounts', 'is new', undefined, {}, ['service account']],
    ['serviceaccounts', 'gives its token again', { automountServiceAccountToken: false }, {}, ['service account']],
    ['serviceaccounts', 'keeps its token', {}, { automountServiceAccountToken: false }, []],
    [
      'serviceaccounts',
      'gets a role of the cloud',
      {},
      { metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:x' } } },
      ['service account'],
    ],
    ['serviceaccounts', 'gets a secret to pull by', {}, { imagePullSecrets: [{ name: 'r' }] }, ['secret mounts']],
    ['serviceaccounts/token', 'is asked for', undefined, {}, ['credentials']],
    ['secrets', 'is a token', undefined, TOKEN, ['credentials']],
    ['secrets', 'is no token', undefined, { type: 'Opaque', data: { a: 'Yg==' } }, []],
    ['configmaps', 'is new', undefined, { metadata: { name: 'c', namespace: 'shop' }, data: { a: 'b' } }, []],
    [
      'configmaps',
      'is changed',
      { metadata: { name: 'c', namespace: 'shop' } },
      { metadata: { name: 'c', namespace: 'shop' }, data: { a: 'b' } },
      [],
    ],
    [
      'configmaps',
      'says who is believed',
      { metadata: { name: 'aws-auth', namespace: 'kube-system' } },
      { metadata: { name: 'aws-auth', namespace: 'kube-system' }, data: { mapRoles: 'x' } },
      ['RBAC'],
    ],
    [
      'configmaps',
      'is of that name elsewhere',
      undefined,
      { metadata: { name: 'aws-auth', namespace: 'shop' }, data: { mapRoles: 'x' } },
      [],
    ],
    [
      'configmaps',
      'is a root of trust',
      undefined,
      { metadata: { name: 'kube-root-ca.crt', namespace: 'shop' }, data: { 'ca.crt': 'x' } },
      ['credentials'],
    ],
    [
      'nodes',
      'is cordoned',
      node({}),
      node({ unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }),
      [],
    ],
    [
      'nodes',
      'is uncordoned',
      node({ unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }),
      node({}),
      [],
    ],
    ['nodes', 'is tainted', node({}), node({ taints: [TAINT] }), []],
    ['nodes', 'is untainted', node({ taints: [TAINT] }), node({}), ['node']],
    ['nodes', 'is labelled', node({}), node({}, { 'node-role.kubernetes.io/master': '' }), ['node']],
    ['persistentvolumeclaims', 'is new', undefined, { spec: { resources: { requests: { storage: '1Gi' } } } }, []],
    ['persistentvolumeclaims', 'names a volume', undefined, { spec: { volumeName: 'bank' } }, ['storage']],
    ['persistentvolumes', 'is a path of the node', undefined, { spec: { hostPath: { path: '/' } } }, ['host access']],
    [
      'persistentvolumes',
      'is of somebody else',
      { spec: { claimRef: { name: 'a' } } },
      { spec: { claimRef: { name: 'b' } } },
      ['storage'],
    ],
    [
      'persistentvolumes',
      'is kept',
      { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
      { spec: { persistentVolumeReclaimPolicy: 'Retain' } },
      [],
    ],
    [
      'endpointslices.discovery.k8s.io',
      'leads elsewhere',
      { endpoints: [{ addresses: ['10.0.0.1'] }] },
      { endpoints: [{ addresses: ['10.0.0.2'] }] },
      ['traffic'],
    ],
    ['priorityclasses.scheduling.k8s.io', 'is new', undefined, { value: 1000 }, ['priority']],
    [
      'certificatesigningrequests.certificates.k8s.io',
      'is asked for',
      undefined,
      { spec: { request: 'x' } },
      ['credentials'],
    ],
    ['certificatesigningrequests.certificates.k8s.io/approval', 'is approved', {}, {}, ['credentials']],
    ['customresourcedefinitions.apiextensions.k8s.io', 'is new', undefined, definition({ strategy: 'None' }), []],
    [
      'customresourcedefinitions.apiextensions.k8s.io',
      'has others convert',
      definition({ strategy: 'None' }),
      definition(hook('a')),
      ['webhook'],
    ],
    [
      'customresourcedefinitions.apiextensions.k8s.io',
      'has yet others convert',
      definition(hook('a')),
      definition(hook('b')),
      ['webhook'],
    ],
    ['apiservices.apiregistration.k8s.io', 'is new', undefined, { spec: { group: 'g' } }, ['API service']],
    [
      'validatingwebhookconfigurations.admissionregistration.k8s.io',
      'is new',
      undefined,
      webhook('https://a'),
      ['webhook'],
    ],
    [
      'mutatingwebhookconfigurations.admissionregistration.k8s.io',
      'calls another',
      webhook('https://a'),
      webhook('https://b'),
      ['webhook'],
    ],
    [
      'mutatingwebhookconfigurations.admissionregistration.k8s.io',
      'is labelled',
      webhook('https://a'),
      { metadata: { labels: { a: 'b' } }, ...webhook('https://a') },
      [],
    ],
    ['validatingadmissionpolicies.admissionregistration.k8s.io', 'is new', undefined, { spec: { a: 1 } }, ['webhook']],
    ['pods/binding', 'is bound', undefined, { target: { name: 'node-1' } }, ['node']],
    ['pods/eviction', 'is evicted', undefined, {}, []],
    ['deployments.apps/scale', 'is scaled', { spec: { replicas: 1 } }, { spec: { replicas: 9 } }, []],
    ['horizontalpodautoscalers.autoscaling', 'is new', undefined, { spec: { maxReplicas: 9 } }, []],
    ['things.example.com', 'is of nobody knows what kind', {}, {}, 'unknown'],
    ['deployments.apps/status', 'is said to be otherwise', {}, {}, 'unknown'],
    ['constructor', 'is called like a part of the language', {}, {}, 'unknown'],
  ])('%s %s', (resource, ...one) => expectCase(resource, one));

  it.each([
    ['networkpolicies.networking.k8s.io', ['network policy']],
    ['resourcequotas', ['quota']],
    ['limitranges', ['quota']],
    ['validatingwebhookconfigurations.admissionregistration.k8s.io', ['webhook']],
    ['mutatingadmissionpolicybindings.admissionregistration.k8s.io', ['webhook']],
    ['services', []],
    ['rolebindings.rbac.authorization.k8s.io', []],
    ['namespaces', []],
    ['configmaps', []],
    ['things.example.com', 'unknown'],
  ])('whose removal opens something: %s', (resource, gives) => {
    for (const verb of ['delete', 'deletecollection'])
      expect(escalationsOf({ resource, verb, before: undefined, after: undefined })).toEqual(gives);
  });

  it('of which nobody can say what becomes of them are unknown', () => {
    expect(escalationsOf({ resource: 'pods', verb: 'patch', before: {}, after: undefined })).toBe('unknown');
  });
});

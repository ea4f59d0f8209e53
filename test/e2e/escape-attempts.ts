import type { Json, JsonObject } from '../../src/json.ts';
import { PATCHES, type Sent } from './judged-call.ts';
import { configMap, container, deployment, inNamespace, pod } from './twin-objects.ts';

/** A namespace of production, and one that the agents may write in. */
export const [PROD, DEV] = ['escape-prod', 'escape-dev'];
export const ENVIRONMENT = 'sallyport.dev/environment';

const POINTER = `/metadata/labels/${ENVIRONMENT.replace('/', '~1')}`;
const core = (namespace: string) => `/api/v1/namespaces/${namespace}`;
const apps = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}`;
const is = (environment: string | null) => ({ [ENVIRONMENT]: environment });

/** A pod template whose pods say that they are production. */
const template = (environment: string) => ({
  template: { metadata: { labels: { app: 'marked', ...is(environment) } }, spec: { containers: [container()] } },
});

/** What there is; in `escape-dev` too some objects are of production, because they say so. */
export const SEEDS: readonly JsonObject[] = [
  inNamespace(PROD, configMap('ledger')),
  inNamespace(PROD, configMap('pretender', { labels: is('dev') })),
  inNamespace(PROD, deployment('web')),
  inNamespace(DEV, configMap('plain')),
  inNamespace(DEV, configMap('marked', { labels: { ...is('prod'), other: 'x' } })),
  inNamespace(DEV, deployment('marked', { spec: template('prod') })),
  inNamespace(DEV, pod('marked', is('prod'))),
];

const patch = (path: string, body: Json, type: string): Sent => ({ method: 'PATCH', path, body, type });
const marked = `${core(DEV)}/configmaps/marked`;
const plain = `${core(DEV)}/configmaps/plain`;
const web = `${apps(DEV)}/deployments/marked`;
const full = (namespace: string, object: JsonObject) => inNamespace(namespace, object);
const namespaceObject = (name: string, environment: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: is(environment) },
});
const finalized = { ...namespaceObject(PROD, 'dev'), spec: { finalizers: ['kubernetes'] } };

/** Changes of what the gate judges by; each is a write that the API server itself would take. */
export const RELABELLINGS: readonly (readonly [how: string, sent: Sent])[] = [
  ['a merge patch takes the label away', patch(marked, { metadata: { labels: is(null) } }, PATCHES.merge)],
  ['a merge patch takes all labels away', patch(marked, { metadata: { labels: null } }, PATCHES.merge)],
  ['a strategic patch changes it', patch(marked, { metadata: { labels: is('dev') } }, PATCHES.strategic)],
  [
    'a strategic patch replaces the labels',
    patch(marked, { metadata: { labels: { $patch: 'replace', other: 'x' } } }, PATCHES.strategic),
  ],
  ['a JSON patch removes it', patch(marked, [{ op: 'remove', path: POINTER }], PATCHES.json)],
  ['a JSON patch replaces it', patch(marked, [{ op: 'replace', path: POINTER, value: 'dev' }], PATCHES.json)],
  [
    'a JSON patch moves it away',
    patch(marked, [{ op: 'move', from: POINTER, path: '/metadata/labels/was' }], PATCHES.json),
  ],
  [
    'a JSON patch copies another over it',
    patch(marked, [{ op: 'copy', from: '/metadata/labels/other', path: POINTER }], PATCHES.json),
  ],
  [
    'a JSON patch replaces all labels',
    patch(marked, [{ op: 'replace', path: '/metadata/labels', value: {} }], PATCHES.json),
  ],
  ['a PUT leaves it out', { method: 'PUT', path: marked, body: full(DEV, configMap('marked')) }],
  [
    'an apply takes it over',
    patch(`${marked}?fieldManager=me&force=true`, full(DEV, configMap('marked', { labels: is('dev') })), PATCHES.apply),
  ],
  ['a merge patch adds one', patch(plain, { metadata: { labels: is('staging') } }, PATCHES.merge)],
  ['a merge patch adds one that is stricter', patch(plain, { metadata: { labels: is('prod') } }, PATCHES.merge)],
  [
    'another label that facts are read from',
    patch(plain, { metadata: { labels: { 'sallyport.dev/team': 'me' } } }, PATCHES.merge),
  ],
  [
    'in production, a label that says dev',
    patch(`${core(PROD)}/configmaps/ledger`, { metadata: { labels: is('dev') } }, PATCHES.merge),
  ],
  [
    'the pods of a deployment lose it',
    patch(web, { spec: { template: { metadata: { labels: is(null) } } } }, PATCHES.strategic),
  ],
  ['the pods of a deployment change it', patch(web, { spec: template('dev') }, PATCHES.merge)],
  [
    'a PUT of the deployment',
    { method: 'PUT', path: web, body: full(DEV, deployment('marked', { spec: template('dev') })) },
  ],
  [
    'by the status of a pod',
    patch(`${core(DEV)}/pods/marked/status`, { metadata: { labels: is('dev') } }, PATCHES.merge),
  ],
  [
    'by the binding of a pod',
    {
      method: 'POST',
      path: `${core(DEV)}/pods/marked/binding`,
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'marked', labels: is('dev') },
        target: { kind: 'Node', name: 'nowhere' },
      },
    },
  ],
  ['a namespace is patched', patch(core(PROD), { metadata: { labels: is('dev') } }, PATCHES.merge)],
  ['a namespace loses the label', patch(core(PROD), [{ op: 'remove', path: POINTER }], PATCHES.json)],
  ['a namespace it may write in', patch(core(DEV), { metadata: { labels: is('test') } }, PATCHES.strategic)],
  ['a namespace is PUT', { method: 'PUT', path: core(PROD), body: namespaceObject(PROD, 'dev') }],
  [
    'a namespace is applied',
    patch(`${core(PROD)}?fieldManager=me&force=true`, namespaceObject(PROD, 'dev'), PATCHES.apply),
  ],
  ['by the status of a namespace', patch(`${core(PROD)}/status`, { metadata: { labels: is('dev') } }, PATCHES.merge)],
  ['by the finalizers of a namespace', { method: 'PUT', path: `${core(PROD)}/finalize`, body: finalized }],
];

/** New objects that say that they are somewhere else than where they are put. */
export const MAKINGS: readonly (readonly [how: string, sent: Sent])[] = [
  [
    'a config map of dev in production',
    { method: 'POST', path: `${core(PROD)}/configmaps`, body: configMap('new', { labels: is('dev') }) },
  ],
  [
    'a config map of staging in dev',
    { method: 'POST', path: `${core(DEV)}/configmaps`, body: configMap('new', { labels: is('staging') }) },
  ],
  [
    'a config map by apply',
    patch(
      `${core(DEV)}/configmaps/new?fieldManager=me`,
      full(DEV, configMap('new', { labels: is('staging') })),
      PATCHES.apply,
    ),
  ],
  [
    'a deployment whose pods say so',
    {
      method: 'POST',
      path: `${apps(PROD)}/deployments`,
      body: deployment('new', { spec: { ...template('dev'), selector: { matchLabels: { app: 'marked' } } } }),
    },
  ],
  ['a pod', { method: 'POST', path: `${core(PROD)}/pods`, body: pod('new', is('dev')) }],
  ['a namespace', { method: 'POST', path: '/api/v1/namespaces', body: namespaceObject('escape-new', 'dev') }],
  [
    'a namespace by apply',
    patch('/api/v1/namespaces/escape-new?fieldManager=me', namespaceObject('escape-new', 'dev'), PATCHES.apply),
  ],
];

const RBAC = 'rbac.authorization.k8s.io';
const rbac = (kind: string, more: JsonObject): JsonObject => ({
  apiVersion: `${RBAC}/v1`,
  kind,
  metadata: { name: 'escape' },
  ...more,
});
const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' };
const subjects = [{ apiGroup: RBAC, kind: 'Group', name: 'sallyport:agents' }];
const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];

/** Ways to be given more by the cluster: what the gate answers with, and by which rule. */
export const POWERS: readonly (readonly [how: string, sent: Sent, rule: string])[] = [
  [
    'binding itself to a role',
    {
      method: 'POST',
      path: `/apis/${RBAC}/v1/clusterrolebindings`,
      body: rbac('ClusterRoleBinding', { roleRef, subjects }),
    },
    'authority/reserved',
  ],
  [
    'binding itself in a namespace',
    {
      method: 'POST',
      path: `/apis/${RBAC}/v1/namespaces/${DEV}/rolebindings`,
      body: rbac('RoleBinding', { roleRef, subjects }),
    },
    'authority/reserved',
  ],
  [
    'widening its role',
    patch(`/apis/${RBAC}/v1/clusterroles/sallyport-agents`, { rules }, PATCHES.merge),
    'authority/reserved',
  ],
  [
    'deleting a binding',
    { method: 'DELETE', path: `/apis/${RBAC}/v1/clusterrolebindings/sallyport-agents` },
    'authority/reserved',
  ],
  [
    'a token of a service account',
    {
      method: 'POST',
      path: `${core(DEV)}/serviceaccounts/default/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } },
    },
    'authority/credentials',
  ],
  [
    'a token of a service account, as a dry run',
    {
      method: 'POST',
      path: `${core(DEV)}/serviceaccounts/default/token?dryRun=All`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } },
    },
    'authority/credentials',
  ],
  [
    'a secret that becomes a token',
    {
      method: 'POST',
      path: `${core(DEV)}/secrets`,
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/service-account-token',
        metadata: { name: 'new', annotations: { 'kubernetes.io/service-account.name': 'default' } },
      },
    },
    'authority/credentials',
  ],
  [
    'a signing request',
    {
      method: 'POST',
      path: '/apis/certificates.k8s.io/v1/certificatesigningrequests',
      body: {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'escape' },
        spec: { request: 'LS0t', signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
      },
    },
    'authority/credentials',
  ],
  [
    'a webhook that changes what is written',
    {
      method: 'POST',
      path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
      body: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'escape' },
        webhooks: [],
      },
    },
    'authority/reserved',
  ],
];

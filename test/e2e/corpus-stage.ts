import type { IncomingHttpHeaders } from 'node:http';
import { type Agent, request } from 'node:https';
import type { JsonObject } from '../../src/json.ts';
import type { Lab } from '../lab/lab.ts';
import { admin, apply, makeNamespace } from './cluster-gate.ts';
import { headersOf, type Written } from './corpus-table.ts';
import { configMap, deployment, inNamespace, pod } from './twin-objects.ts';

const PLACE = 'corpus';
const GROUP = 'corpus.example';

/** Puts up what the calls of the corpus are about. What they name beside it does not exist. */
export async function setCorpusStage(lab: Lab): Promise<void> {
  await makeNamespace(lab, PLACE, 'dev');
  await apply(lab, ...DEFINITIONS);
  await admin(lab, [
    'wait',
    '--for=condition=Established',
    ...['widgets', 'gadgets'].map((name) => `crd/${name}.${GROUP}`),
  ]);
  await apply(lab, ...OBJECTS.map((one) => inNamespace(PLACE, one)), { ...custom('Gadget', 'g') });
}

/** Takes it away; an API whose server is away would keep other namespaces from being deleted. */
export async function clearCorpusStage(lab: Lab): Promise<void> {
  const definitions = DEFINITIONS.map(
    ({ kind, metadata }) => `${String(kind)}/${String((metadata as JsonObject).name)}`,
  );
  const namespaces = [PLACE, 'corpus-new'].map((name) => `namespace/${name}`);
  await admin(lab, ['delete', '--ignore-not-found', '--wait=false', ...definitions, ...namespaces]);
}

/** Sends a call as it is written, past Node's own reading of paths, and tells the headers of the answer. */
export function sendAsWritten(
  agent: Agent,
  base: string,
  call: Written,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly headers: IncomingHttpHeaders }> {
  const { method, path, body } = call;
  const { hostname, port, pathname } = new URL(base);
  const prefix = pathname === '/' ? '' : pathname;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const sent = { ...headers, ...headersOf(call), ...length };
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, path: prefix + path, method, agent, headers: sent });
    sending.once('error', reject);
    sending.once('upgrade', (answer, socket) => {
      socket.destroy();
      resolve(answer);
    });
    sending.once('response', (answer) => {
      answer
        .once('error', reject)
        .once('end', () => resolve(answer))
        .resume();
      // A stream may end when it likes; the server has logged by now that it began.
      if (answer.headers['content-length'] !== undefined || !STREAMS.test(path)) return;
      resolve(answer);
      sending.destroy();
    });
    sending.end(body);
  });
}

const STREAMS = /\/watch\/|[?&](?:w%61tch|watch|follow)\b/;

const definition = (plural: string, kind: string, scope: string): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${GROUP}` },
  spec: {
    group: GROUP,
    scope,
    names: { plural, kind },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
      },
    ],
  },
});

const RBAC = 'rbac.authorization.k8s.io';

/** The kinds, an API whose server is away, and the right to both. */
const DEFINITIONS: readonly JsonObject[] = [
  definition('widgets', 'Widget', 'Namespaced'),
  definition('gadgets', 'Gadget', 'Cluster'),
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1.away.${GROUP}` },
    spec: {
      group: `away.${GROUP}`,
      version: 'v1',
      groupPriorityMinimum: 1000,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { namespace: PLACE, name: 'nowhere' },
    },
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'corpus-agents' },
    rules: [{ apiGroups: [GROUP], resources: ['*'], verbs: ['*'] }],
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'corpus-agents' },
    subjects: [{ kind: 'Group', name: 'sallyport:agents', apiGroup: RBAC }],
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'corpus-agents' },
  },
];

const custom = (kind: string, name: string): JsonObject => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { name },
  spec: { replicas: 0 },
});

const OBJECTS: readonly JsonObject[] = [
  configMap('one'),
  configMap('gone-1'),
  configMap('gone-2'),
  configMap('gone-3'),
  configMap('gone-4'),
  configMap('gone-5', { labels: { gone: 'yes' } }),
  deployment('web'),
  pod('loner'),
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'front' }, spec: { ports: [{ port: 80 }] } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, stringData: { word: 'xyzzy' } },
  custom('Widget', 'w'),
];

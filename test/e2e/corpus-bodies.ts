import { encode } from 'cborg';
import type { Json, JsonObject } from '../../src/json.ts';
import { configMap, deployment, pod } from './twin-objects.ts';

/** Content types by the short names that the corpus gives them. */
export const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['json', 'application/json-patch+json'],
  ['merge', 'application/merge-patch+json'],
  ['strategic', 'application/strategic-merge-patch+json'],
  ['apply', 'application/apply-patch+yaml'],
]);

/** A body by the name that the corpus has for it. @throws Error when there is none of that name */
export function bodyNamed(words: string): string | Buffer {
  const [name = '', argument = ''] = words.split(/:(.*)/s);
  const make = BODIES.get(name);
  if (make === undefined) throw new Error(`the corpus has no body called ${name}`);
  const made = make(argument);
  return typeof made === 'string' || Buffer.isBuffer(made) ? made : JSON.stringify(made);
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const AUTHORIZATION = 'authorization.k8s.io/v1';
const AUTHENTICATION = 'authentication.k8s.io/v1';

/** Text and bytes are sent as they are, anything else as JSON. */
type Make = (argument: string) => JsonObject | readonly Json[] | string | Buffer;

const BODIES: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['configMap', (name) => configMap(name)],
  ['placed', (name) => inPlace('corpus', name)],
  ['misplaced', (name) => inPlace('elsewhere', name)],
  ['generated', (generateName) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName } })],
  ['pod', (name) => pod(name)],
  ['service', (name) => ({ ...object('v1', 'Service', name), spec: { ports: [{ port: 80 }] } })],
  ['secret', (name) => ({ ...object('v1', 'Secret', name), stringData: { word: 'xyzzy' } })],
  [
    'quota',
    (name) => ({ ...object('v1', 'ResourceQuota', name), spec: { hard: { 'count/widgets.corpus.example': '9' } } }),
  ],
  ['event', (name) => ({ ...object('v1', 'Event', name), involvedObject: { namespace: 'corpus' }, reason: 'Tested' })],
  ['deployment', (name) => deployment(name)],
  ['job', (name) => ({ ...object('batch/v1', 'Job', name), spec: { suspend: true, template: { spec: JOB } } })],
  ['budget', (name) => ({ ...object('policy/v1', 'PodDisruptionBudget', name), spec: { maxUnavailable: 1 } })],
  [
    'networkPolicy',
    (name) => ({ ...object('networking.k8s.io/v1', 'NetworkPolicy', name), spec: { podSelector: {} } }),
  ],
  ['role', (name) => ({ ...object(RBAC, 'Role', name), rules: [] })],
  ['widget', (name) => object('corpus.example/v1', 'Widget', name)],
  ['gadget', (name) => object('corpus.example/v1', 'Gadget', name)],
  [
    'object',
    (argument) => {
      const [kind = '', name = ''] = argument.split(',');
      return object('v1', kind, name);
    },
  ],
  ['labelled', () => ({ metadata: { labels: { corpus: 'yes' } } })],
  ['colour', (colour) => ({ data: { colour } })],
  ['jsonPatch', () => [{ op: 'add', path: '/data/shape', value: 'round' }]],
  ['replicas', () => ({ spec: { replicas: 0 } })],
  [
    'scale',
    (name) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name, namespace: 'corpus' }, spec: {} }),
  ],
  ['deleteOptions', (propagationPolicy) => ({ ...DELETE, propagationPolicy })],
  ['dryDelete', () => ({ ...DELETE, dryRun: ['All'] })],
  ['eviction', (name) => object('policy/v1', 'Eviction', name)],
  ['binding', (name) => ({ ...object('v1', 'Binding', name), target: { apiVersion: 'v1', kind: 'Node', name: 'n1' } })],
  ['tokenRequest', () => ({ apiVersion: AUTHENTICATION, kind: 'TokenRequest', spec: { expirationSeconds: 600 } })],
  ['tokenReview', () => ({ apiVersion: AUTHENTICATION, kind: 'TokenReview', spec: { token: 'x.y.z' } })],
  ['whoami', () => ({ apiVersion: AUTHENTICATION, kind: 'SelfSubjectReview' })],
  ['rules', () => ({ apiVersion: AUTHORIZATION, kind: 'SelfSubjectRulesReview', spec: { namespace: 'corpus' } })],
  ['review', (kind) => ({ apiVersion: AUTHORIZATION, kind, spec: { resourceAttributes: LOOK, ...asked(kind) } })],
  [
    'signing',
    (name) => ({
      ...object('certificates.k8s.io/v1', 'CertificateSigningRequest', name),
      spec: { request: '', signerName: 'corpus.example/signer', usages: ['client auth'] },
    }),
  ],
  ['broken', () => '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}'],
  ['yaml', (name) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`],
  ['protobuf', (name) => protobuf(name)],
  // RFC 8949: after the tag 55799 that Kubernetes asks for.
  ['cbor', (name) => Buffer.concat([Buffer.from('d9d9f7', 'hex'), encode(configMap(name))])],
]);

const DELETE = { apiVersion: 'v1', kind: 'DeleteOptions' };
const LOOK = { namespace: 'corpus', verb: 'get', resource: 'pods' };
const JOB = { restartPolicy: 'Never', containers: [{ name: 'work', image: 'example.invalid/work:1' }] };

function object(apiVersion: string, kind: string, name: string): JsonObject {
  return { apiVersion, kind, metadata: { name } };
}

function inPlace(namespace: string, name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
}

function asked(kind: string): JsonObject {
  return kind === 'SelfSubjectAccessReview' ? {} : { user: 'somebody' };
}

/** A config map as kubectl sends it: `k8s\0`, then runtime.Unknown around the object; every length is below 128. */
function protobuf(name: string): Buffer {
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.of((number << 3) | 2, content.length), content]);
  const metadata = field(1, field(1, Buffer.from(name)));
  const typeMeta = field(1, Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from('ConfigMap'))]));
  return Buffer.concat([Buffer.from('k8s\0'), typeMeta, field(2, metadata)]);
}

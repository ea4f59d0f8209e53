import { gzipSync } from 'node:zlib';
import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import { wireCall } from '../wire-calls.ts';
import { field, message, protobuf } from './protobuf/encode.ts';

const surface = createKubernetesSurface({ redactor: createRedactor(Buffer.alloc(32, 1)) });
const MAPS = '/api/v1/namespaces/shop/configmaps';
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
const MERGE = 'application/merge-patch+json';
const PATCH = 'application/json-patch+json';
const APPLY = 'application/apply-patch+yaml';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

type Call = Parameters<typeof wireCall>;
const read = (...call: Call) => surface.describe(wireCall(...call));

describe('a body that is read', () => {
  it.each<[string, Call]>([
    ['create', ['POST', MAPS, { body: MAP }]],
    ['create with a charset', ['POST', MAPS, { body: MAP, type: 'application/json; charset=UTF-8' }]],
    ['create in capitals, as the server allows', ['POST', MAPS, { body: MAP, type: 'Application/JSON' }]],
    ['create without kind and version, which default', ['POST', MAPS, { body: { metadata: { name: 'c' } } }]],
    ['create with a generated name', ['POST', MAPS, { body: { ...MAP, metadata: { generateName: 'c-' } } }]],
    ['create in its own namespace', ['POST', MAPS, { body: { ...MAP, metadata: { name: 'c', namespace: 'shop' } } }]],
    ['update', ['PUT', `${MAPS}/c`, { body: MAP }]],
    ['merge patch', ['PATCH', WEB, { body: { spec: { replicas: 2 } }, type: MERGE }]],
    ['strategic merge patch', ['PATCH', WEB, { body: { spec: {} }, type: 'application/strategic-merge-patch+json' }]],
    ['JSON patch', ['PATCH', WEB, { body: [{ op: 'remove', path: '/spec/paused' }], type: PATCH }]],
    ['server-side apply in JSON', ['PATCH', `${MAPS}/c`, { body: MAP, type: APPLY }]],
    [
      'scale',
      ['PUT', `${WEB}/scale`, { body: { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 3 } } }],
    ],
    [
      'eviction',
      [
        'POST',
        '/api/v1/namespaces/shop/pods/web/eviction',
        { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web' } } },
      ],
    ],
    [
      'a custom resource, whose kind only the server knows',
      [
        'POST',
        '/apis/example.com/v1/things',
        { body: { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 't' } } },
      ],
    ],
    ['options of a delete', ['DELETE', `${MAPS}/c`, { body: { apiVersion: 'v1', kind: 'DeleteOptions' } }]],
    ['create in YAML', ['POST', MAPS, { body: 'metadata:\n  name: c\n', type: 'application/yaml' }]],
    ['create in CBOR', ['POST', MAPS, { body: encode(MAP), type: 'application/cbor' }]],
    ['server-side apply in YAML', ['PATCH', `${MAPS}/c`, { body: 'metadata:\n  name: c\n', type: APPLY }]],
    ['server-side apply in CBOR', ['PATCH', `${MAPS}/c`, { body: encode(MAP), type: 'application/apply-patch+cbor' }]],
    ['options of a delete in YAML', ['DELETE', `${MAPS}/c`, { body: 'dryRun: [All]\n', type: 'application/yaml' }]],
    ['create in protobuf', ['POST', MAPS, { body: protobuf('v1', 'ConfigMap', message([1, 'c'])), type: PROTOBUF }]],
    [
      'options of a delete in protobuf',
      ['DELETE', `${MAPS}/c`, { body: protobuf('apps/v1', 'DeleteOptions', field(1, 30)), type: PROTOBUF }],
    ],
    [
      'options of a delete without a type, which default to JSON',
      ['DELETE', `${MAPS}/c`, { body: '{"propagationPolicy":"Orphan"}' }],
    ],
  ])('%s', (_, call) => {
    expect(read(...call)).toMatchObject({ body: 'read', unreadable: undefined });
  });
});

const NOT_YET = 'which cannot be read';
const USE_JSON = 'use application/json.';

const PODS = '/api/v1/namespaces/shop/pods';
const REVIEWS = 'authorization.k8s.io/v1';

describe('what a client sends to a subresource or a review, in each encoding', () => {
  it.each<[string, string, string, string, Buffer, object]>([
    [
      'an eviction',
      `${PODS}/web/eviction`,
      'policy/v1',
      'Eviction',
      message([1, 'web']),
      { metadata: { name: 'web' } },
    ],
    ['a binding', `${PODS}/web/binding`, 'v1', 'Binding', field(2, field(3, 'node-1')), { target: { name: 'node-1' } }],
    [
      'a token request',
      '/api/v1/namespaces/shop/serviceaccounts/web/token',
      'authentication.k8s.io/v1',
      'TokenRequest',
      field(2, field(4, 600)),
      { spec: { audiences: null, expirationSeconds: 600, boundObjectRef: null } },
    ],
    [
      'an access review',
      `/apis/${REVIEWS}/selfsubjectaccessreviews`,
      REVIEWS,
      'SelfSubjectAccessReview',
      field(2, message([1, 'shop'], [2, 'delete'])),
      { spec: { resourceAttributes: { namespace: 'shop', verb: 'delete' } } },
    ],
    ['a scale', `${WEB}/scale`, 'autoscaling/v1', 'Scale', field(2, field(1, 3)), { spec: { replicas: 3 } }],
  ])('%s', (_, path, apiVersion, kind, fields, value) => {
    const method = path.endsWith('/scale') ? 'PUT' : 'POST';
    const object = { apiVersion, kind, ...value };
    const bodies: readonly (readonly [string, string | Uint8Array])[] = [
      [PROTOBUF, protobuf(apiVersion, kind, fields)],
      ['application/json', JSON.stringify(object)],
      ['application/yaml', JSON.stringify(object)],
      ['application/cbor', encode(object)],
    ];
    const described = bodies.map(([type, body]) => read(method, path, { body, type }));
    for (const each of described) {
      expect(each).toMatchObject({ body: 'read', unreadable: undefined, request: { body: object } });
      expect([each.action, each.target]).toEqual([described[0]?.action, described[0]?.target]);
    }
    // And none of them may be of another kind.
    expect(read(method, path, { body: protobuf('v1', 'Secret', fields), type: PROTOBUF })).toMatchObject({
      body: 'unreadable',
    });
  });

  it('a scale that leaves the replicas out asks for none, as the server reads it', () => {
    const body = protobuf('autoscaling/v1', 'Scale', field(2, field(1, 0)));
    expect(read('PUT', `${WEB}/scale`, { body, type: PROTOBUF }).action.args).toEqual({ replicas: 0 });
    expect(read('PUT', `${WEB}/scale`, { body: { spec: {} } }).action.args).toEqual({ replicas: 0 });
  });
});

const OPTIONS = { gracePeriodSeconds: 30, dryRun: ['All'] };
const PROTOBUF_OPTIONS = protobuf('v1', 'DeleteOptions', field(1, 30), field(5, 'All'));

it.each<[string, string, string | Uint8Array]>([
  ['protobuf', PROTOBUF, PROTOBUF_OPTIONS],
  ['CBOR', 'application/cbor', encode(OPTIONS)],
  ['YAML', 'application/yaml', 'gracePeriodSeconds: 30\ndryRun: ["All"]\n'],
])('options of a delete in %s say the same as in JSON, by another digest', (_, type, body) => {
  const other = read('DELETE', `${MAPS}/c`, { body, type });
  const json = read('DELETE', `${MAPS}/c`, { body: OPTIONS });
  expect(other.request.deleteOptions).toEqual(json.request.deleteOptions);
  expect(other.action).toEqual(json.action);
  expect(other.digest).not.toBe(json.digest);
});

describe('a body that cannot be read', () => {
  it.each<[string, Call, string]>([
    [
      'protobuf',
      ['POST', MAPS, { body: 'k8s\0', type: PROTOBUF }],
      'The protobuf cannot be read: the gate knows no kind "" of apiVersion "".',
    ],
    [
      'YAML',
      ['POST', MAPS, { body: 'a: yes', type: 'application/yaml' }],
      'The YAML cannot be read at line 1: a text without quotes is a truth value, number or time to some, and not to others: quote it.',
    ],
    [
      'CBOR',
      ['PUT', `${MAPS}/c`, { body: 'x', type: 'application/cbor' }],
      'The CBOR cannot be read: not enough data for type.',
    ],
    ['no type', ['POST', MAPS, { body: '{}' }], `The body has no content type, ${NOT_YET}: ${USE_JSON}`],
    [
      'another charset',
      ['POST', MAPS, { body: MAP, type: 'application/json; charset=utf-16' }],
      `The body has content type "application/json; charset=utf-16", ${NOT_YET}: ${USE_JSON}`,
    ],
    [
      'a parameter that nobody knows',
      ['POST', MAPS, { body: MAP, type: 'application/json; v=1' }],
      `The body has content type "application/json; v=1", ${NOT_YET}: ${USE_JSON}`,
    ],
    [
      'two types',
      ['POST', MAPS, { body: MAP, type: 'application/json, application/yaml' }],
      `The body has content type "application/json, application/yaml", ${NOT_YET}: ${USE_JSON}`,
    ],
    [
      'protobuf options',
      ['DELETE', `${MAPS}/c`, { body: 'k8s\0', type: PROTOBUF }],
      'The protobuf cannot be read: the gate knows no kind "" of apiVersion "".',
    ],
    [
      'compressed',
      ['POST', MAPS, { body: gzipSync('{}'), type: 'application/json', headers: { 'content-encoding': 'gzip' } }],
      `The body has content encoding "gzip", ${NOT_YET}: send it without one.`,
    ],
    [
      'a patch in plain JSON',
      ['PATCH', WEB, { body: '{}', type: 'application/json' }],
      `The patch has content type "application/json", ${NOT_YET}: use a JSON patch, merge patch, strategic merge patch or apply.`,
    ],
    [
      'a patch type in capitals, which the server does not know',
      ['PATCH', WEB, { body: '{}', type: 'application/Merge-Patch+json' }],
      `The patch has content type "application/Merge-Patch+json", ${NOT_YET}: use a JSON patch, merge patch, strategic merge patch or apply.`,
    ],
    [
      'a patch type with a space',
      ['PATCH', WEB, { body: '{}', type: `${MERGE} ;charset=utf-8` }],
      `The patch has content type "${MERGE} ;charset=utf-8", ${NOT_YET}: use a JSON patch, merge patch, strategic merge patch or apply.`,
    ],
    [
      'CBOR apply',
      ['PATCH', WEB, { body: 'x', type: 'application/apply-patch+cbor' }],
      'The CBOR cannot be read: not enough data for type.',
    ],
    [
      'apply in YAML',
      ['PATCH', WEB, { body: '- &a b\n- *a\n', type: APPLY }],
      'The YAML cannot be read at line 1: it has an anchor.',
    ],
    ['a body on a GET', ['GET', `${MAPS}/c`, { body: {} }], 'A GET has no body, but this one came with one.'],
    ['a body on a HEAD', ['HEAD', MAPS, { body: 'x' }], 'A HEAD has no body, but this one came with one.'],
    ['a create without a body', ['POST', MAPS, {}], 'A POST needs a body, but this one came without.'],
    ['a patch without a body', ['PATCH', WEB, { type: MERGE }], 'A PATCH needs a body, but this one came without.'],
    [
      'a body for a path that is no resource',
      ['POST', '/version', { body: {} }],
      'The body goes to a program whose language the gate does not know.',
    ],
    [
      'a body through a proxy',
      ['POST', '/api/v1/namespaces/shop/services/web/proxy/orders', { body: {} }],
      'The body goes to a program whose language the gate does not know.',
    ],
  ])('%s', (_, call, why) => {
    expect(read(...call)).toMatchObject({
      body: 'unreadable',
      unreadable: why,
      request: { body: undefined },
    });
  });

  it.each<[string, Call, string]>([
    [
      'a name twice',
      ['POST', MAPS, { body: '{"metadata":{"name":"a","name":"b"}}', type: 'application/json' }],
      'The JSON is malformed at /metadata/name: the member name comes twice.',
    ],
    ['no object', ['POST', MAPS, { body: [1] }], 'The body is no JSON object.'],
    [
      'another case of a field',
      ['POST', MAPS, { body: { ...MAP, Kind: 'Secret' } }],
      'The body has a field "Kind" that differs from "kind" only in case.',
    ],
    [
      'another case of the namespace',
      ['POST', MAPS, { body: { ...MAP, metadata: { NameSpace: 'x' } } }],
      'The body has a field "metadata.NameSpace" that differs from "namespace" only in case.',
    ],
    [
      'another kind',
      ['POST', MAPS, { body: { ...MAP, kind: 'Secret' } }],
      'The body is of kind "Secret", but the path is of ConfigMap.',
    ],
    [
      'a list',
      ['POST', MAPS, { body: { apiVersion: 'v1', kind: 'List', items: [] } }],
      'The body is of kind "List", but the path is of ConfigMap.',
    ],
    [
      'another version',
      ['PUT', WEB, { body: { apiVersion: 'apps/v1beta1', kind: 'Deployment', metadata: { name: 'web' } } }],
      'The body is of apiVersion "apps/v1beta1", but the path is of apps/v1.',
    ],
    [
      'another group',
      ['POST', '/apis/example.com/v1/things', { body: { apiVersion: 'other.com/v1', kind: 'Thing' } }],
      'The body is of apiVersion "other.com/v1", but the path is of example.com/v1.',
    ],
    [
      'another name',
      ['PUT', `${MAPS}/c`, { body: { ...MAP, metadata: { name: 'd' } } }],
      'The body names "d", but the path names "c".',
    ],
    [
      'another name in a patch',
      ['PATCH', WEB, { body: { metadata: { name: 'x' } }, type: MERGE }],
      'The body names "x", but the path names "web".',
    ],
    [
      'another name in an eviction',
      ['POST', '/api/v1/namespaces/shop/pods/web/eviction', { body: { metadata: { name: 'db' } } }],
      'The body names "db", but the path names "web".',
    ],
    [
      'another namespace',
      ['POST', MAPS, { body: { ...MAP, metadata: { name: 'c', namespace: 'prod' } } }],
      'The body is for namespace "prod", but the path is for "shop".',
    ],
    [
      'a namespace of what has none',
      ['POST', '/api/v1/nodes', { body: { metadata: { name: 'n', namespace: 'x' } } }],
      'The body is for namespace "x", but the path is for no namespace.',
    ],
    [
      'a name that is no text',
      ['POST', MAPS, { body: { metadata: { name: 1 } } }],
      'The metadata.name of the body is no text.',
    ],
    ['metadata that are none', ['POST', MAPS, { body: { metadata: [] } }], 'The metadata of the body is no object.'],
    [
      'a JSON patch that is an object',
      ['PATCH', WEB, { body: { op: 'add' }, type: PATCH }],
      'A JSON patch must be an array of operations.',
    ],
    [
      'an operation that nobody knows',
      [
        'PATCH',
        WEB,
        {
          body: [
            { op: 'test', path: '/a', value: 1 },
            { op: 'merge', path: '/b', value: 1 },
          ],
          type: PATCH,
        },
      ],
      'Operation 1 of the JSON patch is not as RFC 6902 has it.',
    ],
    [
      'an operation in capitals',
      ['PATCH', WEB, { body: [{ OP: 'add', path: '/a', value: 1 }], type: PATCH }],
      'Operation 0 of the JSON patch is not as RFC 6902 has it.',
    ],
    [
      'a pointer that is none',
      ['PATCH', WEB, { body: [{ op: 'remove', path: 'a' }], type: PATCH }],
      'Operation 0 of the JSON patch is not as RFC 6902 has it.',
    ],
    [
      'a copy from nowhere',
      ['PATCH', WEB, { body: [{ op: 'copy', path: '/a' }], type: PATCH }],
      'Operation 0 of the JSON patch is not as RFC 6902 has it.',
    ],
    [
      'too many operations',
      ['PATCH', WEB, { body: Array.from({ length: 10_001 }, () => ({ op: 'remove', path: '/a' })), type: PATCH }],
      'A JSON patch may have 10000 operations at most.',
    ],
  ])('%s', (_, call, why) => {
    expect(read(...call)).toMatchObject({ body: 'unreadable', unreadable: why });
  });
});

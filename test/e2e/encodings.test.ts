import { encode } from 'cborg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBody, type Encoding } from '../../src/describe/kubernetes/decode-body.ts';
import { decodeProtobuf } from '../../src/describe/kubernetes/protobuf/decode.ts';
import { messageOf } from '../../src/errors.ts';
import { isObject, type Json, type JsonObject } from '../../src/json.ts';
import { enveloped, field, message, protobuf } from '../describe/kubernetes/protobuf/encode.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, items, makeNamespace, object, startClusterGate } from './cluster-gate.ts';
import { openRawServer, type RawServer } from './raw-server.ts';
import { deployment, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'bodies-dev';
const MAPS = `/api/v1/namespaces/${PLACE}/configmaps`;
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

let server: RawServer;
let gate: GateLab;
let token: string;

beforeAll(async () => {
  server = openRawServer(lab);
  gate = await startClusterGate(lab);
  ({ token } = await gate.agent({ level: 3 }));
  await makeNamespace(lab, PLACE, 'dev');
});
afterAll(async () => {
  server.close();
  await gate.close();
  await admin(lab, ['delete', 'namespace', PLACE, '--wait=false']);
});

const json = async (path: string): Promise<JsonObject> =>
  object(JSON.parse((await server.ask('GET', path)).body.toString()));

describe('what the real server has, as protobuf and as JSON', () => {
  it('is the same object for each resource that it serves', async () => {
    const compared = new Set<Json | undefined>();
    for (const path of await resourcePaths()) {
      const [first] = items((await json(`${path}?limit=1`)).items).filter(isObject);
      if (first === undefined) continue;
      const { name, namespace } = object(first.metadata);
      const own =
        namespace === undefined
          ? `${path}/${name}`
          : path.replace(/\/([a-z]+)$/, `/namespaces/${namespace}/$1/${name}`);
      const { inProtobuf, inJson } = await readBoth(own);
      expect(inProtobuf).toEqual(inJson);
      compared.add(inJson.kind);
    }
    expect([...compared]).toEqual(
      expect.arrayContaining([
        'APIService',
        'ClusterRole',
        'ConfigMap',
        'FlowSchema',
        'Lease',
        'Namespace',
        'PriorityClass',
        'Service',
        'ServiceAccount',
      ]),
    );
  });

  it('and the kind of each is one that the gate can read', async () => {
    const unread: string[] = [];
    for (const { kind, version } of await servedKinds()) {
      try {
        decodeProtobuf(protobuf(version, kind));
      } catch (error) {
        unread.push(messageOf(error));
      }
    }
    expect(unread).toEqual([]);
  });
});

/** One version of an object both ways: leases are renewed and nodes report, so it may have to be asked for again. */
async function readBoth(path: string): Promise<{ inProtobuf: JsonObject; inJson: JsonObject }> {
  for (let tried = 0; tried < 10; tried += 1) {
    const [bytes, inJson] = await Promise.all([server.ask('GET', path, { accept: PROTOBUF }), json(path)]);
    const inProtobuf = decodeProtobuf(bytes.body);
    const versions = [inProtobuf, inJson].map((read) => at(read, 'metadata', 'resourceVersion'));
    if (versions[0] === versions[1]) return { inProtobuf, inJson };
  }
  throw new Error(`${path} changes all the time`);
}

/** All that can be listed and got, from discovery, custom resources aside. */
async function resourcePaths(): Promise<readonly string[]> {
  const paths = (await resources()).filter(
    ({ verbs }) => items(verbs).includes('list') && items(verbs).includes('get'),
  );
  return paths.map(({ base, name }) => `${base}/${name}`);
}

async function servedKinds(): Promise<readonly { kind: string; version: string }[]> {
  const taken = (await resources()).filter(({ verbs }) =>
    items(verbs).some((verb) => verb === 'create' || verb === 'update'),
  );
  // Streams have options in their query, not a body.
  const bodies = taken.filter(({ kind }) => !kind.endsWith('Options'));
  return bodies.map(({ kind, group, version }) => ({ kind, version: group === '' ? version : `${group}/${version}` }));
}

interface Resource {
  readonly base: string;
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: Json | undefined;
}

async function resources(): Promise<readonly Resource[]> {
  const groups = items((await json('/apis')).groups).map((group) =>
    String(at(group, 'preferredVersion', 'groupVersion')),
  );
  const custom = items((await json('/apis/apiextensions.k8s.io/v1/customresourcedefinitions')).items).map(
    (definition) => at(definition, 'spec', 'group'),
  );
  const found: Resource[] = [];
  for (const groupVersion of ['v1', ...groups]) {
    const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
    if (custom.includes(group)) continue;
    const base = group === '' ? '/api/v1' : `/apis/${groupVersion}`;
    for (const resource of items((await json(base)).resources).filter(isObject)) {
      found.push({
        base,
        name: String(resource.name),
        kind: String(resource.kind),
        // A subresource may have a group of its own.
        group: String(resource.group ?? group),
        version: String(resource.version ?? version),
        verbs: resource.verbs,
      });
    }
  }
  return found;
}

const NAMED = message([1, 'asked']);
const DATA = field(2, Buffer.concat([field(1, 'colour'), field(2, 'green')]));
const TYPE = message([1, 'v1'], [2, 'ConfigMap']);

describe('bodies that the gate refuses or reads, and what the real server makes of them', () => {
  // What the server takes is shown as the data that it stored.
  it.each<
    [
      what: string,
      encoding: Encoding,
      body: string | Uint8Array,
      server: number | Json,
      gate: 'reads the same' | 'refuses',
    ]
  >([
    [
      'protobuf as client-go sends it',
      'protobuf',
      protobuf('v1', 'ConfigMap', NAMED, DATA),
      { colour: 'green' },
      'reads the same',
    ],
    ['protobuf of no kind', 'protobuf', protobuf('', '', NAMED, DATA), { colour: 'green' }, 'refuses'],
    ['protobuf of another kind', 'protobuf', protobuf('v1', 'Secret', NAMED), 400, 'refuses'],
    [
      'a content type in the envelope, which the server ignores',
      'protobuf',
      enveloped(TYPE, field(2, Buffer.concat([NAMED, DATA])), field(4, 'application/json')),
      { colour: 'green' },
      'refuses',
    ],
    [
      'a content encoding in the envelope, which the server ignores',
      'protobuf',
      enveloped(TYPE, field(2, Buffer.concat([NAMED, DATA])), field(3, 'gzip')),
      { colour: 'green' },
      'refuses',
    ],
    [
      'two objects in the envelope: the server takes the last',
      'protobuf',
      enveloped(TYPE, field(2, NAMED), field(2, Buffer.concat([NAMED, DATA]))),
      { colour: 'green' },
      'refuses',
    ],
    [
      'two types in the envelope: the server merges them',
      'protobuf',
      enveloped(message([1, 'v1'], [2, 'Secret']), message([2, 'ConfigMap']), field(2, Buffer.concat([NAMED, DATA]))),
      { colour: 'green' },
      'refuses',
    ],
    [
      'metadata twice: the server merges them',
      'protobuf',
      protobuf('v1', 'ConfigMap', message([1, 'other']), NAMED, DATA),
      { colour: 'green' },
      'refuses',
    ],
    [
      'a key of a map twice: the server takes the last',
      'protobuf',
      protobuf('v1', 'ConfigMap', NAMED, DATA, field(2, Buffer.concat([field(1, 'colour'), field(2, 'red')]))),
      { colour: 'red' },
      'refuses',
    ],
    [
      'a field that nobody knows: the server drops it',
      'protobuf',
      protobuf('v1', 'ConfigMap', NAMED, DATA, field(1000, 'x')),
      { colour: 'green' },
      'refuses',
    ],
    ['JSON in protobuf’s place', 'protobuf', '{"metadata":{"name":"asked"}}', 400, 'refuses'],
    [
      'an envelope within an envelope',
      'protobuf',
      protobuf('v1', 'ConfigMap', protobuf('v1', 'ConfigMap', NAMED)),
      400,
      'refuses',
    ],
    ['YAML', 'yaml', 'metadata:\n  name: asked\ndata:\n  colour: green\n', { colour: 'green' }, 'reads the same'],
    [
      'YAML with a block of text',
      'yaml',
      'metadata: {name: asked}\ndata:\n  a: |\n    b\n\n    c: d # e\n',
      { a: 'b\n\nc: d # e\n' },
      'reads the same',
    ],
    [
      'a key twice in YAML: the server takes the last',
      'yaml',
      'metadata:\n  name: asked\ndata:\n  a: b\n  a: c\n',
      { a: 'c' },
      'refuses',
    ],
    [
      'a second document, which the server ignores',
      'yaml',
      'metadata:\n  name: asked\n---\nmetadata:\n  name: other\n',
      null,
      'refuses',
    ],
    [
      'a merge key, which the server merges',
      'yaml',
      'metadata:\n  name: asked\ndata:\n  <<: {a: b}\n',
      { a: 'b' },
      'refuses',
    ],
    [
      'an alias, which the server follows',
      'yaml',
      'metadata:\n  name: &name asked\ndata:\n  a: *name\n',
      { a: 'asked' },
      'refuses',
    ],
    [
      'a tag, which the server obeys',
      'yaml',
      'metadata:\n  name: asked\ndata:\n  a: !!binary Yg==\n',
      { a: 'b' },
      'refuses',
    ],
    [
      'JSON as YAML, whose blanks the server folds away',
      'yaml',
      '{"metadata":{"name":"asked"},"data":{"a":"b \u0085 c"}}',
      { a: 'b c' },
      'refuses',
    ],
    ['JSON as YAML', 'yaml', '{"metadata":{"name":"asked"},"data":{"a":"b  c"}}', { a: 'b  c' }, 'reads the same'],
    ['CBOR, which is not switched on', 'cbor', encode({ metadata: { name: 'asked' } }), 415, 'reads the same'],
  ])('%s', async (_, encoding, body, expected, verdict) => {
    const type = encoding === 'protobuf' ? PROTOBUF : `application/${encoding}`;
    const { status, body: said } = await server.ask('POST', `${MAPS}?dryRun=All`, { type, body });
    const stored = object(JSON.parse(said.toString()));
    expect(status === 201 ? (stored.data ?? null) : status).toEqual(expected);
    if (verdict === 'refuses') {
      const { status: refused, body: why } = await gate.call('POST', `/kube/demo${MAPS}?dryRun=All`, {
        token,
        body,
        headers: { 'content-type': type },
      });
      expect([refused, why]).toEqual([403, expect.stringContaining('gate/unreadable: this call cannot be read')]);
    } else {
      const read = decodeBody(encoding, Buffer.from(body));
      expect([at(read, 'metadata', 'name'), at(read, 'data')]).toEqual([
        'asked',
        status === 201 ? expected : undefined,
      ]);
    }
  });
});

const map = (name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { colour: 'green' },
});
const IN: readonly (readonly [how: string, type: string, body: (name: string) => string | Uint8Array])[] = [
  ['JSON', 'application/json', (name) => JSON.stringify(map(name))],
  ['protobuf', PROTOBUF, (name) => protobuf('v1', 'ConfigMap', message([1, name]), DATA)],
  [
    'YAML',
    'application/yaml',
    (name) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  colour: green\n`,
  ],
];

describe('through the gate', () => {
  it('scales in protobuf, where no replicas are none', async () => {
    const scale = { name: 'scaled', namespace: PLACE };
    await apply(lab, inNamespace(PLACE, deployment('scaled', { replicas: 1 })));
    const body = protobuf(
      'autoscaling/v1',
      'Scale',
      message([1, scale.name], [3, scale.namespace]),
      field(2, field(1, 0)),
    );
    const path = `/kube/demo/apis/apps/v1/namespaces/${PLACE}/deployments/scaled/scale`;
    const scaled = await gate.call('PUT', path, { token, headers: { 'content-type': PROTOBUF }, body });
    const { decided } = await gate.admin.get(`/v1/decisions/${scaled.headers['sallyport-decision']}`);
    expect(at(decided, 'input', 'action', 'args')).toEqual({ replicas: 0 });
    expect([scaled.status, at(scaled.json, 'spec')]).toEqual([200, {}]);
  });

  it('a JSON patch that copies itself over and over is refused, and nothing changes', async () => {
    const before = await json(`${MAPS}/kube-root-ca.crt`);
    const grow = Array.from({ length: 40 }, (_, at) => ({ op: 'copy', from: '/data', path: `/data/copy-${at}` }));
    const { status } = await gate.call('PATCH', `/kube/demo${MAPS}/kube-root-ca.crt`, {
      token,
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify(grow),
    });
    expect(status).toBe(403);
    expect(await json(`${MAPS}/kube-root-ca.crt`)).toEqual(before);
  });

  it.each(IN)('what is created and replaced in %s is judged and stored as the same', async (how, type, body) => {
    const name = `made-in-${how.toLowerCase()}`;
    const headers = { 'content-type': type };
    const created = await gate.call('POST', `/kube/demo${MAPS}`, { token, headers, body: body(name) });
    expect([created.status, created.json.data]).toEqual([201, { colour: 'green' }]);
    expect(await judged(created.headers['sallyport-decision'])).toEqual({
      did: 'allow',
      body: 'read',
      name,
      // What the server fills in besides is its own.
      paths: ['/apiVersion', '/data/colour', '/kind', '/metadata/name', '/metadata/namespace'],
      blast: { objects: 1, known: true },
    });
    const replaced = await gate.call('PUT', `/kube/demo${MAPS}/${name}`, { token, headers, body: body(name) });
    expect([replaced.status, replaced.json.data]).toEqual([200, { colour: 'green' }]);
    expect(await judged(replaced.headers['sallyport-decision'])).toMatchObject({ did: 'allow', body: 'read', name });
  });

  it('what is applied in YAML and in JSON under the name of YAML is judged and stored as the same', async () => {
    const type = 'application/apply-patch+yaml';
    for (const [how, , body] of [IN[0], IN[2]].filter((each) => each !== undefined)) {
      const name = `applied-in-${how.toLowerCase()}`;
      const path = `/kube/demo${MAPS}/${name}?fieldManager=bodies`;
      const applied = await gate.call('PATCH', path, { token, headers: { 'content-type': type }, body: body(name) });
      expect([applied.status, applied.json.data]).toEqual([201, { colour: 'green' }]);
    }
  });

  it.each<[string, string, string | Uint8Array]>([
    ['protobuf', PROTOBUF, protobuf('apps/v1', 'DeleteOptions', field(5, 'All'))],
    ['protobuf of the options’ own version', PROTOBUF, protobuf('v1', 'DeleteOptions', field(5, 'All'))],
    ['YAML', 'application/yaml', 'kind: DeleteOptions\napiVersion: v1\ndryRun: ["All"]\n'],
    ['JSON', 'application/json', '{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}'],
  ])('a delete whose options are in %s is the dry run that they say', async (_, type, body) => {
    const path = `/kube/demo${MAPS}/made-in-json`;
    const gone = await gate.call('DELETE', path, { token, headers: { 'content-type': type }, body });
    expect(gone.status).toBe(200);
    const { decided } = await gate.admin.get(`/v1/decisions/${gone.headers['sallyport-decision']}`);
    expect(at(decided, 'input', 'action', 'dry_run')).toBe(true);
    expect((await server.ask('GET', `${MAPS}/made-in-json`)).status).toBe(200);
  });

  it('and one whose options in protobuf name another uid deletes nothing', async () => {
    const body = protobuf('v1', 'DeleteOptions', field(2, field(1, 'not-its-uid')));
    const path = `/kube/demo${MAPS}/made-in-json`;
    const { status } = await gate.call('DELETE', path, { token, headers: { 'content-type': PROTOBUF }, body });
    expect(status).toBe(409);
    expect((await server.ask('GET', `${MAPS}/made-in-json`)).status).toBe(200);
  });
});

async function judged(id: string | string[] | undefined): Promise<JsonObject> {
  const { decided } = await gate.admin.get(`/v1/decisions/${String(id)}`);
  const input = at(decided, 'input');
  return {
    did: at(decided, 'did') ?? null,
    body: at(input, 'call', 'body') ?? null,
    name: at(input, 'target', 'name') ?? null,
    paths: at(input, 'action', 'change', 'paths') ?? null,
    blast: { objects: at(input, 'blast', 'objects') ?? null, known: at(input, 'blast', 'known') ?? null },
  };
}

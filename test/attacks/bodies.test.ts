import { gzipSync } from 'node:zlib';
import { encode } from 'cborg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enveloped, field, message, protobuf } from '../describe/kubernetes/protobuf/encode.ts';
import { type AttackLab, expectRefused, startAttackLab } from './attack-lab.ts';

let lab: AttackLab;
beforeAll(async () => {
  lab = await startAttackLab({ limits: { body: '64KiB' } });
});
afterAll(() => lab.close());

const NS = '/kube/demo/api/v1/namespaces/shop-dev';
const MAP = `${NS}/configmaps/features`;

function request(line: string, body: string | Buffer, ...headers: readonly string[]): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`${lab.head(`${line} HTTP/1.1`, ...headers, `Content-Length: ${bytes.length}`)}\r\n`),
    bytes,
  ]);
}

const JSON_TYPE = 'Content-Type: application/json';
const YAML_TYPE = 'Content-Type: application/yaml';
const APPLY_TYPE = 'Content-Type: application/apply-patch+yaml';
const CBOR_TYPE = 'Content-Type: application/cbor';
const PROTOBUF_TYPE = 'Content-Type: application/vnd.kubernetes.protobuf';
const YAML = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  colour: green\n';
const NAMED = message([1, 'x']);
const PROTOBUF_MAP = protobuf('v1', 'ConfigMap', NAMED);
const OBJECT = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1"}}';

describe('a body that the gate cannot read as the server would', () => {
  it.each<[string, string, string | Buffer, readonly string[]]>([
    ['YAML that answers yes', `POST ${NS}/configmaps`, YAML.replace('green', 'yes'), [YAML_TYPE]],
    ['YAML with a number of base 60', `POST ${NS}/configmaps`, YAML.replace('green', '1:30'), [YAML_TYPE]],
    ['YAML with an octal number', `POST ${NS}/configmaps`, YAML.replace('green', '0755'), [YAML_TYPE]],
    ['YAML with a time', `POST ${NS}/configmaps`, YAML.replace('green', '2026-01-01'), [YAML_TYPE]],
    ['YAML with a tag', `POST ${NS}/configmaps`, YAML.replace('green', '!!binary Z3JlZW4='), [YAML_TYPE]],
    ['YAML with a merge key', `POST ${NS}/configmaps`, `${YAML}<<: {kind: Secret}\n`, [YAML_TYPE]],
    ['YAML with a merge key in quotes', `POST ${NS}/configmaps`, `${YAML}"<<": {kind: Secret}\n`, [YAML_TYPE]],
    ['YAML with a kind twice', `POST ${NS}/configmaps`, `${YAML}kind: Secret\n`, [YAML_TYPE]],
    ['YAML with a kind twice, once in quotes', `POST ${NS}/configmaps`, `${YAML}"kind": Secret\n`, [YAML_TYPE]],
    ['a second YAML document', `POST ${NS}/configmaps`, `${YAML}---\n${YAML}`, [YAML_TYPE]],
    ['a YAML document that ends before the end', `POST ${NS}/configmaps`, `${YAML}...\nkind: Secret\n`, [YAML_TYPE]],
    ['YAML 1.1 by directive', `POST ${NS}/configmaps`, `%YAML 1.1\n---\n${YAML}`, [YAML_TYPE]],
    [
      'YAML that hides a line behind a line separator',
      `POST ${NS}/configmaps`,
      YAML.replace('green', 'green # \u2028kind: Secret'),
      [YAML_TYPE],
    ],
    [
      'JSON as YAML, with a blank that YAML folds away',
      `POST ${NS}/configmaps`,
      OBJECT.replace('"1"', '"a \u2028 b"'),
      [YAML_TYPE],
    ],
    ['JSON as YAML, with a merge key', `POST ${NS}/configmaps`, OBJECT.replace('"a"', '"<<"'), [YAML_TYPE]],
    ['a YAML bomb', `POST ${NS}/configmaps`, `a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n${YAML}`, [YAML_TYPE]],
    [
      'YAML nested 10,000 deep',
      `POST ${NS}/configmaps`,
      `${YAML}a: ${'['.repeat(1e4)}${']'.repeat(1e4)}\n`,
      [YAML_TYPE],
    ],
    ['YAML lists nested 10,000 deep', `POST ${NS}/configmaps`, `${YAML}a:\n${'- '.repeat(1e4)}b\n`, [YAML_TYPE]],
    ['YAML that says it is JSON', `POST ${NS}/configmaps`, YAML, [JSON_TYPE]],
    ['apply with a YAML bomb', `PATCH ${MAP}?fieldManager=x`, 'a: &a [x]\nb: [*a,*a]\n', [APPLY_TYPE]],
    ['apply with two YAML documents', `PATCH ${MAP}?fieldManager=x`, `${YAML}---\n${YAML}`, [APPLY_TYPE]],

    ['protobuf without an envelope', `POST ${NS}/configmaps`, PROTOBUF_MAP.subarray(4), [PROTOBUF_TYPE]],
    ['protobuf of half a length', `POST ${NS}/configmaps`, PROTOBUF_MAP.subarray(0, -6), [PROTOBUF_TYPE]],
    [
      'protobuf with more behind it',
      `POST ${NS}/configmaps`,
      Buffer.concat([PROTOBUF_MAP, PROTOBUF_MAP]),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf of another kind than the path',
      `POST ${NS}/configmaps`,
      protobuf('v1', 'Secret', NAMED),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf of another version than the path',
      `POST ${NS}/configmaps`,
      protobuf('apps/v1', 'Deployment', NAMED),
      [PROTOBUF_TYPE],
    ],
    ['protobuf of no kind', `POST ${NS}/configmaps`, protobuf('', '', NAMED), [PROTOBUF_TYPE]],
    [
      'protobuf of a kind that is not built in',
      `POST ${NS}/configmaps`,
      protobuf('v1', 'Unicorn', NAMED),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf for another namespace than the path',
      `POST ${NS}/configmaps`,
      protobuf('v1', 'ConfigMap', message([1, 'x'], [3, 'shop-prod'])),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf of another name than the path',
      `PUT ${MAP}`,
      protobuf('v1', 'ConfigMap', message([1, 'other'])),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf with the name twice',
      `POST ${NS}/configmaps`,
      protobuf('v1', 'ConfigMap', message([1, 'x'], [1, 'y'])),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf with the metadata twice',
      `POST ${NS}/configmaps`,
      protobuf('v1', 'ConfigMap', NAMED, message([3, 'shop-prod'])),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf with two types in its envelope',
      `POST ${NS}/configmaps`,
      enveloped(message([1, 'v1'], [2, 'ConfigMap']), message([2, 'Secret']), field(2, NAMED)),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf with two objects in its envelope',
      `POST ${NS}/configmaps`,
      enveloped(message([1, 'v1'], [2, 'ConfigMap']), field(2, NAMED), field(2, message([1, 'y']))),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf that says that it is JSON within',
      `POST ${NS}/configmaps`,
      enveloped(message([1, 'v1'], [2, 'ConfigMap']), field(2, NAMED), field(4, 'application/json')),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf that says that it is compressed within',
      `POST ${NS}/configmaps`,
      enveloped(message([1, 'v1'], [2, 'ConfigMap']), field(2, NAMED), field(3, 'gzip')),
      [PROTOBUF_TYPE],
    ],
    [
      'an envelope within an envelope',
      `POST ${NS}/configmaps`,
      protobuf('v1', 'ConfigMap', PROTOBUF_MAP),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf with a field that nobody knows',
      `POST ${NS}/configmaps`,
      protobuf('v1', 'ConfigMap', NAMED, field(1000, 'x')),
      [PROTOBUF_TYPE],
    ],
    [
      'protobuf with a group',
      `POST ${NS}/configmaps`,
      protobuf('v1', 'ConfigMap', NAMED, Buffer.from([0x2b, 0x2c])),
      [PROTOBUF_TYPE],
    ],
    ['JSON that says it is protobuf', `POST ${NS}/configmaps`, OBJECT, [PROTOBUF_TYPE]],
    ['protobuf that says it is JSON', `POST ${NS}/configmaps`, PROTOBUF_MAP, [JSON_TYPE]],
    ['a patch in protobuf', `PATCH ${MAP}`, PROTOBUF_MAP, [PROTOBUF_TYPE]],
    ['delete options in protobuf of another kind', `DELETE ${MAP}`, protobuf('v1', 'Eviction'), [PROTOBUF_TYPE]],
    [
      'delete options in protobuf with an unknown dry run',
      `DELETE ${MAP}?dryRun=All`,
      protobuf('v1', 'DeleteOptions', field(5, 'None')),
      [PROTOBUF_TYPE],
    ],

    ['CBOR nested 10,000 deep', `POST ${NS}/configmaps`, Buffer.alloc(1e4, 0x81), [CBOR_TYPE]],
    ['CBOR with a key twice', `POST ${NS}/configmaps`, Buffer.from('a2616101416102', 'hex'), [CBOR_TYPE]],
    ['CBOR without an end', `POST ${NS}/configmaps`, Buffer.from('bfff', 'hex'), [CBOR_TYPE]],
    ['CBOR that promises more than it has', `POST ${NS}/configmaps`, Buffer.from('ba7fffffff', 'hex'), [CBOR_TYPE]],
    ['CBOR with more behind it', `POST ${NS}/configmaps`, Buffer.concat([encode({}), encode({})]), [CBOR_TYPE]],
    [
      'CBOR of another kind than the path',
      `POST ${NS}/configmaps`,
      Buffer.from(encode({ kind: 'Secret' })),
      [CBOR_TYPE],
    ],
    [
      'apply with CBOR that is no object',
      `PATCH ${MAP}?fieldManager=x`,
      Buffer.from('80', 'hex'),
      ['Content-Type: application/apply-patch+cbor'],
    ],
    ['CBOR that says it is YAML', `POST ${NS}/configmaps`, Buffer.from(encode({ a: 'b' })), [YAML_TYPE]],

    ['no content type', `POST ${NS}/configmaps`, OBJECT, []],
    ['a form', `POST ${NS}/configmaps`, 'kind=ConfigMap', ['Content-Type: application/x-www-form-urlencoded']],
    ['another charset', `POST ${NS}/configmaps`, OBJECT, ['Content-Type: application/json; charset=utf-7']],
    ['a compressed body', `POST ${NS}/configmaps`, gzipSync(OBJECT), [JSON_TYPE, 'Content-Encoding: gzip']],
    [
      'a body compressed twice',
      `POST ${NS}/configmaps`,
      gzipSync(gzipSync(OBJECT)),
      [JSON_TYPE, 'Content-Encoding: gzip, gzip'],
    ],
    [
      'plain JSON that says it is compressed',
      `POST ${NS}/configmaps`,
      OBJECT,
      [JSON_TYPE, 'Content-Encoding: deflate'],
    ],
    ['a patch of an unknown type', `PATCH ${MAP}`, '{}', [JSON_TYPE]],
    [
      'a patch whose type has a blank before the semicolon',
      `PATCH ${MAP}`,
      '{}',
      ['Content-Type: application/merge-patch+json ;charset=utf-8'],
    ],
    ['a member given twice', `POST ${NS}/configmaps`, OBJECT.replace('"data"', '"kind":"Secret","data"'), [JSON_TYPE]],
    [
      'a member given twice, once escaped',
      `POST ${NS}/configmaps`,
      OBJECT.replace('"data"', '"k\\u0069nd":"Secret","data"'),
      [JSON_TYPE],
    ],
    ['a member in other letters', `POST ${NS}/configmaps`, OBJECT.replace('"metadata"', '"Metadata"'), [JSON_TYPE]],
    ['a member with NUL in its name', `POST ${NS}/configmaps`, OBJECT.replace('"a"', '"a\\u0000"'), [JSON_TYPE]],
    ['a lone surrogate', `POST ${NS}/configmaps`, OBJECT.replace('"1"', '"\\ud800"'), [JSON_TYPE]],
    ['a byte order mark', `POST ${NS}/configmaps`, `\ufeff${OBJECT}`, [JSON_TYPE]],
    ['UTF-16', `POST ${NS}/configmaps`, Buffer.from(OBJECT, 'utf16le'), [JSON_TYPE]],
    [
      'bytes that are no UTF-8',
      `POST ${NS}/configmaps`,
      Buffer.from(OBJECT.replace('"1"', '"\xff"'), 'latin1'),
      [JSON_TYPE],
    ],
    ['a number beyond 2^53', `POST ${NS}/configmaps`, OBJECT.replace('"1"', '9007199254740993'), [JSON_TYPE]],
    ['a number that is none', `POST ${NS}/configmaps`, OBJECT.replace('"1"', 'NaN'), [JSON_TYPE]],
    ['deep nesting', `POST ${NS}/configmaps`, OBJECT.replace('"1"', '['.repeat(5000) + ']'.repeat(5000)), [JSON_TYPE]],
    ['two documents', `POST ${NS}/configmaps`, OBJECT + OBJECT, [JSON_TYPE]],
    ['a comment', `POST ${NS}/configmaps`, `${OBJECT}// more`, [JSON_TYPE]],
    ['an array', `POST ${NS}/configmaps`, `[${OBJECT}]`, [JSON_TYPE]],
    ['nothing', `POST ${NS}/configmaps`, '', [JSON_TYPE]],
    [
      'an object of another kind than the path',
      `POST ${NS}/configmaps`,
      OBJECT.replace('ConfigMap', 'Secret'),
      [JSON_TYPE],
    ],
    [
      'an object of another group than the path',
      `POST ${NS}/configmaps`,
      OBJECT.replace('"v1"', '"rbac.authorization.k8s.io/v1"'),
      [JSON_TYPE],
    ],
    [
      'an object for another namespace than the path',
      `POST ${NS}/configmaps`,
      OBJECT.replace('"name":"x"', '"name":"x","namespace":"shop-prod"'),
      [JSON_TYPE],
    ],
    ['an object of another name than the path', `PUT ${MAP}`, OBJECT, [JSON_TYPE]],
    [
      'JSON patch with an operation that is none',
      `PATCH ${MAP}`,
      '[{"op":"eval","path":"/data","value":1}]',
      ['Content-Type: application/json-patch+json'],
    ],
    [
      'JSON patch that copies without end',
      `PATCH ${MAP}`,
      JSON.stringify(Array.from({ length: 10_001 }, () => 0)),
      ['Content-Type: application/json-patch+json'],
    ],
    [
      'JSON patch that is an object',
      `PATCH ${MAP}`,
      '{"op":"remove","path":"/data"}',
      ['Content-Type: application/json-patch+json'],
    ],
    [
      'dryRun in the body other than the one in the query',
      `DELETE ${MAP}?dryRun=All`,
      '{"dryRun":["None"]}',
      [JSON_TYPE],
    ],
    ['dryRun in the body as a text', `DELETE ${MAP}`, '{"dryRun":"All"}', [JSON_TYPE]],
    ['dryRun in the body twice', `DELETE ${MAP}`, '{"dryRun":["All"],"dryRun":[]}', [JSON_TYPE]],
    ['delete options in other letters', `DELETE ${MAP}`, '{"DryRun":["All"]}', [JSON_TYPE]],
    ['delete options of another kind', `DELETE ${MAP}`, '{"kind":"Eviction"}', [JSON_TYPE]],
    ['a body on GET', `GET ${MAP}`, OBJECT, [JSON_TYPE]],
    ['a body on HEAD', `HEAD ${MAP}`, OBJECT, [JSON_TYPE]],
  ])('%s', async (_name, line, body, headers) => {
    const { text } = await expectRefused(lab, request(line, body, ...headers), [403]);
    if (!line.startsWith('HEAD')) expect(text).toContain('gate/unreadable: this call cannot be read');
  });

  it('a delete whose body is none at all is no dry run, whatever its query says', async () => {
    // Whoever was refused as often as the agent above is frozen.
    const { token } = await lab.lab.agent({ level: 4 });
    lab.upstream.forget();
    const { status } = await lab.lab.call('DELETE', `${NS}/configmaps/nothing-here?dryRun=All`, { token, body: '{}' });
    const [newest] = await lab.lab.decisions('?limit=1');
    expect(newest).toMatchObject({ decided: { input: { action: { dry_run: false } } } });
    // Judged as a real one: an object that is not there cannot be measured, so that people would have to be asked.
    expect(status).toBe(403);
    expect(lab.reached().map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('a body that is too large is refused with the reason', () => {
  it('when its length says so, before it is read', async () => {
    const head = lab.head(`POST ${NS}/configmaps HTTP/1.1`, JSON_TYPE, 'Content-Length: 999999999999');
    await expectRefused(lab, `${head}\r\n{`, [413]);
  });

  it('when it turns out so, chunk by chunk', async () => {
    const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`;
    const head = lab.head(`POST ${NS}/configmaps HTTP/1.1`, JSON_TYPE, 'Transfer-Encoding: chunked');
    await expectRefused(lab, `${head}\r\n${chunk.repeat(3)}`, [413]);
  });

  it('and the reason arrives, although the client is still sending', async () => {
    const answer = await lab.lab.call('POST', `${NS}/configmaps`, { token: lab.token, body: ' '.repeat(20_000_000) });
    expect(answer).toMatchObject({ status: 413, json: { kind: 'Status', reason: 'RequestEntityTooLarge' } });
  });

  it('and a stranger’s is not read at all', async () => {
    const head = `POST ${NS}/configmaps HTTP/1.1\r\nHost: gate\r\nContent-Length: 60000\r\n\r\n`;
    await expectRefused(lab, `${head}{`, [401]);
  });
});

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
const OBJECT = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1"}}';

describe('a body that the gate cannot read as the server would', () => {
  it.each<[string, string, string | Buffer, readonly string[]]>([
    ['YAML', `POST ${NS}/configmaps`, 'apiVersion: v1\nkind: ConfigMap\n', ['Content-Type: application/yaml']],
    [
      'a YAML bomb',
      `POST ${NS}/configmaps`,
      'a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n',
      ['Content-Type: application/yaml'],
    ],
    ['YAML that says it is JSON', `POST ${NS}/configmaps`, 'kind: ConfigMap\n', [JSON_TYPE]],
    [
      'protobuf',
      `POST ${NS}/configmaps`,
      Buffer.from('k8s\0\n\x0f'),
      ['Content-Type: application/vnd.kubernetes.protobuf'],
    ],
    ['CBOR', `POST ${NS}/configmaps`, Buffer.from('d9d9f7a0', 'hex'), ['Content-Type: application/cbor']],
    [
      'apply with YAML',
      `PATCH ${MAP}?fieldManager=x`,
      'kind: ConfigMap\n',
      ['Content-Type: application/apply-patch+yaml'],
    ],
    [
      'apply with CBOR',
      `PATCH ${MAP}?fieldManager=x`,
      Buffer.from('a0', 'hex'),
      ['Content-Type: application/apply-patch+cbor'],
    ],
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
    await expectRefused(lab, request(line, body, ...headers), [403]);
  });

  it('a delete whose body is none at all is no dry run, whatever its query says', async () => {
    lab.upstream.forget();
    const { answers } = await lab.say(request(`DELETE ${NS}/configmaps/nothing-here?dryRun=All`, '{}', JSON_TYPE));
    const [newest] = await lab.lab.decisions('?limit=1');
    expect(newest).toMatchObject({ decided: { input: { action: { dry_run: false } } } });
    // Judged as a real one: an object that is not there cannot be measured, so that people would have to be asked.
    expect(answers.map(({ status }) => status)).toEqual([403]);
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

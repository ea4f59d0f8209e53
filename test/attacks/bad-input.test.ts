import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { type AttackLab, expectRefused, startAttackLab } from './attack-lab.ts';
import { dial } from './raw-client.ts';

let lab: AttackLab;
beforeAll(async () => {
  lab = await startAttackLab();
});
afterAll(() => lab.close());

const NS = '/kube/demo/api/v1/namespaces/shop-dev';
const MAP = `${NS}/configmaps/features`;
const MIB = 2 ** 20;
const JSON_TYPE = 'Content-Type: application/json';
const YAML_TYPE = 'Content-Type: application/yaml';
const APPLY_TYPE = 'Content-Type: application/apply-patch+yaml';
const PROTOBUF_TYPE = 'Content-Type: application/vnd.kubernetes.protobuf';
const CBOR_TYPE = 'Content-Type: application/cbor';
const CREATE = `POST ${NS}/configmaps`;

function request(line: string, body: string | Buffer, ...headers: readonly string[]): Buffer {
  const bytes = Buffer.from(body);
  const head = lab.head(`${line} HTTP/1.1`, ...headers, `Content-Length: ${bytes.length}`);
  return Buffer.concat([Buffer.from(`${head}\r\n`), bytes]);
}

const configMap = (value: string) =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":${value}}}`;

/** Refused, nothing upstream, and both the answer and the record say what was wrong. */
async function expectToldWhy(said: string | Buffer, status: number, what: RegExp): Promise<void> {
  const { answers } = await expectRefused(lab, said, [status]);
  const told = JSON.parse(answers[0]?.body ?? '');
  expect(told).toMatchObject({ kind: 'Status', status: 'Failure', code: status, message: expect.stringMatching(what) });
  const id = answers[0]?.headers.get('sallyport-decision');
  // The reason alone: the advice beside it names formats too.
  const reasons = [{ message: expect.stringMatching(what) }];
  expect(await lab.lab.admin.get(`/v1/decisions/${id}`)).toMatchObject({
    decided: { did: 'deny', by: 'gate', reasons },
  });
}

/** Fifteen lines that stand for 10^15 values. */
function billionLaughs(): string {
  const lines = ['apiVersion: v1', 'kind: ConfigMap', 'metadata: {name: x}', 'a0: &a0 ["x"]'];
  for (let i = 1; i <= 15; i += 1) lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`)}]`);
  return `${lines.join('\n')}\n`;
}

/** A field 1 that holds a field 1 that holds ...: as deep as its envelope says. */
function nestedProtobuf(depth: number): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (let i = 0; i < depth; i += 1) {
    const size: number[] = [0x0a];
    for (let left = length; ; left >>>= 7) {
      if (left < 0x80) {
        size.push(left);
        break;
      }
      size.push((left & 0x7f) | 0x80);
    }
    parts.push(Buffer.from(size));
    length += size.length;
  }
  return Buffer.concat([Buffer.from('k8s\0'), ...parts.reverse()]);
}

const DEEP = 10_000;

describe('a body that nests 10,000 deep is refused, whatever it is written in', () => {
  it.each<[string, string, string | Buffer, string]>([
    ['arrays in JSON', CREATE, configMap('['.repeat(DEEP) + ']'.repeat(DEEP)), JSON_TYPE],
    ['objects in JSON', CREATE, configMap(`${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`), JSON_TYPE],
    ['arrays that never end', CREATE, '['.repeat(MIB), JSON_TYPE],
    [
      'a merge patch',
      `PATCH ${MAP}`,
      `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
      'Content-Type: application/merge-patch+json',
    ],
    [
      'the value of a JSON patch',
      `PATCH ${MAP}`,
      `[{"op":"add","path":"/data","value":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}]`,
      'Content-Type: application/json-patch+json',
    ],
    ['the options of a delete', `DELETE ${MAP}`, `{"preconditions":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`, JSON_TYPE],
    ['flow sequences in YAML', CREATE, `kind: ConfigMap\ndata: ${'['.repeat(DEEP)}${']'.repeat(DEEP)}\n`, YAML_TYPE],
    [
      'flow mappings in an apply',
      `PATCH ${MAP}?fieldManager=x`,
      `${'{a: '.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
      APPLY_TYPE,
    ],
    ['block sequences in YAML', CREATE, `data:\n${'- '.repeat(DEEP)}1\n`, YAML_TYPE],
    ['messages in protobuf', CREATE, nestedProtobuf(DEEP), PROTOBUF_TYPE],
    ['arrays in CBOR', CREATE, Buffer.concat([Buffer.alloc(DEEP, 0x81), Buffer.of(0x01)]), CBOR_TYPE],
  ])('%s', async (_name, line, body, type) => {
    await expectToldWhy(request(line, body, type), 403, /body|nested|JSON|YAML|protobuf|CBOR/i);
  });
});

describe('a bomb is refused before it goes off', () => {
  it.each<[string, string, string | Buffer, readonly string[]]>([
    ['aliases of aliases in YAML', CREATE, billionLaughs(), [YAML_TYPE]],
    ['aliases of aliases in an apply', `PATCH ${MAP}?fieldManager=x`, billionLaughs(), [APPLY_TYPE]],
    ['an alias of itself', CREATE, 'a: &a [*a]\n', [YAML_TYPE]],
    [
      '64 MiB of blanks in 64 KiB of gzip',
      CREATE,
      gzipSync(Buffer.alloc(64 * MIB, 0x20)),
      [JSON_TYPE, 'Content-Encoding: gzip'],
    ],
    [
      'gzip in gzip',
      CREATE,
      gzipSync(gzipSync(Buffer.alloc(8 * MIB, 0x20))),
      [JSON_TYPE, 'Content-Encoding: gzip, gzip'],
    ],
    [
      'a JSON patch that doubles what it copies, more often than the server takes',
      `PATCH ${MAP}`,
      `[${Array.from({ length: 10_001 }, (_, i) => `{"op":"copy","from":"/data","path":"/data/${i}"}`)}]`,
      ['Content-Type: application/json-patch+json'],
    ],
    ['an indefinite CBOR array', CREATE, Buffer.concat([Buffer.of(0x9f), Buffer.alloc(MIB, 0x9f)]), [CBOR_TYPE]],
    ['a CBOR text that says that it has 2^63 bytes', CREATE, Buffer.from('7b7fffffffffffffff61', 'hex'), [CBOR_TYPE]],
    [
      'a protobuf field that says that it has 4 GiB',
      CREATE,
      Buffer.from('6b3873000affffffff0f', 'hex'),
      [PROTOBUF_TYPE],
    ],
  ])('%s', async (_name, line, body, headers) => {
    await expectToldWhy(
      request(line, body, ...headers),
      403,
      /body|content|alias|anchor|operations|JSON|YAML|protobuf|CBOR/i,
    );
  });

  it('and meanwhile nothing was taken apart: the gate answers others at once', async () => {
    const bombs = Array.from({ length: 8 }, () => lab.say(request(CREATE, billionLaughs(), YAML_TYPE)));
    const { status } = await lab.lab.call('GET', `${NS}/configmaps`, { token: lab.token });
    expect(status).toBe(200);
    expect((await Promise.all(bombs)).flatMap(({ answers }) => answers.map((answer) => answer.status))).toEqual(
      bombs.map(() => 403),
    );
  });
});

describe('a body of more than 3 MiB', () => {
  it.each<[string, () => string | Buffer]>([
    ['that says so', () => request(CREATE, configMap(JSON.stringify('x'.repeat(3 * MIB))), JSON_TYPE)],
    ['by one byte', () => request(CREATE, Buffer.alloc(3 * MIB + 1, 0x20), JSON_TYPE)],
    [
      'in chunks',
      () => {
        const chunk = `100000\r\n${' '.repeat(MIB)}\r\n`;
        return `${lab.head(`${CREATE} HTTP/1.1`, JSON_TYPE, 'Transfer-Encoding: chunked')}\r\n${chunk.repeat(3)}1\r\n \r\n0\r\n\r\n`;
      },
    ],
  ])('%s is refused with what the limit is', async (_name, said) => {
    await expectToldWhy(said(), 413, /larger than 3145728 bytes/);
  });

  it('is the first that is: one of just 3 MiB is read', async () => {
    const body = configMap(JSON.stringify('x'.repeat(3 * MIB - configMap('""').length)));
    expect(body).toHaveLength(3 * MIB);
    const dry = await lab.lab.call('POST', `${NS}/configmaps?dryRun=All`, { token: lab.token, body });
    expect([dry.status, textAt(dry.json, 'metadata', 'name')]).toEqual([201, 'x']);
  });
});

describe('a body whose length is wrong', () => {
  it('and that ends before it is there is refused on the record; nobody is left to be told', async () => {
    lab.upstream.forget();
    const socket = dial({ origin: lab.lab.origin, caPem: lab.lab.gate.caPem });
    socket.on('error', () => undefined);
    const head = lab.head(`${CREATE} HTTP/1.1`, JSON_TYPE, 'Content-Length: 1000');
    socket.end(`${head}\r\n${configMap('"1"')}`);
    const newest = async () => (await lab.lab.decisions('?limit=1'))[0];
    await expect.poll(newest).toMatchObject({
      decided: { did: 'deny', by: 'gate', reasons: [{ rule: 'wire/malformed', message: 'the body broke off' }] },
    });
    expect(lab.reached()).toEqual([]);
  });

  it('and that goes on behind it is not read at all, for what is behind it is no request', async () => {
    const body = configMap('"1"');
    const head = lab.head(`PUT ${MAP} HTTP/1.1`, JSON_TYPE, `Content-Length: ${body.length - 1}`);
    await expectRefused(lab, `${head}\r\n${body}`, [400]);
  });
});

describe('a path that cannot be', () => {
  it.each<[string, string, RegExp]>([
    ['of more than 16 KiB', `GET ${NS}/configmaps/${'x'.repeat(17_000)} HTTP/1.1`, /longer than 16384/],
    ['that climbs', `GET ${NS}/../../../../etc/passwd HTTP/1.1`, /dot segment/],
    ['with a NUL', `DELETE ${NS}/configmaps/%00 HTTP/1.1`, /control character/],
    ['with bytes that are no UTF-8', `GET ${NS}/configmaps/%fe%ff HTTP/1.1`, /percent-encoding/],
    ['with an empty segment', `DELETE ${NS}//configmaps HTTP/1.1`, /empty segment/],
    ['with a fragment', `DELETE ${MAP}#/x HTTP/1.1`, /contains \\?"#/],
  ])('%s is refused with what is wrong', async (_name, line, what) => {
    await expectToldWhy(`${lab.head(line)}\r\n`, 400, what);
  });
});

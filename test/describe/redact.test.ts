import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/describe/redact.ts';
import type { Json } from '../../src/json.ts';
import { wireCall } from './wire-calls.ts';

const KEY = Buffer.alloc(32, 7);
const redactor = createRedactor(KEY);
const { digest, redactText } = redactor;

it('digests by HMAC-SHA256 with its key', () => {
  const expected = `hmac-sha256:${createHmac('sha256', KEY).update('hunter2').digest('hex')}`;
  expect(digest('hunter2')).toBe(expected);
  expect(digest(Buffer.from('hunter2'))).toBe(expected);
  expect(createRedactor(Buffer.alloc(32, 8)).digest('hunter2')).not.toBe(expected);
});

it('refuses a key of another length', () => {
  expect(() => createRedactor(Buffer.alloc(16))).toThrow('The redaction key has 16 bytes, not 32.');
});

// Made up on the spot and put together here, so that nobody's scanner takes them for real ones.
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJ3ZWIifQ', 'c2lnbmF0dXJl'].join('.');
const PEM = ['-----BEGIN RSA PRIVATE', ' KEY-----\nMIIBOgIBAAJBAK\nabc\n-----END RSA PRIVATE', ' KEY-----'].join('');
const GITHUB = `ghp_${'a1B2c3D4'.repeat(4)}`;
const AWS = `AKIA${'ABCDEFGH'.repeat(2)}`;
const SLACK = ['xoxb', '1234567890', 'abcdefghij'].join('-');
const OPENAI = `sk-proj-${'Ab3_'.repeat(8)}`;

describe('text', () => {
  it.each([
    ['a JWT', `it says ${JWT}.`, [JWT], 'it says <0>.'],
    ['a private key', `key: x\n${PEM}\nend`, [PEM], 'key: x\n<0>\nend'],
    ['a private key that is cut off', PEM.slice(0, 60), [PEM.slice(0, 60)], '<0>'],
    ['an AWS key', `id ${AWS} used`, [AWS], 'id <0> used'],
    ['a session key', AWS.replace('AKIA', 'ASIA'), [AWS.replace('AKIA', 'ASIA')], '<0>'],
    ['a GitHub token', `git clone with ${GITHUB}`, [GITHUB], 'git clone with <0>'],
    ['an OAuth GitHub token', GITHUB.replace('ghp', 'gho'), [GITHUB.replace('ghp', 'gho')], '<0>'],
    ['a fine-grained GitHub token', `github_pat_${'a'.repeat(22)}_b`, [`github_pat_${'a'.repeat(22)}_b`], '<0>'],
    ['a Slack token', SLACK, [SLACK], '<0>'],
    ['an OpenAI key', `with ${OPENAI}`, [OPENAI], 'with <0>'],
    ['a bearer header', 'Authorization: Bearer abcdef123456', ['abcdef123456'], 'Authorization: Bearer <0>'],
    ['basic credentials', 'authorization: basic dXNlcjpwYXNz', ['dXNlcjpwYXNz'], 'authorization: basic <0>'],
    ['a password in a URL', 'postgres://app:hunter2@db:5432/x', ['hunter2'], 'postgres://app:<0>@db:5432/x'],
    ['one with an at sign', 'postgres://app:hun@ter2@db/x', ['hun@ter2'], 'postgres://app:<0>@db/x'],
    ['a token in a URL', `https://${'0a1b'.repeat(6)}@example.com`, ['0a1b'.repeat(6)], 'https://<0>@example.com'],
    ['a named value', 'password=hunter2 user=app', ['hunter2'], 'password=<0> user=app'],
    ['a named value in JSON', '{"api_key": "abc"}', ['abc'], '{"api_key": "<0>"}'],
    ['a flag', 'login --password hunter --user app', ['hunter'], 'login --password <0> --user app'],
    ['a spoken password', 'the password hunter2 is right', ['hunter2'], 'the password <0> is right'],
    ['two of them', `${AWS} and ${GITHUB}`, [AWS, GITHUB], '<0> and <1>'],
  ])('loses %s', (_, text, secrets, expected) => {
    const shown = expected.replace(/<(\d)>/g, (__, at) => digest(secrets[Number(at)] ?? ''));
    expect(redactText(text)).toBe(shown);
  });

  it.each([
    'the checkout pods restart since 14:02',
    'secrets are read by the token controller',
    'kubectl rollout restart deployment/task-runner-with-a-very-long-name',
    'https://grafana.example.com:3000/d/abc?orgId=1',
    'app=web,tier!=cache',
    'disk-cleanup-abcdefghijklmnopqrstuvwx',
    '',
  ])('keeps %j', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('becomes a digest when it is longer than anybody reads', () => {
    expect(redactText('a'.repeat(4096))).toBe('a'.repeat(4096));
    expect(redactText('a'.repeat(4097))).toBe(digest('a'.repeat(4097)));
  });

  it('is redacted only once: what is redacted stays as it is', () => {
    for (const text of [`password=${JWT}`, `Bearer ${JWT}`, `--token ${GITHUB}`, 'secret: abc1']) {
      expect(redactText(redactText(text))).toBe(redactText(text));
    }
  });

  it('cannot hide a secret behind what looks like a digest', () => {
    expect(redactText('password=hmac-sha256:hunter2')).not.toContain('hunter2');
  });
});

describe('an object', () => {
  const d = digest;
  it.each<[string, Json, Json]>([
    [
      'a Secret: data and stringData, equal where the secrets are',
      {
        kind: 'Secret',
        metadata: { name: 's' },
        type: 'Opaque',
        data: { a: 'aHVudGVyMg==', b: 'no base64!' },
        stringData: { a: 'hunter2' },
      },
      {
        kind: 'Secret',
        metadata: { name: 's' },
        type: 'Opaque',
        data: { a: d('hunter2'), b: d('no base64!') },
        stringData: { a: d('hunter2') },
      },
    ],
    [
      'a list of Secrets, whose items do not say what they are',
      { kind: 'SecretList', items: [{ data: { a: 'aHVudGVyMg==' } }] },
      { kind: 'SecretList', items: [{ data: { a: d('hunter2') } }] },
    ],
    [
      'a list of different things',
      {
        kind: 'List',
        items: [
          { kind: 'Secret', stringData: { a: 'x' } },
          { kind: 'ConfigMap', data: { a: 'x' } },
        ],
      },
      {
        kind: 'List',
        items: [
          { kind: 'Secret', stringData: { a: d('x') } },
          { kind: 'ConfigMap', data: { a: 'x' } },
        ],
      },
    ],
    [
      'stringData without a kind',
      { stringData: { a: 'x' }, data: { b: 'eA==' } },
      { stringData: { a: d('x') }, data: { b: d('x') } },
    ],
    [
      'environment in any template',
      {
        kind: 'CronJob',
        spec: {
          jobTemplate: {
            spec: {
              template: {
                spec: {
                  initContainers: [
                    {
                      name: 'c',
                      env: [
                        { name: 'A', value: 'b' },
                        { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
                      ],
                    },
                  ],
                },
              },
            },
          },
        },
      },
      {
        kind: 'CronJob',
        spec: {
          jobTemplate: {
            spec: {
              template: {
                spec: {
                  initContainers: [
                    {
                      name: 'c',
                      env: [
                        { name: 'A', value: d('b') },
                        { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
                      ],
                    },
                  ],
                },
              },
            },
          },
        },
      },
    ],
    ['environment as a map', { spec: { env: { A: 'b' } } }, { spec: { env: { A: d('b') } } }],
    ['environment as a list of words', { spec: { env: ['A=b'] } }, { spec: { env: [d('A=b')] } }],
    [
      'config map entries by name',
      {
        kind: 'ConfigMap',
        data: { 'db-password': 'x', 'tls.key': 'y', PRIVATE_PEM: 'z', log: 'debug' },
        binaryData: { 'app.keystore': 'aHVudGVyMg==' },
      },
      {
        kind: 'ConfigMap',
        data: { 'db-password': d('x'), 'tls.key': d('y'), PRIVATE_PEM: d('z'), log: 'debug' },
        binaryData: { 'app.keystore': d('hunter2') },
      },
    ],
    [
      'fields by name',
      { spec: { clientSecret: 'x', password: 5, secretName: 's' }, status: { token: 't' } },
      { spec: { clientSecret: d('x'), password: d('5'), secretName: 's' }, status: { token: d('t') } },
    ],
    [
      'not switches and numbers beside',
      { automountServiceAccountToken: false, replicas: 3, x: null },
      { automountServiceAccountToken: false, replicas: 3, x: null },
    ],
    [
      'words of a command',
      { args: ['--token', 'abc', '--user', 'app', '--password=x'] },
      { args: ['--token', d('abc'), '--user', 'app', `--password=${d('x')}`] },
    ],
    [
      'formats anywhere, in names too',
      { a: [{ b: `see ${GITHUB}` }], [GITHUB]: 1 },
      { a: [{ b: `see ${d(GITHUB)}` }], [d(GITHUB)]: 1 },
    ],
    ['what is no object', 'plain', 'plain'],
  ])('%s', (_, object, expected) => {
    const before = structuredClone(object);
    expect(redactor.redactKubernetes(object)).toEqual(expected);
    expect(object).toEqual(before);
  });

  it('loses secrets in the annotation that kubectl apply leaves', () => {
    const applied = { kind: 'Secret', stringData: { a: 'hunter2' } };
    const annotated = (text: string) => ({
      kind: 'Secret',
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } },
    });
    expect(redactor.redactKubernetes(annotated(JSON.stringify(applied)))).toEqual(
      annotated(JSON.stringify({ kind: 'Secret', stringData: { a: digest('hunter2') } })),
    );
    expect(redactor.redactKubernetes(annotated('{"a":'))).toEqual(annotated(digest('{"a":')));
  });

  it('takes a patch for what it patches, whatever it says of itself', () => {
    expect(redactor.redactKubernetes({ data: { a: 'eA==' } }, 'secrets')).toEqual({ data: { a: digest('x') } });
    expect(redactor.redactKubernetes({ data: { token: 'x', a: 'y' } }, 'configmaps')).toEqual({
      data: { token: digest('x'), a: 'y' },
    });
    const lie = { kind: 'ConfigMap', data: { a: 'eA==' } };
    expect(redactor.redactKubernetes(lie, 'secrets')).toEqual({ ...lie, data: { a: digest('x') } });
  });

  it('redacts a JSON patch by the places that it goes to', () => {
    const env = '/spec/template/spec/containers/0/env';
    const annotation = '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration';
    const patch = [
      { op: 'add', path: `${env}/0/value`, value: 'x' },
      { op: 'add', path: `${env}/-`, value: { name: 'A', value: 'x' } },
      { op: 'replace', path: env, value: [{ name: 'A', value: 'x' }] },
      { op: 'replace', path: '/spec/replicas', value: 3 },
      { op: 'test', path: annotation, value: '{"kind":"Secret","stringData":{"a":"x"}}' },
      { op: 'remove', path: '/metadata/labels/a' },
    ];
    expect(redactor.redactJsonPatch(patch)).toEqual([
      { op: 'add', path: `${env}/0/value`, value: digest('x') },
      { op: 'add', path: `${env}/-`, value: { name: 'A', value: digest('x') } },
      { op: 'replace', path: env, value: [{ name: 'A', value: digest('x') }] },
      { op: 'replace', path: '/spec/replicas', value: 3 },
      { op: 'test', path: annotation, value: `{"kind":"Secret","stringData":{"a":"${digest('x')}"}}` },
      { op: 'remove', path: '/metadata/labels/a' },
    ]);
    expect(redactor.redactJsonPatch([{ op: 'add', path: '/data/a', value: 'eA==' }], 'secrets')).toEqual([
      { op: 'add', path: '/data/a', value: digest('x') },
    ]);
    expect(redactor.redactJsonPatch([{ op: 'add', path: '', value: { data: { a: 'eA==' } } }], 'secrets')).toEqual([
      { op: 'add', path: '', value: { data: { a: digest('x') } } },
    ]);
  });

  it('keeps __proto__ an ordinary member and survives depth', () => {
    const odd: Json = JSON.parse('{"__proto__":{"password":"x"},"constructor":1}');
    const shown = redactor.redactKubernetes(odd);
    expect(JSON.stringify(shown)).toBe(`{"__proto__":{"password":"${digest('x')}"},"constructor":1}`);
    const deep: Json = JSON.parse(`${'['.repeat(5000)}"hunter2"${']'.repeat(5000)}`);
    expect(JSON.stringify(redactor.redactKubernetes(deep))).not.toContain('hunter2');
  });

  it('never changes anything that is no secret, for any object', () => {
    const word = fc.stringMatching(/^[a-d]{0,6}$/);
    fc.assert(
      fc.property(fc.object({ key: word, values: [word, fc.integer(), fc.boolean(), fc.constant(null)] }), (object) => {
        const json: Json = JSON.parse(JSON.stringify(object));
        expect(redactor.redactKubernetes(json)).toEqual(json);
      }),
    );
  });
});

describe('a path', () => {
  const shown = (target: string) => redactor.redactPath(wireCall('GET', target).path);
  it.each([
    '/api/v1/namespaces/shop/pods/web',
    '/api/v1/namespaces/shop/secrets/db?watch=true',
    '/apis/apps/v1/deployments?labelSelector=app%3Dweb%2Ctier!%3Dcache&limit=500',
    '/',
  ])('stays as it is: %s', (target) => {
    expect(shown(target)).toBe(target);
  });

  it.each([
    ['a parameter by its name', '/p?token=abc&x=1', `/p?token=${encodeURIComponent(digest('abc'))}&x=1`],
    ['a parameter by its format', `/p?x=${GITHUB}`, `/p?x=${encodeURIComponent(digest(GITHUB))}`],
    ['a segment', `/p/${GITHUB}/q`, `/p/${digest(GITHUB)}/q`],
    ['a long parameter', `/p?x=${'a'.repeat(600)}`, `/p?x=${encodeURIComponent(digest('a'.repeat(600)))}`],
    [
      'the words of a command',
      '/p?command=login&command=--password&command=abc',
      `/p?command=login&command=--password&command=${encodeURIComponent(digest('abc'))}`,
    ],
    [
      'a secret over several segments',
      `/p/${encodeURIComponent(PEM.slice(0, 40))}/MIIB`,
      `/${digest(`/p/${PEM.slice(0, 40)}/MIIB`)}`,
    ],
  ])('loses %s', (_, target, expected) => {
    expect(shown(target)).toBe(expected);
  });

  it('is bounded', () => {
    const long = `/p?${Array.from({ length: 100 }, (_, at) => `p${at}=${'a'.repeat(100)}`).join('&')}`;
    expect(shown(long)).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
  });
});

describe('evil input', () => {
  it.each([
    '://a:',
    'eyJ',
    '-----BEGIN PRIVATE KEY-----',
    'secret ',
    'token:"\'',
    '-a',
    ' --key',
    'sk-ab-',
    '-',
    'bearer ',
    'api',
    'A',
  ])('does not slow the formats down: %j again and again', (piece) => {
    // Counted, not timed: were a format worse than linear, the test run would not end.
    const text = piece.repeat(Math.floor(4096 / piece.length));
    for (let run = 0; run < 50; run++) redactText(text);
    expect(redactText(text).length).toBeGreaterThan(0);
  });
});

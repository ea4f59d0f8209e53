import { Writable } from 'node:stream';
import { encode } from 'cborg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import { field, message, protobuf } from '../describe/kubernetes/protobuf/encode.ts';
import { wholeLog } from '../e2e/judged-call.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { followStream, type Stream } from './watch-decisions.ts';

const CREDENTIAL = 'upstream-credential-0a1b2c3d4e5f';
const PLANTED = {
  data: 'planted-in-secret-data',
  stringData: 'planted-in-string-data',
  env: 'planted-in-an-environment-value',
  oldEnv: 'planted-in-an-environment-value-before',
  argument: 'planted-behind-a-password-flag',
  header: 'planted-bearer-token-in-a-claim',
} as const;
const base64 = (text: string) => Buffer.from(text).toString('base64');

let upstream: RecordingUpstream;
let lab: GateLab;
let stream: Stream;
const secrets = new Map<string, string>(Object.entries(PLANTED));
let logs = '';

beforeAll(async () => {
  upstream = await startRecordingUpstream();
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logs += String(chunk);
      done();
    },
  });
  lab = await startGateLab({
    upstream: { url: upstream.url, token: CREDENTIAL },
    logger: pino({ level: 'trace' }, sink),
  });
  secrets.set('the credential of the gate', CREDENTIAL);
  stream = await followStream(lab);
});
afterAll(async () => {
  await stream.stop();
  await lab.close();
  await upstream.close();
});

const CORE = '/kube/demo/api/v1/namespaces/shop-dev';
const APPS = '/kube/demo/apis/apps/v1/namespaces/shop-dev';

const container = (env: string) => ({
  name: 'main',
  image: 'shop.example/web:1.4.0',
  args: ['--password', PLANTED.argument],
  env: [{ name: 'COLOUR', value: env }],
});

const map = (key: string, value: string) => Buffer.concat([field(1, key), field(2, value)]);
const SECRET_IN_PROTOBUF = protobuf(
  'v1',
  'Secret',
  message([1, 'hidden']),
  field(2, map('word', PLANTED.data)),
  field(4, map('other', PLANTED.stringData)),
);
const CONTAINER_IN_PROTOBUF = Buffer.concat([
  field(1, 'main'),
  field(4, '--password'),
  field(4, PLANTED.argument),
  field(7, map('COLOUR', PLANTED.env)),
]);
// spec.template.spec.containers
const DEPLOYMENT_IN_PROTOBUF = protobuf(
  'apps/v1',
  'Deployment',
  message([1, 'encoded']),
  field(2, field(3, field(2, field(2, CONTAINER_IN_PROTOBUF)))),
);

it('no token, credential, secret or environment value is in any leaf, on the event stream or in the log', async () => {
  const operator = await lab.admin.post('/v1/operators', { name: 'another', role: 'viewer', groups: [] });
  secrets.set('the token of an operator', textAt(operator, 'token'));
  const deployment = {
    metadata: { name: 'discreet' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'discreet' } },
      template: { metadata: { labels: { app: 'discreet' } }, spec: { containers: [container(PLANTED.oldEnv)] } },
    },
  };
  await fetch(`${upstream.url}/apis/apps/v1/namespaces/shop-dev/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(deployment),
  });
  const patched: JsonObject = { spec: { template: { spec: { containers: [container(PLANTED.env)] } } } };
  const secret: JsonObject = {
    metadata: { name: 'hidden' },
    data: { word: base64(PLANTED.data) },
    stringData: { other: PLANTED.stringData },
  };
  const apply = { 'content-type': 'application/apply-patch+yaml' };
  const merge = { 'content-type': 'application/merge-patch+json' };
  const seen: string[] = [];
  for (const level of [1, 3, 5]) {
    const { id, token } = await lab.agent({ level });
    secrets.set(`the token of ${id}`, token);
    for (const [method, path, body, headers] of [
      ['GET', `${CORE}/secrets/hidden`, undefined, {}],
      ['GET', `${CORE}/configmaps`, undefined, { 'sallyport-reason': `Bearer ${PLANTED.header}` }],
      ['POST', `${CORE}/secrets`, secret, {}],
      ['POST', `${CORE}/secrets`, SECRET_IN_PROTOBUF, { 'content-type': 'application/vnd.kubernetes.protobuf' }],
      ['PUT', `${CORE}/secrets/hidden`, encode(secret), { 'content-type': 'application/cbor' }],
      ['POST', `${CORE}/secrets`, stringify(secret), { 'content-type': 'application/yaml' }],
      ['PATCH', `${CORE}/secrets/hidden?fieldManager=x`, stringify(secret), apply],
      [
        'PATCH',
        `${CORE}/secrets/hidden?fieldManager=x`,
        encode(secret),
        { 'content-type': 'application/apply-patch+cbor' },
      ],
      [
        'POST',
        `${APPS}/deployments`,
        DEPLOYMENT_IN_PROTOBUF,
        { 'content-type': 'application/vnd.kubernetes.protobuf' },
      ],
      ['PATCH', `${APPS}/deployments/discreet?fieldManager=x`, stringify(patched), apply],
      ['PATCH', `${CORE}/secrets/hidden`, secret, merge],
      ['PATCH', `${APPS}/deployments/discreet`, patched, merge],
      ['POST', `${APPS}/deployments`, { ...deployment, metadata: { name: `copy-${level}` } }, {}],
      ['DELETE', `${APPS}/deployments/discreet?dryRun=All`, undefined, {}],
      // Refused: a token in the query, an unreadable body, a second body.
      ['GET', `${CORE}/configmaps?access_token=${token}`, undefined, {}],
      ['PATCH', `${APPS}/deployments/discreet`, `{"spec":"${PLANTED.env}"`, merge],
      ['PATCH', `${CORE}/secrets/hidden?fieldManager=x`, `stringData:\n  a: ${PLANTED.stringData} &\n  a: b\n`, apply],
      [
        'POST',
        `${CORE}/secrets`,
        Buffer.concat([SECRET_IN_PROTOBUF, Buffer.from(PLANTED.data)]),
        { 'content-type': 'application/vnd.kubernetes.protobuf' },
      ],
    ] as const) {
      const answer = await lab.call(method, path, { token, headers, ...(body === undefined ? {} : { body }) });
      seen.push(String(answer.headers['sallyport-outcome']));
    }
    // A wrong token and an upstream that repeats what it was sent.
    await lab.call('GET', `${CORE}/configmaps`, { token: `${token}x` });
    upstream.fault = (incoming, response, reached) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', message: JSON.stringify([incoming.headers, reached.body]) }));
      return true;
    };
    await lab.call('PATCH', `${APPS}/deployments/discreet`, { token, headers: merge, body: patched });
    upstream.fault = (incoming) => {
      incoming.socket.destroy(new Error(String(incoming.headers.authorization)));
      return true;
    };
    await lab.call('GET', `${CORE}/configmaps`, { token });
    upstream.fault = undefined;
  }
  expect(new Set(seen)).toEqual(new Set(['allow', 'hold', 'deny']));
  const leaves = await wholeLog(lab);
  expect(leaves.length).toBeGreaterThan(60);
  const places = { leaves: leaves.join('\n'), stream: JSON.stringify(stream.all()), logs };
  const found = [...secrets].flatMap(([name, value]) =>
    Object.entries(places)
      .filter(([, text]) => [value, base64(value)].some((form) => text.includes(form)))
      .map(([place, text]) => [
        name,
        place,
        text.slice(Math.max(0, text.indexOf(value) - 300), text.indexOf(value) + 60),
      ]),
  );
  expect(found).toEqual([]);
  // All three places have been written to.
  expect(Object.values(places).map((text) => text.length > 0)).toEqual([true, true, true]);
});

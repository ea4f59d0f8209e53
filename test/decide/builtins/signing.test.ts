import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { callOf, expectAnswersOfOpa, hostAnswer } from './opa-answers.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const secret = { kty: 'oct', k: Buffer.from('a secret that is long enough').toString('base64url') };

it('tokens are signed as OPA signs them', async () => {
  const keys = [rsa, ed25519, secret, { keys: [secret, rsa] }, { keys: [] }, { kty: 'oct' }, {}];
  const algorithms = ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'EdDSA', 'none', ''];
  const payloads = [{ b: '<&>', a: [1.5, 1e21], n: null }, {}, 'text'];
  const headers = [
    ...algorithms.map((alg) => ({ typ: 'JWT', alg })),
    { alg: 'HS256' },
    { typ: 'text', alg: 'HS256' },
    {},
  ];
  const fitting = (header: { alg?: string }, key: object): boolean => {
    const kty = 'kty' in key ? key.kty : 'oct';
    const wanted = header.alg?.startsWith('RS') ? 'RSA' : header.alg === 'EdDSA' ? 'OKP' : 'oct';
    return kty === wanted || !['RS', 'Ed', 'HS'].includes(header.alg?.slice(0, 2) ?? '');
  };
  const calls = headers.flatMap((header) =>
    keys
      .filter((key) => fitting(header, key))
      .flatMap((key) =>
        payloads.flatMap((payload) => [
          callOf('io.jwt.encode_sign', header, payload, key),
          callOf('io.jwt.encode_sign_raw', JSON.stringify(header), ` ${JSON.stringify(payload)}`, JSON.stringify(key)),
          callOf('io.jwt.encode_sign_raw', JSON.stringify(header), 'no JSON', JSON.stringify(key)),
        ]),
      ),
  );
  await expectAnswersOfOpa(calls);
});

it.each([
  ['random numbers', { alg: 'ES256' }, ec, 'cannot be repeated'],
  ['random salts', { alg: 'PS256' }, rsa, 'cannot be repeated'],
  ['a key that is too large', { alg: 'RS256' }, { ...rsa, n: 'A'.repeat(2000) }, 'more than 4096 bits'],
])('signing faults for %s', (_what, header, key, message) => {
  expect(() => hostAnswer(callOf('io.jwt.encode_sign', header, {}, key))).toThrow(message);
});

it('requests to AWS are signed as OPA signs them', async () => {
  const config = { aws_service: 's3', aws_access_key: 'ID', aws_secret_access_key: 'secret', aws_region: 'eu-1' };
  const configs = [
    config,
    { ...config, aws_service: 'ec2', aws_session_token: 'token' },
    { ...config, disable_payload_signing: true },
    { ...config, disable_payload_signing: 1 },
    { ...config, aws_region: 5 },
    {},
  ];
  const requests = [
    { method: 'GET', url: 'https://example.com/a%2fb/%20c?x=1&y=%20' },
    {
      method: 'put',
      url: 'http://é.example/*',
      body: { b: ['<', 1], a: null },
      headers: { 'X-Own': 'ä', Authorization: 'x' },
    },
    { method: 'post', url: '/relative', raw_body: 'raw', body: 'not', headers: { Host: 'other', n: 5 } },
    { method: 'get', url: 'http://[', headers: {} },
    { method: 'get', url: 'http://x', headers: [] },
    { method: 'get', url: 'http://x', other: 1 },
    { method: 1, url: 'http://x' },
    {},
  ];
  const times = ['1451311705000000000', '-1', '1.5', '99999999999999999999', '"1"'];
  const calls = requests.flatMap((request) =>
    configs.flatMap((one) =>
      times.map((time) => ({
        name: 'providers.aws.sign_req',
        args: [JSON.stringify(request), JSON.stringify(one), time],
      })),
    ),
  );
  await expectAnswersOfOpa(calls);
});

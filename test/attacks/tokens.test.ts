import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { startGateLab } from '../gate/gate-lab.ts';
import { type AttackLab, expectRefused, startAttackLab } from './attack-lab.ts';

let lab: AttackLab;
beforeAll(async () => {
  lab = await startAttackLab();
});
afterAll(() => lab.close());

const TARGET = '/kube/demo/api/v1/namespaces/shop-dev/configmaps/features';

function withAuthorization(...values: readonly string[]): string {
  const lines = values.map((value) => `Authorization: ${value}\r\n`).join('');
  return `GET ${TARGET} HTTP/1.1\r\nHost: gate\r\n${lines}\r\n`;
}

/** The gate's own key, as only somebody inside could have it: what is refused is refused for what it says. */
async function gateKey() {
  return createPrivateKey(await readFile(join(lab.lab.state, 'agent-signing.pem'), 'utf8'));
}

interface Forgery {
  /** Undefined takes a claim away. */
  readonly claims?: Readonly<Record<string, string | number | undefined>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly key?: Parameters<SignJWT['sign']>[0];
}

/** The agent's good token, with some claims or its head changed, signed again. */
async function forge({ claims = {}, header = {}, key }: Forgery): Promise<string> {
  const { alg = 'EdDSA', ...good } = decodeProtectedHeader(lab.token);
  const signing = new SignJWT({ ...decodeJwt(lab.token), ...claims }).setProtectedHeader({ ...good, alg, ...header });
  return signing.sign(key ?? (await gateKey()));
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const SOON = 4_000_000_000;

describe('a token', () => {
  it('that is signed again with the gate’s own key is good, so that the refusals below mean something', async () => {
    lab.upstream.forget();
    const { answers } = await lab.say(withAuthorization(`Bearer ${await forge({})}`));
    expect(answers.map(({ status }) => status)).toEqual([200]);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['without a signature', () => lab.token.replace(/[^.]*$/, '')],
    ['of another signature', () => `${lab.token.slice(0, -6)}AAAAAA`],
    ['of algorithm none', () => `${encode({ alg: 'none', typ: 'JWT' })}.${lab.token.split('.')[1]}.`],
    ['of algorithm None', () => `${encode({ alg: 'None', typ: 'JWT' })}.${lab.token.split('.')[1]}.`],
    ['signed with the public key as a secret', () => confused()],
    ['signed with another key', () => forge({ key: generateKeyPairSync('ed25519').privateKey })],
    ['signed with a key that it brings along', () => bringsItsKey()],
    ['that names another key', () => forge({ header: { kid: '../../etc/passwd' } })],
    ['of another type', () => forge({ header: { typ: 'JWT' } })],
    ['for another audience', () => forge({ claims: { aud: 'sallyport:another-gate' } })],
    ['for no audience', () => forge({ claims: { aud: '' } })],
    ['that has expired', () => forge({ claims: { exp: 1_700_000_000 } })],
    ['that never expires', () => forge({ claims: { exp: undefined } })],
    ['that is not valid yet', () => forge({ claims: { nbf: SOON, exp: SOON + 60 } })],
    ['for another route', () => forge({ claims: { route: 'another' } })],
    ['for every route', () => forge({ claims: { route: '*' } })],
    ['without a route', () => forge({ claims: { route: undefined } })],
    ['of an agent that there is not', () => forge({ claims: { sub: 'nobody' } })],
    ['of an agent called like a property', () => forge({ claims: { sub: '__proto__' } })],
    ['without an issuer', () => forge({ claims: { iss: undefined } })],
    ['of an issuer that is not configured', () => forge({ claims: { iss: 'https://evil.example' } })],
    ['of a revoked agent', () => ofRevokedAgent()],
    ['that was revoked itself', () => revokedItself()],
    ['of an operator', () => ofOperator()],
    ['of another gate', () => ofAnotherGate()],
    ['that is empty', () => ''],
    ['that is no token', () => 'x'],
    ['with a NUL in it', () => 'a.b.c%00'],
    ['with another one behind it', () => `${lab.token}, Bearer ${lab.token}`],
    ['with blanks around it', () => `${lab.token} x`],
  ])('%s is refused with 401, on the record', async (_name, token) => {
    const { answers } = await expectRefused(lab, withAuthorization(`Bearer ${await token()}`), [401]);
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
    const [newest] = await lab.lab.decisions('?limit=1');
    expect(newest).toMatchObject({ decided: { did: 'deny', by: 'gate', agent: null } });
  });

  it.each<[string, string[], number]>([
    ['of another scheme', ['Basic YWRtaW46YWRtaW4='], 401],
    ['without a scheme', ['x.y.z'], 401],
    ['of no scheme and no token', [''], 401],
    ['that is there twice', ['Bearer x.y.z', 'Bearer x.y.z'], 400],
  ])('an Authorization %s is refused', async (_name, values, status) => {
    await expectRefused(lab, withAuthorization(...values), [status]);
  });

  it.each(['access_token', 'token', 'authorization'])('in the query as %s is no token', async (name) => {
    const said = `GET ${TARGET}?${name}=${lab.token} HTTP/1.1\r\nHost: gate\r\n\r\n`;
    await expectRefused(lab, said, [401]);
  });
});

/** RS256 and EdDSA verifiers have been made to take their public key for an HMAC secret. */
async function confused(): Promise<string> {
  const pem = createPublicKey(await gateKey()).export({ type: 'spki', format: 'pem' });
  const head = `${encode({ ...decodeProtectedHeader(lab.token), alg: 'HS256' })}.${lab.token.split('.')[1]}`;
  return `${head}.${createHmac('sha256', pem).update(head).digest('base64url')}`;
}

async function bringsItsKey(): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const head = { ...decodeProtectedHeader(lab.token), alg: 'EdDSA', jwk: publicKey.export({ format: 'jwk' }) };
  return new SignJWT(decodeJwt(lab.token)).setProtectedHeader(head).sign(privateKey);
}

async function ofRevokedAgent(): Promise<string> {
  const { id, token } = await lab.lab.agent();
  await lab.lab.admin.post(`/v1/agents/${id}/revoke`, { why: 'a test' });
  return token;
}

async function revokedItself(): Promise<string> {
  const { token } = await lab.lab.agent();
  await lab.lab.admin.post(`/v1/tokens/${decodeJwt(token).jti}/revoke`, { why: 'a test' });
  return token;
}

async function ofOperator(): Promise<string> {
  const made = await lab.lab.admin.post('/v1/operators', { name: 'Ola', role: 'administrator' });
  return textAt(made, 'token');
}

async function ofAnotherGate(): Promise<string> {
  const other = await startGateLab({ upstream: { url: lab.upstream.url } });
  try {
    return (await other.agent()).token;
  } finally {
    await other.close();
  }
}

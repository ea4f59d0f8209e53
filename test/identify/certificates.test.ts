import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createCertificates } from '../../src/identify/certificates.ts';
import {
  BOT,
  bearer,
  callTo,
  DAY,
  issueToken,
  openGate,
  refusalOf,
  type TestGate,
  TestSources,
  temporaryFolder,
} from './fixtures.ts';

const run = promisify(execFile);
const ISSUER = 'mesh';
const SPIFFE = 'spiffe://example.org/ns/payments/sa/deploy';
const IDENTITIES = [{ issuer: ISSUER, subject: SPIFFE }];
const CLIENT = 'basicConstraints=critical,CA:false\nextendedKeyUsage=clientAuth\n';

interface TestCa {
  readonly pem: string;
  /** A certificate of a client, DER. */
  issue(extensions: string, subject?: string): Promise<Uint8Array>;
}

async function createCa(): Promise<TestCa> {
  const folder = await temporaryFolder();
  const [path, key] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  await run('openssl', [
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    key,
    '-out',
    path,
    '-subj',
    '/CN=mesh CA',
    '-days',
    '30',
  ]);
  let count = 0;
  return {
    pem: await readFile(path, 'utf8'),
    issue: async (extensions, subject = '/CN=deploy') => {
      count += 1;
      const file = (name: string) => join(folder, `${count}-${name}`);
      await writeFile(file('ext'), extensions);
      await run('openssl', ['req', '-new', ...newKey, '-keyout', file('key'), '-out', file('csr'), '-subj', subject]);
      const signing = ['-CA', path, '-CAkey', key, '-days', '10', '-extfile', file('ext')];
      await run('openssl', ['x509', '-req', '-in', file('csr'), '-out', file('crt'), ...signing]);
      return new X509Certificate(await readFile(file('crt'))).raw;
    },
  };
}

async function openWith(ca: TestCa): Promise<TestGate> {
  // Certificates are made by a program that reads the real clock.
  const sources = new TestSources(new Date(Date.now() + 1000));
  return openGate({ certificates: [{ issuer: ISSUER, ca: ca.pem }], identities: IDENTITIES, sources });
}

describe('a client certificate', () => {
  it('names the agent that holds its SPIFFE ID, at once', async () => {
    const ca = await createCa();
    const der = await ca.issue(`${CLIENT}subjectAltName=DNS:deploy.example,URI:${SPIFFE}`);
    const gate = await openWith(ca);
    const parsed = new X509Certificate(der);
    const principal = {
      agent: gate.registry.agent(BOT.id),
      credential: 'certificate',
      credentialId: parsed.fingerprint256,
      intent: undefined,
      credentialExpires: parsed.validToDate.toISOString(),
    };
    expect(gate.identify(callTo('staging', {}, der))).toEqual(principal);
    expect(gate.identify(callTo('prod', {}, Uint8Array.from(der)))).toEqual(principal);
    await gate.registry.revokeToken(parsed.fingerprint256, 'ada', 'laptop lost', null);
    expect(await refusalOf(() => gate.identify(callTo('staging', {}, der)))).toEqual([
      'identity/revoked',
      'the certificate was revoked',
    ]);
  });

  it.each<[string, string, string, string]>([
    ['its SPIFFE ID', `subjectAltName=URI:${SPIFFE}`, '/CN=deploy', SPIFFE],
    ['its first URI', 'subjectAltName=URI:urn:a:1,URI:urn:b:2', '/CN=deploy', 'urn:a:1'],
    ['its common name', 'subjectAltName=DNS:deploy.example', '/O=Example/CN=deploy bot', 'CN=deploy bot'],
    ['its common name, to the letter', '', '/CN=a\\/CN=b', 'CN=a/CN=b'],
  ])('has %s as its subject', async (_case, extensions, subject, expected) => {
    const ca = await createCa();
    const certificates = createCertificates([{ issuer: ISSUER, ca: ca.pem }], () => new Date(Date.now() + 1000));
    const verified = certificates.verify(await ca.issue(CLIENT + extensions, subject));
    expect(verified.who).toEqual({ issuer: ISSUER, subject: expected });
  });

  it.each<[string, string, string, string]>([
    [
      'two names, one SPIFFE',
      `${CLIENT}subjectAltName=URI:urn:a:1,URI:${SPIFFE}`,
      '/CN=deploy',
      'the client certificate has several URI names, one of them a SPIFFE ID',
    ],
    [
      'two common names',
      CLIENT,
      '/CN=deploy/CN=admin',
      'the client certificate has neither a URI name nor exactly one common name',
    ],
    ['no name', CLIENT, '/O=Example', 'the client certificate has neither a URI name nor exactly one common name'],
    [
      'a URI that pretends to be two',
      `${CLIENT}subjectAltName=@names\n[names]\nURI.1=urn:x\\, URI:${SPIFFE}`,
      '/CN=deploy',
      'the URI name in the client certificate cannot be read',
    ],
    [
      'a server’s purpose',
      `basicConstraints=CA:false\nextendedKeyUsage=serverAuth\nsubjectAltName=URI:${SPIFFE}`,
      '/CN=deploy',
      'the certificate is not one for clients',
    ],
    [
      'a CA’s powers',
      `basicConstraints=CA:true\nsubjectAltName=URI:${SPIFFE}`,
      '/CN=deploy',
      'the certificate is not one for clients',
    ],
  ])('is refused with %s', async (_case, extensions, subject, message) => {
    const ca = await createCa();
    const gate = await openWith(ca);
    const der = await ca.issue(extensions, subject);
    expect(await refusalOf(() => gate.identify(callTo('staging', {}, der)))).toEqual(['identity/invalid', message]);
  });

  it('hides no name behind another kind of name', async () => {
    const ca = await createCa();
    const gate = await openWith(ca);
    const der = await ca.issue(`${CLIENT}subjectAltName=@names\n[names]\nDNS.1=x\\, URI:${SPIFFE}`);
    expect(await refusalOf(() => gate.identify(callTo('staging', {}, der)))).toEqual([
      'identity/unknown',
      '"CN=deploy of mesh" is no agent of this gate',
    ]);
  });

  it('of another CA with the same name is refused', async () => {
    const [ours, theirs] = [await createCa(), await createCa()];
    const gate = await openWith(ours);
    // Without the issuer's key id only the signature tells the two apart.
    const der = await theirs.issue(`${CLIENT}authorityKeyIdentifier=none\nsubjectAltName=URI:${SPIFFE}`);
    expect(await refusalOf(() => gate.identify(callTo('staging', {}, der)))).toEqual([
      'identity/invalid',
      'no configured CA signed the client certificate',
    ]);
  });

  it('is refused before and after its time, even on a connection that was made in time', async () => {
    const ca = await createCa();
    const der = await ca.issue(`${CLIENT}subjectAltName=URI:${SPIFFE}`);
    const gate = await openWith(ca);
    gate.identify(callTo('staging', {}, der));
    gate.sources.advance(11 * DAY);
    expect(await refusalOf(() => gate.identify(callTo('staging', {}, der)))).toEqual([
      'identity/expired',
      'the client certificate has expired',
    ]);
    const early = createCertificates([{ issuer: ISSUER, ca: ca.pem }], () => new Date(Date.now() - DAY));
    expect(await refusalOf(() => early.verify(der))).toEqual([
      'identity/invalid',
      'the client certificate is not valid yet',
    ]);
  });

  it('and a token go together when they are of one agent; the token’s bounds hold', async () => {
    const ca = await createCa();
    const der = await ca.issue(`${CLIENT}subjectAltName=URI:${SPIFFE}`);
    const gate = await openWith(ca);
    const headers = bearer(await issueToken(gate));
    expect(await gate.identify(callTo('staging', headers, der))).toMatchObject({ credential: 'token' });
    expect((await refusalOf(() => gate.identify(callTo('prod', headers, der))))[0]).toBe('identity/invalid');
    await gate.registry.removeIdentity(BOT.id, { issuer: ISSUER, subject: SPIFFE }, 'ada', 'moved');
    expect((await refusalOf(() => gate.identify(callTo('staging', headers, der))))[0]).toBe('identity/unknown');
    await gate.registry.add({ ...BOT, id: 'other', identities: IDENTITIES }, 'ada', 'new');
    expect(await refusalOf(() => gate.identify(callTo('staging', headers, der)))).toEqual([
      'identity/invalid',
      'the token and the client certificate are of different agents',
    ]);
  });

  it('does not make up for a bad token', async () => {
    const ca = await createCa();
    const der = await ca.issue(`${CLIENT}subjectAltName=URI:${SPIFFE}`);
    const gate = await openWith(ca);
    for (const authorization of ['', 'Bearer ', 'Basic eDp5', 'Bearer a.b.c']) {
      expect((await refusalOf(() => gate.identify(callTo('staging', { authorization }, der))))[0]).toBe(
        'identity/invalid',
      );
    }
  });

  it('that is none is refused', async () => {
    const gate = await openGate();
    expect(await refusalOf(() => gate.identify(callTo('staging', {}, new Uint8Array([1, 2, 3]))))).toEqual([
      'identity/invalid',
      'the client certificate cannot be read',
    ]);
  });
});

describe('configured CAs', () => {
  it('are refused twice, damaged, empty, or when they are no CA', async () => {
    const ca = await createCa();
    const leaf = new X509Certificate(await ca.issue(CLIENT)).toString();
    const now = () => new Date();
    const refuse = (...cas: readonly string[]) =>
      refusalOf(() =>
        createCertificates(
          cas.map((one) => ({ issuer: ISSUER, ca: one })),
          now,
        ),
      );
    expect(await refuse(ca.pem, ca.pem)).toEqual([
      'config/invalid',
      'identity.certificates "mesh": a CA is there twice, so its issuer is not clear',
    ]);
    const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    expect((await refuse(damaged))[1]).toMatch(/^identity.certificates "mesh": ca cannot be read: /);
    expect((await refuse('-----BEGIN NOTHING-----'))[1]).toMatch(/there is no certificate in ca/);
    expect((await refuse(leaf))[1]).toBe('identity.certificates "mesh": CN=deploy is not a CA certificate');
  });
});

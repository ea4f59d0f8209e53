import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CredentialConditions, openUpstream, type UpstreamCredential } from '../../src/settle/credentials.ts';
import {
  account,
  alice,
  authority,
  bob,
  clock,
  conditions,
  folder,
  openUser,
  refusal,
  START,
} from './credentials-fixture.ts';

async function shown(credential: UpstreamCredential) {
  return {
    origin: credential.origin,
    basePath: credential.basePath,
    authorization: await credential.authorization(),
    tls: credential.tls(),
    describe: credential.describe().replaceAll(folder, '.'),
    privileged: credential.privileged(),
  };
}

describe('an upstream by address', () => {
  it.each([
    [undefined, undefined, 'no credential from the configuration'],
    ['t0', 'Bearer t0', 'a token from the configuration'],
  ])('with the token %s', async (token, authorization, kind) => {
    const url = 'https://h:6443/base/path';
    const credential = await openUpstream({ kind: 'url', url, ca: authority.certificate, token }, conditions);
    expect(await shown(credential)).toEqual({
      origin: 'https://h:6443',
      basePath: '/base/path',
      authorization,
      tls: { ca: authority.certificate },
      describe: `https://h:6443: ${kind}`,
      privileged: undefined,
    });
  });
});

describe('an upstream that is the cluster around the gate', () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const open = (changed: Partial<CredentialConditions> = {}) =>
    openUpstream({ kind: 'in-cluster' }, { ...conditions, env, ...changed });
  const mount = (files: Record<string, string>) => {
    mkdirSync(account, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(account, name), content);
  };

  it("is reached with the pod's service account", async () => {
    mount({ token: 't0\n', 'ca.crt': authority.certificate });
    expect(await shown(await open())).toEqual({
      origin: 'https://[fd00::1]',
      basePath: '',
      authorization: 'Bearer t0',
      tls: { ca: authority.certificate },
      describe: "https://[fd00::1]: the pod's service account",
      privileged: undefined,
    });
  });

  it.each<[what: string, files: Record<string, string>, env: Record<string, string>, message: string]>([
    ['outside a cluster', {}, {}, 'not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set'],
    ['without a CA', { token: 't0' }, env, 'cannot read ./account/ca.crt: no such file'],
    ['with a CA that is none', { 'ca.crt': 'x' }, env, './account/ca.crt: there is no PEM certificate in it'],
    ['without a token', { 'ca.crt': authority.certificate }, env, 'cannot read ./account/token: no such file'],
    [
      'with an empty token',
      { 'ca.crt': authority.certificate, token: '\n' },
      env,
      './account/token: expected a token on one line',
    ],
  ])('is refused %s', async (_what, files, around, message) => {
    mount(files);
    expect(await refusal(open({ env: around }))).toEqual(['credential/unavailable', message]);
  });
});

describe('a token in a file', () => {
  const token = join(folder, 'token');

  it('is read again after a minute, or at once after a 401', async () => {
    writeFileSync(token, 't0\n');
    const credential = await openUser({ tokenFile: 'token' });
    writeFileSync(token, 't1\n');
    const seen = [];
    for (const seconds of [0, 59.999, 60, 60]) {
      clock.time = START + seconds * 1000;
      seen.push(credential.authorization());
    }
    writeFileSync(token, 't2\n');
    seen.push(credential.authorization());
    credential.invalidate();
    seen.push(credential.authorization());
    expect(seen).toEqual(['Bearer t0', 'Bearer t0', 'Bearer t1', 'Bearer t1', 'Bearer t1', 'Bearer t2']);
    expect(credential.describe().replaceAll(folder, '.')).toBe(
      'https://10.0.0.1:6443: the token in ./token, named by context x of ./config',
    );
  });

  it('stays in use while its file is missing or half written', async () => {
    writeFileSync(token, 't0');
    const credential = await openUser({ tokenFile: 'token' });
    const seen = [];
    for (const content of [undefined, '', 'a b', 't1']) {
      if (content === undefined) rmSync(token);
      else writeFileSync(token, content);
      clock.time += 60_000;
      seen.push(credential.authorization());
    }
    expect(seen).toEqual(['Bearer t0', 'Bearer t0', 'Bearer t0', 'Bearer t1']);
  });

  it('that is not there is refused at the start', async () => {
    expect(await refusal(openUser({ tokenFile: 'none' }))).toEqual([
      'credential/unavailable',
      'cannot read ./none: no such file',
    ]);
  });
});

describe('a client certificate', () => {
  const data = (text: string) => Buffer.from(text).toString('base64');
  const user = (pair: typeof alice) => ({
    'client-certificate-data': data(pair.certificate),
    'client-key-data': data(pair.key),
  });

  it('is shown in the TLS handshake, and its subject and end to people', async () => {
    const credential = await openUser(user(alice), {
      'certificate-authority-data': data(authority.certificate),
      'tls-server-name': 'kube',
    });
    expect(await shown(credential)).toEqual({
      origin: 'https://10.0.0.1:6443',
      basePath: '',
      authorization: undefined,
      tls: { ca: authority.certificate, cert: alice.certificate, key: alice.key, servername: 'kube' },
      describe: expect.stringMatching(
        /^https:\/\/10\.0\.0\.1:6443: the client certificate "alice" \(until \d{4}-\d\d-\d\dT[\d:.]+Z\) from context x of \.\/config$/,
      ),
      privileged: undefined,
    });
  });

  it('of system:masters is known to be privileged', async () => {
    expect((await openUser(user(bob))).privileged()).toBe(
      'its client certificate is of the group system:masters, which no RBAC rule limits',
    );
  });

  it('opens a server that asks for one', async () => {
    const { certificate, key } = authority.server(['kube'], ['127.0.0.1']);
    const server = createServer(
      { cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
      (_request, response) => response.end('open'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const credential = await openUser(user(alice), {
        server: `https://127.0.0.1:${port}`,
        'certificate-authority-data': data(authority.certificate),
      });
      expect(await get(credential)).toBe('open');
    } finally {
      server.close();
    }
  });
});

function get(credential: UpstreamCredential): Promise<string> {
  return new Promise((resolve, reject) => {
    request(credential.origin, { ...credential.tls(), agent: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });
}

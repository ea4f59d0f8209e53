import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SallyportError } from '../../src/errors.ts';
import { type KubeconfigEntry, readKubeconfig } from '../../src/settle/kubeconfig.ts';
import { createAuthority } from '../lab/certificates.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-kubeconfig-')));
const file = join(folder, 'config');
const authority = createAuthority(new Date());
const alice = authority.client('alice', 'devs');
const bob = authority.client('bob');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const CA = base64(authority.certificate);

for (const [name, content] of Object.entries({
  'ca.pem': authority.certificate,
  'alice.pem': alice.certificate,
  'alice.key': alice.key,
  'bob.key': bob.key,
  'text.txt': 'swordfish',
})) {
  writeFileSync(join(folder, name), content);
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SERVER = 'server: "https://10.0.0.1:6443"';

/** A file with one context, cluster and user; the user starts in column 25 of line 4, the cluster likewise in line 3. */
function kubeconfig(user: string, cluster = SERVER): string {
  return `current-context: x
contexts: [{name: x, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
`;
}

function read(text: string, context?: string): KubeconfigEntry {
  writeFileSync(file, text);
  return readKubeconfig(file, context);
}

function complaints(text: string, context?: string): string[] {
  try {
    read(text, context);
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    expect(error.code).toBe('config/invalid');
    return error.message.replaceAll(`${folder}/`, '').split('\n');
  }
  throw new Error('the kubeconfig was accepted');
}

const PLAIN = {
  file,
  context: 'x',
  server: 'https://10.0.0.1:6443',
  ca: undefined,
  servername: undefined,
  certificate: undefined,
  bearer: { kind: 'none' },
} as const satisfies KubeconfigEntry;

const EXEC = 'apiVersion: client.authentication.k8s.io/v1';

describe('a context of a kubeconfig is read with what it points at', () => {
  it.each<[what: string, text: string, entry: Partial<KubeconfigEntry>]>([
    ['no credential', kubeconfig(''), {}],
    ['no user', kubeconfig('').replace('user: u}', 'user: ""}'), {}],
    ['a token', kubeconfig('token: t0'), { bearer: { kind: 'token', token: 't0' } }],
    [
      'a token file beside a token, as it is with kubectl',
      kubeconfig('token: t0, tokenFile: tokens/t'),
      { bearer: { kind: 'token-file', file: join(folder, 'tokens/t') } },
    ],
    [
      'a certificate in files',
      kubeconfig('client-certificate: alice.pem, client-key: alice.key'),
      { certificate: { cert: alice.certificate, key: alice.key } },
    ],
    [
      'a certificate inline, which goes before files, and a token',
      kubeconfig(
        `client-certificate: alice.pem, client-certificate-data: ${base64(bob.certificate)}, client-key-data: ${base64(bob.key)}, token: t0`,
      ),
      { certificate: { cert: bob.certificate, key: bob.key }, bearer: { kind: 'token', token: 't0' } },
    ],
    ['a CA in a file', kubeconfig('', `${SERVER}, certificate-authority: ca.pem`), { ca: authority.certificate }],
    [
      'a CA inline, a server name, a path',
      kubeconfig(
        '',
        `server: "https://rancher/k8s/clusters/c-1/", certificate-authority-data: ${CA}, tls-server-name: kube`,
      ),
      { server: 'https://rancher/k8s/clusters/c-1', ca: authority.certificate, servername: 'kube' },
    ],
    ['a proxy of kubectl', kubeconfig('', 'server: "http://127.0.0.1:8001"'), { server: 'http://127.0.0.1:8001' }],
    [
      'TLS verification switched on by name',
      kubeconfig('', `${SERVER}, insecure-skip-tls-verify: false, proxy-url: ""`),
      {},
    ],
    [
      'a plugin',
      kubeconfig(
        `exec: {${EXEC}beta1, command: ./bin/login, args: [a, b], env: [{name: N, value: v}], interactiveMode: IfAvailable}`,
      ),
      {
        bearer: {
          kind: 'exec',
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: join(folder, 'bin/login'),
            args: ['a', 'b'],
            env: [{ name: 'N', value: 'v' }],
            cluster: undefined,
          },
        },
      },
    ],
    [
      'a plugin that asks about the cluster',
      kubeconfig(
        `exec: {${EXEC}, command: aws, args: null, env: null, provideClusterInfo: true}`,
        `${SERVER}, certificate-authority: ca.pem, tls-server-name: kube, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x}}]`,
      ),
      {
        ca: authority.certificate,
        servername: 'kube',
        bearer: {
          kind: 'exec',
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'aws',
            args: [],
            env: [],
            cluster: {
              server: 'https://10.0.0.1:6443',
              'tls-server-name': 'kube',
              'certificate-authority-data': CA,
              config: { audience: 'x' },
            },
          },
        },
      },
    ],
  ])('%s', (_what, text, entry) => {
    expect(read(text)).toEqual({ ...PLAIN, ...entry });
  });

  it('the context may be named', () => {
    const text = kubeconfig('token: t0').replace('current-context: x', 'current-context: nowhere');
    expect(read(text, 'x')).toEqual({ ...PLAIN, bearer: { kind: 'token', token: 't0' } });
  });

  it('entries that are not used may be broken', () => {
    const text = `${kubeconfig('token: t0').replace('}}]\nusers', '}}, {name: d, cluster: {server: 5}}]\nusers')}extensions: []\n`;
    expect(read(text)).toEqual({ ...PLAIN, bearer: { kind: 'token', token: 't0' } });
  });
});

const basic =
  'refused: Kubernetes has had no basic authentication since 1.19; use a token, a certificate or an exec plugin';
const acting = "refused: the gate says itself for whom it acts; bind the gate's own user instead";

describe('what a kubeconfig must not say is refused by name', () => {
  it.each<[what: string, text: string, line: string]>([
    ['an empty file', '', ':1:1: the file is empty; expected a kubeconfig'],
    ['text', 'hello', ':1:1: expected a kubeconfig with contexts, clusters and users, got "hello"'],
    ['contexts that are a mapping', 'contexts: {x: 1}', ':1:11: contexts: expected a list of contexts, got a mapping'],
    ['no context', 'contexts: []', ': there is no current-context; the file has no contexts'],
    [
      'another context',
      kubeconfig('').replace('current-context: x', 'current-context: y'),
      ': there is no context "y"; expected one of x',
    ],
    [
      'no such cluster',
      kubeconfig('').replace('cluster: c,', 'cluster: d,'),
      ':2:41: contexts[x].context.cluster: there is no cluster "d"; expected one of c',
    ],
    [
      'no such user',
      kubeconfig('').replace('user: u}', 'user: v}'),
      ':2:50: contexts[x].context.user: there is no user "v"; expected one of u',
    ],
    [
      'a user twice',
      kubeconfig('').replace('users: [', 'users: [{name: u, user: {}}, '),
      ':4:37: users[u].name: the name is given twice',
    ],
    [
      'a cluster without a server',
      kubeconfig('', ''),
      ':3:31: clusters[c].cluster.server: missing; expected an address like https://10.0.0.1:6443',
    ],
    [
      'plain http',
      kubeconfig('', 'server: "http://10.0.0.1"'),
      ':3:40: clusters[c].cluster.server: plain http is for loopback only; expected https',
    ],
    [
      'a credential over plain http',
      kubeconfig('token: t0', 'server: "http://127.0.0.1"'),
      ':3:40: clusters[c].cluster.server: a credential is not sent over plain http; expected https',
    ],
    [
      'a password in the address',
      kubeconfig('', 'server: "https://u:hunter2@h"'),
      ':3:40: clusters[c].cluster.server: credentials in the address are not supported',
    ],
    [
      'a server that is not verified',
      kubeconfig('', `${SERVER}, insecure-skip-tls-verify: true`),
      ':3:91: clusters[c].cluster.insecure-skip-tls-verify: refused: anybody on the way could read and change every call; give certificate-authority-data instead',
    ],
    [
      'a proxy',
      kubeconfig('', `${SERVER}, proxy-url: "http://u:hunter2@p"`),
      ':3:76: clusters[c].cluster.proxy-url: refused: proxies to the API server are not supported; expected a server that is reached directly',
    ],
    [
      'a CA that is not there',
      kubeconfig('', `${SERVER}, certificate-authority: no.pem`),
      ':3:88: clusters[c].cluster.certificate-authority: cannot read no.pem: no such file; expected a file of PEM certificates',
    ],
    [
      'a CA that is text',
      kubeconfig('', `${SERVER}, certificate-authority: text.txt`),
      ':3:88: clusters[c].cluster.certificate-authority: text.txt: there is no PEM certificate in it; expected a file of PEM certificates',
    ],
    [
      'a CA that is not base64',
      kubeconfig('', `${SERVER}, certificate-authority-data: "***"`),
      ':3:93: clusters[c].cluster.certificate-authority-data: expected PEM certificates in base64, got text (not shown)',
    ],
    ['a user name and password', kubeconfig('username: u'), `:4:36: users[u].user.username: ${basic}`],
    ['a password', kubeconfig('password: hunter2'), `:4:36: users[u].user.password: ${basic}`],
    [
      'an auth provider',
      kubeconfig('auth-provider: {name: gcp}'),
      ':4:41: users[u].user.auth-provider: refused: auth providers were removed in Kubernetes 1.26; use the exec plugin of your provider',
    ],
    ['impersonation', kubeconfig('as: root'), `:4:30: users[u].user.as: ${acting}`],
    ['impersonated groups', kubeconfig('as-groups: [system:masters]'), `:4:37: users[u].user.as-groups: ${acting}`],
    [
      'a token that is a number',
      kubeconfig('token: 1234567'),
      ':4:33: users[u].user.token: expected a token of printable characters, got a number (not shown)',
    ],
    [
      'a token of two lines',
      kubeconfig('token: "a\\nb"'),
      ':4:33: users[u].user.token: expected a token of printable characters, got text (not shown)',
    ],
    [
      'a certificate without a key',
      kubeconfig('client-certificate: alice.pem'),
      ':4:25: users[u].user: there is a client certificate without its client key',
    ],
    [
      'a key without a certificate',
      kubeconfig('client-key: alice.key'),
      ':4:25: users[u].user: there is a client key without its client certificate',
    ],
    [
      "somebody else's key",
      kubeconfig('client-certificate: alice.pem, client-key: bob.key'),
      ':4:25: users[u].user: the client key is not that of the client certificate',
    ],
    [
      'a key that is none',
      kubeconfig(`client-key-data: ${base64('swordfish')}`),
      ':4:43: users[u].user.client-key-data: there is no PEM private key in it; expected a PEM private key in base64',
    ],
    [
      'a token and a plugin',
      kubeconfig(`token: t0, exec: {${EXEC}, command: aws}`),
      ':4:43: users[u].user.exec: there is a token beside it; expected one of them',
    ],
    [
      'a plugin without a command',
      kubeconfig(`exec: {${EXEC}}`),
      ':4:32: users[u].user.exec.command: missing; expected a command',
    ],
    [
      'a plugin of a version that is gone',
      kubeconfig('exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: aws}'),
      ':4:45: users[u].user.exec.apiVersion: expected client.authentication.k8s.io/v1 or /v1beta1, got "client.authentication.k8s.io/v1alpha1"',
    ],
    [
      'a plugin that talks to people',
      kubeconfig(`exec: {${EXEC}, command: aws, interactiveMode: Always}`),
      ':4:109: users[u].user.exec.interactiveMode: refused: the plugin must talk to a person and the gate has no terminal; use one that does not',
    ],
    [
      'an argument that is a number',
      kubeconfig(`exec: {${EXEC}, command: aws, args: [1234567]}`),
      ':4:99: users[u].user.exec.args[0]: expected text, got a number (not shown)',
    ],
  ])('%s', (_what, text, line) => {
    expect(complaints(text)).toEqual([`config${line}`]);
  });

  it('all of an entry at once', () => {
    expect(complaints(kubeconfig('username: u, password: hunter2, token: 5'))).toEqual([
      `config:4:36: users[u].user.username: ${basic}`,
      `config:4:49: users[u].user.password: ${basic}`,
      'config:4:65: users[u].user.token: expected a token of printable characters, got a number (not shown)',
    ]);
  });
});

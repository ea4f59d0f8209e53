import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { wrongCertificates, wrongKey } from '../config/pem.ts';
import { readTextFile } from '../config/text-file.ts';
import { isLoopback, leaf, refuse } from '../config/values.ts';
import { messageOf } from '../errors.ts';

const named = (inner: 'cluster' | 'user' | 'context') =>
  z.array(
    z.looseObject(
      { name: word(`the name of the ${inner}`), [inner]: z.looseObject({}, { error: 'a mapping' }) },
      {
        error: `a mapping with name and ${inner}`,
      },
    ),
    { error: `a list of ${inner}s` },
  );

/** The whole file, as far as finding a context needs it: one broken entry must not spoil the others. */
export const fileSchema = z.looseObject(
  {
    'current-context': leaf('the name of a context', (it) => (typeof it === 'string' ? it : undefined)).optional(),
    contexts: named('context').nullish(),
    clusters: named('cluster').nullish(),
    users: named('user').nullish(),
  },
  { error: 'a kubeconfig with contexts, clusters and users' },
);

/** What a context says. */
export const contextSchema = z.looseObject({
  cluster: word('the name of a cluster'),
  user: plain('the name of a user').optional(),
});

/** A `cluster`; a CA becomes PEM text wherever it came from. */
export function clusterSchema(folder: string) {
  const ca = (pem: string) => wrongCertificates(pem);
  return z.looseObject({
    server: leaf('an address like https://10.0.0.1:6443', readServer),
    'certificate-authority': fileOf(folder, 'a file of PEM certificates', ca).optional(),
    'certificate-authority-data': dataOf('PEM certificates in base64', ca).optional(),
    'tls-server-name': word('a host name').optional(),
    'insecure-skip-tls-verify': leaf('false', (it) =>
      it === true
        ? refuse(
            'refused: anybody on the way could read and change every call; give certificate-authority-data instead',
          )
        : it === false
          ? false
          : undefined,
    ).optional(),
    'proxy-url': unless(
      'refused: proxies to the API server are not supported; expected a server that is reached directly',
    ),
  });
}

/** A `user`; certificates and keys become PEM text wherever they came from. */
export function userSchema(folder: string) {
  const cert = (pem: string) => wrongCertificates(pem);
  const basic =
    'refused: Kubernetes has had no basic authentication since 1.19; use a token, a certificate or an exec plugin';
  const acting = "refused: the gate says itself for whom it acts; bind the gate's own user instead";
  return z.looseObject({
    token: leaf('a token of printable characters', (it) =>
      it === '' ? '' : typeof it === 'string' && isToken(it) ? it : undefined,
    ).optional(),
    tokenFile: leaf('a path', (it) =>
      typeof it === 'string' ? (it === '' ? '' : resolve(folder, it)) : undefined,
    ).optional(),
    'client-certificate': fileOf(folder, 'a file with a PEM certificate', cert).optional(),
    'client-certificate-data': dataOf('a PEM certificate in base64', cert).optional(),
    'client-key': fileOf(folder, 'a file with a PEM private key', wrongKey).optional(),
    'client-key-data': dataOf('a PEM private key in base64', wrongKey).optional(),
    exec: execSchema(folder).optional(),
    username: unless(basic),
    password: unless(basic),
    'auth-provider': unless(
      'refused: auth providers were removed in Kubernetes 1.26; use the exec plugin of your provider',
    ),
    as: unless(acting),
    'as-uid': unless(acting),
    'as-groups': unless(acting),
    'as-user-extra': unless(acting),
  });
}

function execSchema(folder: string) {
  return z.looseObject(
    {
      apiVersion: leaf('client.authentication.k8s.io/v1 or /v1beta1', (it) =>
        typeof it === 'string' && /^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(it) ? it : undefined,
      ),
      command: leaf('a command', (it) => {
        if (typeof it !== 'string' || it === '') return undefined;
        // As client-go: a bare name is found in PATH, anything with a slash is relative to the kubeconfig.
        return it.includes('/') && !isAbsolute(it) ? resolve(folder, it) : it;
      }),
      args: z.array(plain('text'), { error: 'a list' }).nullish(),
      env: z
        .array(z.looseObject({ name: word('a name'), value: plain('text') }, { error: 'name and value' }), {
          error: 'a list',
        })
        .nullish(),
      provideClusterInfo: leaf('true or false', (it) => (typeof it === 'boolean' ? it : undefined)).optional(),
      interactiveMode: leaf('Never or IfAvailable', (it) =>
        it === 'Always'
          ? refuse('refused: the plugin must talk to a person and the gate has no terminal; use one that does not')
          : it === 'Never' || it === 'IfAvailable'
            ? it
            : undefined,
      ).optional(),
    },
    { error: 'a mapping with apiVersion and command' },
  );
}

export type Cluster = z.infer<ReturnType<typeof clusterSchema>>;
export type User = z.infer<ReturnType<typeof userSchema>>;

/** True for what can stand in an `Authorization` header after `Bearer `. */
export function isToken(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value);
}

function readServer(value: unknown): string | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  if (url.username !== '' || url.password !== '') return refuse('credentials in the address are not supported');
  if (url.search !== '' || url.hash !== '') return undefined;
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return refuse('plain http is for loopback only; expected https');
  return url.href.replace(/\/+$/, '');
}

function word(expected: string) {
  return leaf(expected, (it) => (typeof it === 'string' && it !== '' ? it : undefined));
}

function plain(expected: string) {
  return leaf(expected, (it) => (typeof it === 'string' ? it : undefined));
}

/** A key that may only be absent or empty. */
function unless(why: string) {
  return leaf<null>('', (it) => (it === null || it === '' ? null : refuse(why))).optional();
}

function fileOf(folder: string, expected: string, wrong: (content: string) => string | undefined) {
  return leaf(expected, (it) => {
    if (typeof it !== 'string' || it === '') return undefined;
    const file = resolve(folder, it);
    let content: string;
    try {
      content = readTextFile(file);
    } catch (error) {
      return refuse(`cannot read ${file}: ${messageOf(error)}; expected ${expected}`);
    }
    const reason = wrong(content);
    return reason === undefined ? content : refuse(`${file}: ${reason}; expected ${expected}`);
  });
}

function dataOf(expected: string, wrong: (content: string) => string | undefined) {
  return leaf(expected, (it) => {
    const compact = typeof it === 'string' ? it.replace(/\s+/g, '') : '';
    if (compact === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
    const content = Buffer.from(compact, 'base64').toString('utf8');
    const reason = wrong(content);
    return reason === undefined ? content : refuse(`${reason}; expected ${expected}`);
  });
}

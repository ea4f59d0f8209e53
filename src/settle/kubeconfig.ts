import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { keyFits } from '../config/pem.ts';
import { readYamlFile, type YamlFile, type YamlPath } from '../config/yaml-file.ts';
import { invalidFile, type Problem, problemsOf, valueAt } from '../config/yaml-problems.ts';
import { SallyportError } from '../errors.ts';
import { type Cluster, clusterSchema, contextSchema, fileSchema, type User, userSchema } from './kubeconfig-schema.ts';

/** One context of a kubeconfig, resolved: the cluster it names and what is shown there. */
export interface KubeconfigEntry {
  readonly file: string;
  readonly context: string;
  /** `https://...`, or `http://` on loopback for a user without credentials; no trailing slash. */
  readonly server: string;
  /** PEM certificates, or undefined for the system's own authorities. */
  readonly ca: string | undefined;
  /** The name that the server's certificate must carry, where it is not the server's address. */
  readonly servername: string | undefined;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly bearer:
    | { readonly kind: 'none' }
    | { readonly kind: 'token'; readonly token: string }
    | { readonly kind: 'token-file'; readonly file: string }
    | { readonly kind: 'exec'; readonly exec: ExecPlugin };
}

/** A credential plugin as `client.authentication.k8s.io` v1 and v1beta1 define it. */
export interface ExecPlugin {
  readonly apiVersion: string;
  /** A name that is looked up in PATH, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** What `spec.cluster` of the plugin's input holds, where it asks for it. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

/**
 * One context of a kubeconfig file (client-go's `v1.Config`), by name or the file's current one. Relative paths inside
 * are relative to the file's folder. What cannot be kept safe, or would be quietly ignored, is refused by name: skipped
 * TLS verification, proxies, passwords, auth providers, impersonation.
 * @throws SallyportError `config/invalid`, lines of `file:line:column: users[name].user.key: what and why`
 */
export function readKubeconfig(file: string, context?: string): KubeconfigEntry {
  const yaml = readYamlFile(file, 'a kubeconfig');
  const shape = fileSchema.safeParse(yaml.value);
  if (!shape.success) throw invalid(yaml, problemsOf(shape.error.issues, yaml.value));
  const name = context ?? shape.data['current-context'] ?? '';
  if (name === '') {
    throw new SallyportError('config/invalid', `${file}: there is no current-context; ${choices(yaml, 'contexts')}`);
  }
  const contextPath = [...find(yaml, 'contexts', name, `${file}: `), 'context'];
  const chosen = check(yaml, contextPath, contextSchema);
  const entryPath = (list: 'clusters' | 'users', key: 'cluster' | 'user', entry: string) => [
    ...find(yaml, list, entry, prefix(yaml, [...contextPath, key])),
    key,
  ];
  const folder = dirname(resolve(file));
  const clusterPath = entryPath('clusters', 'cluster', chosen.cluster);
  const cluster = check(yaml, clusterPath, clusterSchema(folder));
  const shown = chosen.user ? readUser(yaml, entryPath('users', 'user', chosen.user), folder) : ANONYMOUS;
  const bearer = bearerOf(shown.user, cluster, valueAt(yaml.value, clusterPath));
  const plain = cluster.server.startsWith('http:');
  if (plain && (shown.certificate !== undefined || bearer.kind !== 'none')) {
    throw invalid(yaml, [
      whole([...clusterPath, 'server'], 'a credential is not sent over plain http; expected https'),
    ]);
  }
  return {
    file,
    context: name,
    server: cluster.server,
    ca: cluster['certificate-authority-data'] ?? cluster['certificate-authority'],
    servername: cluster['tls-server-name'],
    certificate: shown.certificate,
    bearer,
  };
}

const ANONYMOUS: ShownUser = { user: {}, certificate: undefined };

interface ShownUser {
  readonly user: User;
  readonly certificate: KubeconfigEntry['certificate'];
}

function readUser(yaml: YamlFile, path: YamlPath, folder: string): ShownUser {
  const user = check(yaml, path, userSchema(folder));
  if (user.exec !== undefined && (user.token || user.tokenFile)) {
    throw invalid(yaml, [whole([...path, 'exec'], 'there is a token beside it; expected one of them')]);
  }
  return { user, certificate: certificateOf(yaml, path, user) };
}

function bearerOf(user: User, cluster: Cluster, raw: unknown): KubeconfigEntry['bearer'] {
  // As client-go: what tokenFile says goes before token.
  if (user.tokenFile) return { kind: 'token-file', file: user.tokenFile };
  if (user.token) return { kind: 'token', token: user.token };
  if (user.exec === undefined) return { kind: 'none' };
  const { apiVersion, command, args, env, provideClusterInfo } = user.exec;
  const info = provideClusterInfo === true ? clusterInfo(cluster, raw) : undefined;
  const pairs = (env ?? []).map(({ name, value }) => ({ name, value }));
  return { kind: 'exec', exec: { apiVersion, command, args: args ?? [], env: pairs, cluster: info } };
}

/** `spec.cluster` of an ExecCredential; `config` is the cluster's extension of that well-known name. */
function clusterInfo(cluster: Cluster, raw: unknown): Readonly<Record<string, unknown>> {
  const extensions = valueAt(raw, ['extensions']);
  const ours = Array.isArray(extensions)
    ? extensions.find((it) => valueAt(it, ['name']) === 'client.authentication.k8s.io/exec')
    : undefined;
  const ca = cluster['certificate-authority-data'] ?? cluster['certificate-authority'];
  const config = valueAt(ours, ['extension']);
  return {
    server: cluster.server,
    ...(cluster['tls-server-name'] === undefined ? {} : { 'tls-server-name': cluster['tls-server-name'] }),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(config === undefined ? {} : { config }),
  };
}

function certificateOf(yaml: YamlFile, path: YamlPath, user: User): KubeconfigEntry['certificate'] {
  const cert = user['client-certificate-data'] ?? user['client-certificate'];
  const key = user['client-key-data'] ?? user['client-key'];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw invalid(yaml, [whole(path, 'there is a client key without its client certificate')]);
  if (key === undefined) throw invalid(yaml, [whole(path, 'there is a client certificate without its client key')]);
  if (!keyFits(cert, key)) throw invalid(yaml, [whole(path, 'the client key is not that of the client certificate')]);
  return { cert, key };
}

function check<T>(yaml: YamlFile, path: YamlPath, schema: z.ZodType<T>): T {
  const value = valueAt(yaml.value, path);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = problemsOf(result.error.issues, value);
  throw invalid(
    yaml,
    problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })),
  );
}

/** The path of the entry with this name: exactly one, else client-go would refuse the file too. */
function find(yaml: YamlFile, list: 'contexts' | 'clusters' | 'users', name: string, where: string): YamlPath {
  const entries = valueAt(yaml.value, [list]);
  const matching = Array.isArray(entries)
    ? [...entries.keys()].filter((i) => valueAt(entries, [i, 'name']) === name)
    : [];
  const [first, second] = matching;
  if (first === undefined) {
    const what = `there is no ${list.slice(0, -1)} ${JSON.stringify(name)}`;
    throw new SallyportError('config/invalid', `${where}${what}; ${choices(yaml, list)}`);
  }
  if (second === undefined) return [list, first];
  throw invalid(yaml, [whole([list, second, 'name'], `the name is given twice`)]);
}

function choices(yaml: YamlFile, list: string): string {
  const entries = valueAt(yaml.value, [list]);
  const names = Array.isArray(entries) ? entries.map((entry) => String(valueAt(entry, ['name']))) : [];
  return names.length === 0 ? `the file has no ${list}` : `expected one of ${names.slice(0, 20).join(', ')}`;
}

function whole(path: YamlPath, message: string): Problem {
  return { path, at: 'value', message };
}

function invalid(yaml: YamlFile, problems: readonly Problem[]): SallyportError {
  return invalidFile(yaml, problems, (path) => labelOf(yaml, path));
}

function prefix(yaml: YamlFile, path: YamlPath): string {
  const { line, column } = yaml.place(path);
  return `${yaml.file}:${line}:${column}: ${labelOf(yaml, path)}: `;
}

/** `users[admin].user.token`: entries go by name, as people know them. */
function labelOf(yaml: YamlFile, path: YamlPath): string {
  return path
    .map((step, i) => {
      if (typeof step !== 'number') return `${i === 0 ? '' : '.'}${step}`;
      const name = i === 1 ? valueAt(yaml.value, [...path.slice(0, 2), 'name']) : undefined;
      return `[${typeof name === 'string' ? name : step}]`;
    })
    .join('');
}

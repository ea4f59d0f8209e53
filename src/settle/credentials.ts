import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { wrongCertificates } from '../config/pem.ts';
import { readTextFile } from '../config/text-file.ts';
import type { KubernetesUpstream } from '../config.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { type ExecCredential, runExecPlugin } from './exec-plugin.ts';
import { type ExecPlugin, type KubeconfigEntry, readKubeconfig } from './kubeconfig.ts';
import { isToken } from './kubeconfig-schema.ts';

/** Where calls go and what the gate shows there. */
export interface UpstreamCredential {
  /** `https://host:port` (the port left out when it is the scheme's own), no path. */
  readonly origin: string;
  /** What goes before every path: empty, or `/k8s/clusters/c-1` without a slash at its end. */
  readonly basePath: string;
  /**
   * Options for the TLS connection. Ask after `authorization()` has settled, for every call: the same object comes back
   * until the client certificate changes, so that connections are kept by comparing objects.
   */
  tls(): UpstreamTls;
  /**
   * The value of the `Authorization` header (`Bearer ...`), or undefined when there is none. A promise only when a
   * plugin has to run; callers at the same time share one run.
   * @throws (or rejects with) SallyportError `credential/unavailable`
   */
  authorization(): Promise<string | undefined> | string | undefined;
  /** To be called when the upstream answered 401: what was read from a file or a plugin is had anew at the next call. */
  invalidate(): void;
  /** What kind of credential it is and where it comes from, for `check`: one line, no secret. */
  describe(): string;
  /**
   * Why this credential may do everything, when it says so itself (a client certificate of group `system:masters`);
   * undefined means that only the cluster can tell. As of now: a plugin may give another certificate later.
   */
  privileged(): string | undefined;
}

/** For `https.Agent`: PEM texts and the name that the server's certificate must carry. */
export interface UpstreamTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** What the outside gives: replaced in tests. */
export interface CredentialConditions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder with `token` and `ca.crt` of the pod's service account. */
  readonly serviceAccount: string;
  /** Milliseconds that a credential plugin may take. */
  readonly execTimeout: number;
}

const CONDITIONS: CredentialConditions = {
  now: Date.now,
  env: process.env,
  serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
  execTimeout: 60_000,
};

/** How long a token read from a file is used before the file is looked at again, as client-go. */
const FILE_PERIOD = 60_000;
/** A plugin's credential is renewed this long before it expires, or a tenth of its life if that is shorter. */
const SKEW = 30_000;
/** A plugin does not run again within this time of its last run, however often it fails or the upstream says 401. */
const EXEC_PAUSE = 5_000;

/**
 * The credential for an upstream, ready to use: files are read and a plugin is run once, so that what is missing is
 * known at the start and not at the first call.
 * @throws SallyportError `config/invalid` for a kubeconfig that cannot be used, `credential/unavailable` for a token
 * file, service account or plugin that gives nothing
 */
export async function openUpstream(
  upstream: KubernetesUpstream,
  conditions: Partial<CredentialConditions> = {},
): Promise<UpstreamCredential> {
  const all = { ...CONDITIONS, ...conditions };
  const credential = open(upstream, all);
  await credential.authorization();
  return credential;
}

function open(upstream: KubernetesUpstream, conditions: CredentialConditions): UpstreamCredential {
  if (upstream.kind === 'in-cluster') return openInCluster(conditions);
  if (upstream.kind === 'kubeconfig')
    return openKubeconfig(readKubeconfig(upstream.file, upstream.context), conditions);
  const { url, ca, token } = upstream;
  const bearer = token === undefined ? NOTHING : fixed(token);
  return assemble(url, { ca }, bearer, `${token === undefined ? 'no credential' : 'a token'} from the configuration`);
}

function openInCluster({ env, serviceAccount, now }: CredentialConditions): UpstreamCredential {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (!host || !port) {
    throw new SallyportError(
      'credential/unavailable',
      'not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
      { fix: 'run the gate in a pod, or give the route upstream: {kubeconfig: FILE}' },
    );
  }
  const caFile = join(serviceAccount, 'ca.crt');
  const ca = readCredentialFile(caFile);
  const wrong = wrongCertificates(ca);
  if (wrong !== undefined) throw new SallyportError('credential/unavailable', `${caFile}: ${wrong}`);
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return assemble(url, { ca }, fromFile(join(serviceAccount, 'token'), now), "the pod's service account");
}

function openKubeconfig(entry: KubeconfigEntry, conditions: CredentialConditions): UpstreamCredential {
  const { server, ca, servername, certificate, bearer, context, file } = entry;
  const tls = { ca, servername, cert: certificate?.cert, key: certificate?.key };
  const where = `context ${context} of ${file}`;
  const shown = certificate === undefined ? [] : [describeCertificate(certificate.cert)];
  if (bearer.kind === 'token')
    return assemble(server, tls, fixed(bearer.token), `${[...shown, 'a token'].join(' and ')} from ${where}`);
  if (bearer.kind === 'token-file') {
    const what = [...shown, `the token in ${bearer.file}`].join(' and ');
    return assemble(server, tls, fromFile(bearer.file, conditions.now), `${what}, named by ${where}`);
  }
  if (bearer.kind === 'exec') {
    const what = [...shown, `what the plugin ${bearer.exec.command} gives`].join(' and ');
    return assemble(server, tls, fromPlugin(bearer.exec, conditions), `${what}, named by ${where}`);
  }
  return assemble(server, tls, NOTHING, `${shown[0] ?? 'no credential'} from ${where}`);
}

/** One way of having a credential that may change. */
interface Source {
  token(): Promise<string | undefined> | string | undefined;
  /** The same object until it changes. */
  certificate(): { readonly cert: string; readonly key: string } | undefined;
  invalidate(): void;
}

const NOTHING: Source = { token: () => undefined, certificate: () => undefined, invalidate: () => undefined };

function fixed(token: string): Source {
  return { ...NOTHING, token: () => token };
}

type TlsParts = { readonly [name in keyof UpstreamTls]: UpstreamTls[name] | undefined };

function assemble(url: string, parts: TlsParts, source: Source, description: string): UpstreamCredential {
  const { origin, pathname } = new URL(url);
  let certificate = source.certificate();
  let tls = present({ ...parts, ...certificate });
  const currentTls = (): UpstreamTls => {
    const latest = source.certificate();
    if (latest !== certificate) {
      certificate = latest;
      tls = present({ ...parts, ...certificate });
    }
    return tls;
  };
  return {
    origin,
    basePath: pathname.replace(/\/+$/, ''),
    tls: currentTls,
    authorization: () => {
      const token = source.token();
      return token instanceof Promise ? token.then(asBearer) : asBearer(token);
    },
    invalidate: () => source.invalidate(),
    describe: () => `${origin}: ${description}`,
    privileged: () => privilegeOf(currentTls().cert),
  };
}

function asBearer(token: string | undefined): string | undefined {
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** Without the members that are undefined: TLS options tell absent from undefined. */
function present({ ca, cert, key, servername }: TlsParts): UpstreamTls {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function fromFile(file: string, now: () => number): Source {
  let known: { readonly token: string; readonly until: number } | undefined;
  let stale = false;
  return {
    ...NOTHING,
    invalidate: () => {
      stale = true;
    },
    token: () => {
      const time = now();
      if (known !== undefined && !stale && time < known.until) return known.token;
      stale = false;
      try {
        known = { token: readToken(file), until: time + FILE_PERIOD };
      } catch (error) {
        // A file that is being replaced is no reason to stop: the upstream judges whether the old token is still good.
        if (known === undefined) throw error;
        known = { token: known.token, until: time + FILE_PERIOD };
      }
      return known.token;
    },
  };
}

function readToken(file: string): string {
  const token = readCredentialFile(file).trim();
  if (!isToken(token)) throw new SallyportError('credential/unavailable', `${file}: expected a token on one line`);
  return token;
}

function readCredentialFile(file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new SallyportError('credential/unavailable', `cannot read ${file}: ${messageOf(error)}`);
  }
}

function fromPlugin(plugin: ExecPlugin, { now, env, execTimeout }: CredentialConditions): Source {
  let running: Promise<string | undefined> | undefined;
  let known: { readonly given: ExecCredential; readonly renewAt: number } | undefined;
  let failed: { readonly error: unknown } | undefined;
  let lastRun = Number.NEGATIVE_INFINITY;
  const renew = async (): Promise<string | undefined> => {
    try {
      const given = await runExecPlugin(plugin, { now, env, timeout: execTimeout });
      known = { given, renewAt: renewalOf(given, now()) };
      failed = undefined;
      return given.token;
    } catch (error) {
      failed = { error };
      throw error;
    } finally {
      lastRun = now();
      running = undefined;
    }
  };
  return {
    certificate: () => known?.given.certificate,
    invalidate: () => {
      if (known !== undefined && now() >= lastRun + EXEC_PAUSE) known = { ...known, renewAt: Number.NEGATIVE_INFINITY };
    },
    token: () => {
      const time = now();
      if (known !== undefined && time < known.renewAt) return known.given.token;
      if (failed !== undefined && time < lastRun + EXEC_PAUSE) throw failed.error;
      running ??= renew();
      return running;
    },
  };
}

function renewalOf({ expires }: ExecCredential, now: number): number {
  return expires === undefined ? Number.POSITIVE_INFINITY : expires - Math.min(SKEW, (expires - now) / 10);
}

function describeCertificate(pem: string): string {
  const certificate = new X509Certificate(pem);
  const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? 'without a name';
  return `the client certificate ${JSON.stringify(name)} (until ${certificate.validToDate.toISOString()})`;
}

function privilegeOf(cert: string | undefined): string | undefined {
  if (cert === undefined) return undefined;
  const groups = new X509Certificate(cert).subject.split(/\n| \+ /);
  if (!groups.includes('O=system:masters')) return undefined;
  return 'its client certificate is of the group system:masters, which no RBAC rule limits';
}

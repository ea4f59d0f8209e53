import type { Role } from './identify/permissions.ts';
import type { Labels } from './labels.ts';
import type { NotifyConfig } from './operate/notify/config.ts';

/** `sallyport.yaml`, read and checked once. Paths are absolute, secrets resolved, defaults filled in. */
export interface Config {
  /** The file it came from, or a description (`--kubeconfig ...`). */
  readonly source: string;
  readonly listen: Address;
  readonly operate: Address & { readonly insecure: boolean };
  /** A server certificate of the operator's own instead of one from the gate's CA: PEM texts, a pair that fits. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** The 0700 state folder: database, keys, CA, bootstrap secret. */
  readonly state: string;
  readonly store: { readonly kind: 'sqlite'; readonly path: string };
  readonly bundle: {
    readonly from: BundleFrom;
    /** PEM public keys; when there is one, a bundle that none of them signed never loads. */
    readonly keys: readonly BundleKey[];
    readonly site: SiteSource | undefined;
  };
  readonly identity: {
    readonly issuers: readonly Issuer[];
    /** Authorities whose client certificates are identities; `ca` is PEM text, `issuer` the name that agents' identities give. */
    readonly certificates: readonly { readonly issuer: string; readonly ca: string }[];
    /** Seconds of clock skew that are tolerated in foreign tokens. */
    readonly skew: number;
  };
  /** People of an identity provider, besides those who have a token of the gate's own. */
  readonly operators: {
    /** `https://host[:port]` by which people reach the operations side; undefined: the address of `operate`. */
    readonly origin: string | undefined;
    /** Milliseconds of a browser's session at the longest. */
    readonly session: number;
    readonly issuers: readonly OperatorIssuer[];
  };
  /** Which label keys are facts, by meaning. */
  readonly labels: Readonly<Record<keyof Labels, string>>;
  readonly limits: {
    /** Bytes. */
    readonly body: number;
    readonly headers: number;
    /** Milliseconds. */
    readonly headersTimeout: number;
    readonly requestTimeout: number;
    readonly upstreamTimeout: number;
    readonly measureTimeout: number;
    readonly drain: number;
    readonly connections: number;
  };
  readonly evaluation: {
    /** Loop turns and function entries that one evaluation may use. */
    readonly fuel: number;
    /** MiB of WASM memory. */
    readonly memory: number;
  };
  readonly holds: {
    /** How long each try of a held call waits, in milliseconds; 0: it is answered at once, naming its hold. */
    readonly wait: number;
    /** Held calls that one agent may have open. */
    readonly perAgent: number;
  };
  /** Who is told of what happens. */
  readonly notify: NotifyConfig;
  readonly routes: readonly Route[];
  /** What may be asked whether an act worked, besides the upstreams; policy names them and gives no addresses. */
  readonly probes: readonly ProbeEndpoint[];
}

/** An endpoint that tells whether services are well: by its answer to a GET, or by Prometheus' instant query API. */
export interface ProbeEndpoint {
  readonly name: string;
  readonly kind: 'http' | 'prometheus';
  /** `https://...`, or plain HTTP on loopback; of a Prometheus up to and with `/api/v1/query`. */
  readonly url: string;
  /** Sent as a bearer token; from a file it is read anew for each request. */
  readonly token: string | { readonly file: string } | undefined;
  /** PEM text of the only authorities that are trusted, instead of those that the system trusts. */
  readonly ca: string | undefined;
  /** Milliseconds that one look may take. */
  readonly timeout: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a bundle comes from. */
export type BundleFrom =
  /** `watch`: loaded again when the file changes. */
  { readonly kind: 'file'; readonly path: string; readonly watch: boolean } | BundleServer;

/** A server that is asked for a bundle again and again, as OPA's bundle protocol has it. */
export interface BundleServer {
  readonly kind: 'url';
  /** `https://...`, or plain HTTP on loopback; its query may hold a secret. */
  readonly url: string;
  /** Sent as a bearer token; from a file it is read anew for each request, because such tokens are replaced. */
  readonly token: string | { readonly file: string } | undefined;
  /** More headers of each request, by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM text of the only authorities that are trusted, instead of those that the system trusts. */
  readonly ca: string | undefined;
  /** The client certificate: PEM texts, a pair that fits. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
  readonly poll: {
    /** Milliseconds between two requests, drawn anew each time so that gates do not ask in step; the longest back-off too. */
    readonly every: { readonly min: number; readonly max: number };
    /** Milliseconds that a server that can may hold a request until there is news; undefined: it is not asked to. */
    readonly wait: number | undefined;
    /** Milliseconds that one request may take, `wait` not counted. */
    readonly timeout: number;
    /** Bytes of the largest archive that is read. */
    readonly limit: number;
  };
}

/** A site's own bundle, which judges beside the library's. */
export interface SiteSource {
  readonly from: BundleFrom;
  /** Of the site alone: they never verify a library, nor the library's keys a site's bundle. */
  readonly keys: readonly BundleKey[];
  /** Settings by name, and `rules`, by which the site may grant what the library does not; by all else it only tightens. */
  readonly trust: readonly string[];
}

export interface BundleKey {
  readonly id: string;
  /** PEM text of the public key, or for HS* the secret. */
  readonly key: string;
  /** As OPA's `algorithm`: RS256, PS256, ES256, EdDSA, ... */
  readonly algorithm: string;
  readonly scope: string;
}

export interface Issuer {
  readonly issuer: string;
  readonly audience: string;
  /** `https://...` or the absolute path of a file. */
  readonly jwks: string;
}

/** An issuer whose tokens make operators (OpenID Connect); its audience is never that of agents. */
export interface OperatorIssuer extends Issuer {
  /** The claim that names a person. */
  readonly name: string;
  /** What claims make of a person; of several that match, the highest role and the groups of all. */
  readonly roles: readonly RoleMapping[];
  /** Where a browser logs in; undefined: with tokens only. */
  readonly login: Login | undefined;
}

export interface RoleMapping {
  readonly claim: string;
  /** What the claim is, or has in it. */
  readonly value: string;
  readonly role: Role;
  readonly groups: readonly string[];
}

/** The authorization code flow (RFC 6749 section 4.1) with PKCE (RFC 7636). */
export interface Login {
  readonly clientId: string;
  /** Undefined: a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly scopes: readonly string[];
}

/** One upstream behind one path prefix. */
export interface Route {
  readonly name: string;
  readonly surface: 'kubernetes';
  /** The path prefix, e.g. `/kube/staging`: leading slash, no trailing one. */
  readonly at: string;
  /** What the operator declares of everything behind the route. */
  readonly labels: Labels;
  /** `until`: RFC 3339, UTC; from then on the route enforces. */
  readonly mode: { readonly kind: 'enforce' } | { readonly kind: 'shadow'; readonly until: string };
  readonly impersonate: boolean;
  readonly upstream: KubernetesUpstream;
}

/** Where the API server is and what the gate shows it. */
export type KubernetesUpstream =
  | { readonly kind: 'kubeconfig'; readonly file: string; readonly context: string | undefined }
  | { readonly kind: 'in-cluster' }
  /** For tests and the demonstration: plain address, no credential of a person. `ca` is PEM text. */
  | { readonly kind: 'url'; readonly url: string; readonly ca: string | undefined; readonly token: string | undefined };

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Route } from '../config.ts';
import { SallyportError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import { type ApiEndpoint, askApi } from '../measure/kubernetes/api-client.ts';
import { openUpstream } from './credentials.ts';
import { REVERTS_USER } from './outbound-headers.ts';

/** What an upstream says of itself and of the gate's credential there. */
export interface UpstreamReport {
  readonly route: string;
  /** What kind of credential it is, without a secret. */
  readonly credential: string;
  /** The server's own version, e.g. `v1.36.3`. */
  readonly version: string;
  /** Why the credential may do everything, or undefined when it may not. */
  readonly privileged: string | undefined;
  /** What the gate needs and the credential may not; empty when all is well. */
  readonly missing: readonly string[];
}

/** One question of a SelfSubjectAccessReview (authorization.k8s.io/v1). */
interface Question {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
}

const EVERYTHING: Question = { verb: '*', group: '*', resource: '*' };
const READ_NAMESPACES: readonly Question[] = ['get', 'list', 'watch'].map((verb) => ({
  verb,
  group: '',
  resource: 'namespaces',
}));
const IMPERSONATE: readonly Question[] = [
  { verb: 'impersonate', group: '', resource: 'groups', name: 'sallyport:agents' },
  { verb: 'impersonate', group: '', resource: 'users', name: REVERTS_USER },
];

/**
 * Connects to a route's upstream and asks it what the gate's credential may do there.
 * @param agents ids of agents that the gate would impersonate; asked about when the route impersonates
 * @throws SallyportError `credential/unavailable`, `config/invalid`, `measure/failed` or `upstream/unreachable`
 */
export async function reviewUpstream(
  route: Route,
  options: { readonly agents?: readonly string[]; readonly timeout?: number } = {},
): Promise<UpstreamReport> {
  const signal = AbortSignal.timeout(options.timeout ?? 10_000);
  const credential = await openUpstream(route.upstream);
  const secure = credential.origin.startsWith('https:');
  const agent = secure ? new HttpsAgent({ ...credential.tls(), keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const endpoint: ApiEndpoint = {
    origin: credential.origin,
    basePath: credential.basePath,
    agent,
    authorization: () => credential.authorization(),
  };
  try {
    const version = await askVersion(endpoint, route.name, signal);
    const everything = await isAllowed(endpoint, EVERYTHING, signal);
    const questions = [
      ...READ_NAMESPACES,
      ...(route.impersonate ? [...IMPERSONATE, ...(options.agents ?? []).map(impersonateUser)] : []),
    ];
    const answers = await Promise.all(questions.map((question) => isAllowed(endpoint, question, signal)));
    return {
      route: route.name,
      credential: credential.describe(),
      version,
      privileged:
        credential.privileged() ?? (everything ? 'the cluster lets it do everything (cluster-admin)' : undefined),
      missing: questions.filter((_, index) => answers[index] !== true).map(describeQuestion),
    };
  } finally {
    agent.destroy();
  }
}

function impersonateUser(agent: string): Question {
  return { verb: 'impersonate', group: '', resource: 'users', name: `sallyport:agent:${agent}` };
}

function describeQuestion({ verb, resource, name }: Question): string {
  return `${verb} ${resource}${name === undefined ? '' : ` ${name}`}`;
}

async function askVersion(endpoint: ApiEndpoint, route: string, signal: AbortSignal): Promise<string> {
  const { status, object } = await askApi(endpoint, {
    method: 'GET',
    path: '/version',
    impersonate: undefined,
    signal,
  });
  if (status === 200 && typeof object?.gitVersion === 'string') return object.gitVersion;
  throw new SallyportError('upstream/unreachable', `route ${route}: GET /version answered ${status}`, {
    fix:
      status === 401
        ? 'renew the credential of the gate for this upstream'
        : 'check that this is a Kubernetes API server',
  });
}

/** False too when the server does not answer the question: what cannot be shown is not claimed. */
async function isAllowed(endpoint: ApiEndpoint, question: Question, signal: AbortSignal): Promise<boolean> {
  const review: JsonObject = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { ...question } },
  };
  const { object } = await askApi(endpoint, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(review)),
    impersonate: undefined,
    signal,
  });
  return isObject(object?.status) && object.status.allowed === true;
}

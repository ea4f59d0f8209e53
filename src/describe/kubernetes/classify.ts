import type { ActionClass } from '../action.ts';
import type { RequestInfo } from './request-info.ts';

/** Subresources that open a way into a program: the method says nothing about what goes through. */
const CONNECTS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);
/** What a kubelet behind `nodes/proxy` runs for whoever asks, with GET too. */
const KUBELET_STREAMS: ReadonlySet<string> = new Set(['exec', 'attach', 'portForward', 'run', 'cri', 'checkpoint']);

const TELEMETRY_GROUPS: ReadonlySet<string> = new Set([
  'metrics.k8s.io',
  'custom.metrics.k8s.io',
  'external.metrics.k8s.io',
]);

/** Groups in which every change says who may do what, or who is believed. */
const AUTHORITY_GROUPS: ReadonlySet<string> = new Set([
  'rbac.authorization.k8s.io',
  'admissionregistration.k8s.io',
  'apiregistration.k8s.io',
  'authorization.openshift.io',
  'oauth.openshift.io',
  'user.openshift.io',
  'security.openshift.io',
  'templates.gatekeeper.sh',
  'constraints.gatekeeper.sh',
  'mutations.gatekeeper.sh',
  'config.gatekeeper.sh',
  'kyverno.io',
  'policies.kyverno.io',
]);
const AUTHORITY: ReadonlySet<string> = new Set([
  'certificates.k8s.io/clustertrustbundles',
  'policy/podsecuritypolicies',
]);

/** Reviews persist nothing: they are questions that are asked with POST. */
const REVIEWS: ReadonlyMap<string, ActionClass> = new Map([
  ['authorization.k8s.io/selfsubjectaccessreviews', 'read'],
  ['authorization.k8s.io/selfsubjectrulesreviews', 'read'],
  ['authentication.k8s.io/selfsubjectreviews', 'read'],
  ['authorization.k8s.io/subjectaccessreviews', 'sensitive_read'],
  ['authorization.k8s.io/localsubjectaccessreviews', 'sensitive_read'],
  ['authentication.k8s.io/tokenreviews', 'sensitive_read'],
]);

/** True for exec, attach, port-forward and proxy, as a subresource or as a part of the path. */
export function isConnect(info: RequestInfo): boolean {
  return info.isResourceRequest && (CONNECTS.has(info.subresource) || info.verb === 'proxy');
}

/**
 * What kind of act a call is, by what the server will do with it. `unknown` is anything that the table does not name:
 * policy denies it.
 * @param upgrade whether the connection is to be upgraded to a stream
 */
export function classify(info: RequestInfo, method: string, upgrade: boolean): ActionClass {
  const reads = method === 'GET' || method === 'HEAD';
  if (upgrade) return 'connect';
  if (info.error !== undefined) return 'unknown';
  if (!info.isResourceRequest) return reads ? classifyPath(info) : 'unknown';
  if (isConnect(info)) return classifyConnect(info, reads);
  // The server has no watch by any other method, and would not read it as one.
  if (info.verb === '' || (info.verb === 'watch' && !reads)) return 'unknown';
  return reads ? classifyRead(info) : classifyChange(info);
}

function classifyPath(info: RequestInfo): ActionClass {
  const [root = '', second = ''] = info.parts;
  switch (root) {
    case '':
    case 'api':
    case 'apis':
    case 'openapi':
    case 'openid':
    case 'version':
      return 'discovery';
    case '.well-known':
      return second === 'openid-configuration' ? 'discovery' : 'unknown';
    case 'healthz':
    case 'livez':
    case 'readyz':
    case 'metrics':
      return 'telemetry';
    case 'logs':
    case 'debug':
    case 'configz':
    case 'flagz':
    case 'statusz':
      return 'sensitive_read';
    default:
      return 'unknown';
  }
}

function classifyConnect(info: RequestInfo, reads: boolean): ActionClass {
  const proxying = info.verb === 'proxy' || info.subresource === 'proxy';
  if (!proxying || !reads) return 'connect';
  const behind = info.verb === 'proxy' ? info.parts[2] : info.parts[3];
  return info.resource === 'nodes' && KUBELET_STREAMS.has(behind ?? '') ? 'connect' : 'sensitive_read';
}

function classifyRead(info: RequestInfo): ActionClass {
  if (info.resource === 'secrets' || info.apiGroup === 'oauth.openshift.io') return 'sensitive_read';
  if (isToken(info)) return 'credential';
  if (isMetric(info) || isEvents(info)) return 'telemetry';
  return 'read';
}

function classifyChange(info: RequestInfo): ActionClass {
  const review = info.verb === 'create' ? REVIEWS.get(`${info.apiGroup}/${info.resource}`) : undefined;
  if (review !== undefined) return review;
  // Even a dry run answers with the secret.
  if (info.resource === 'secrets' || isToken(info)) return 'credential';
  if (isAuthority(info)) return 'authority';
  if (info.apiGroup === 'certificates.k8s.io') return 'credential';
  // An eviction deletes the pod, whatever verb it wears.
  if (info.subresource === 'eviction') return 'delete';
  return info.verb === 'delete' || info.verb === 'deletecollection' ? 'delete' : 'write';
}

function isToken(info: RequestInfo): boolean {
  return info.resource === 'serviceaccounts' && info.subresource === 'token';
}

/** Served by an adapter for metrics. */
export function isMetric(info: RequestInfo): boolean {
  return TELEMETRY_GROUPS.has(info.apiGroup);
}

function isEvents(info: RequestInfo): boolean {
  return info.resource === 'events' && (info.apiGroup === '' || info.apiGroup === 'events.k8s.io');
}

/** Whether every change of this resource says who may do what, or who is believed. */
export function isAuthority(info: RequestInfo): boolean {
  return AUTHORITY_GROUPS.has(info.apiGroup) || AUTHORITY.has(`${info.apiGroup}/${info.resource}`);
}

import { UNKNOWN, type Unknown } from '../action.ts';
import { isAuthority, isConnect } from './classify.ts';
import type { RequestInfo } from './request-info.ts';
import { builtIn, qualified } from './resources.ts';

/**
 * What is at stake in a change, as far as kind and verb tell; billing, compliance and other matters of a single service
 * are for policy to say, by labels and data.
 * - `configuration`: how programs are set up; `availability`: that they run; `performance`: how much they get
 * - `access`: a way into a running program
 * - `security`: who may do what, who reaches whom; `authentication`: who is who
 * - `data-integrity`: data that would be lost, or be somebody else's
 */
export type RiskDomain =
  | 'configuration'
  | 'availability'
  | 'performance'
  | 'access'
  | 'security'
  | 'authentication'
  | 'data-integrity';

/** The domain of a call; of kinds that Kubernetes does not serve itself nobody knows it. */
export function riskDomain(info: RequestInfo): RiskDomain | Unknown {
  if (!info.isResourceRequest) return UNKNOWN;
  if (isAuthority(info)) return 'security';
  if (builtIn(info) === undefined) return UNKNOWN;
  if (isConnect(info)) return 'access';
  if (info.subresource === 'scale' || info.subresource === 'resize') return 'performance';
  if (info.subresource === 'ephemeralcontainers') return 'access';
  const resource = qualified(info);
  const removes = info.verb === 'delete' || info.verb === 'deletecollection' || info.subresource === 'eviction';
  // A new claim holds nothing yet.
  if (resource === 'persistentvolumeclaims' && info.verb === 'create') return 'configuration';
  return (removes ? AT_STAKE_IN_REMOVAL[resource] : undefined) ?? AT_STAKE[resource] ?? ordinary(removes);
}

/** Programs, their settings, and how they are reached. */
function ordinary(removes: boolean): RiskDomain {
  return removes ? 'availability' : 'configuration';
}

/** Whatever is done to it. */
const AT_STAKE: Readonly<Record<string, RiskDomain>> = {
  secrets: 'security',
  'networkpolicies.networking.k8s.io': 'security',
  'runtimeclasses.node.k8s.io': 'security',
  serviceaccounts: 'authentication',
  'certificatesigningrequests.certificates.k8s.io': 'authentication',
  'tokenreviews.authentication.k8s.io': 'authentication',
  persistentvolumes: 'data-integrity',
  persistentvolumeclaims: 'data-integrity',
  'storageclasses.storage.k8s.io': 'data-integrity',
  'volumeattachments.storage.k8s.io': 'data-integrity',
  'volumeattributesclasses.storage.k8s.io': 'data-integrity',
  'csidrivers.storage.k8s.io': 'data-integrity',
  'csinodes.storage.k8s.io': 'data-integrity',
  'customresourcedefinitions.apiextensions.k8s.io': 'data-integrity',
  'horizontalpodautoscalers.autoscaling': 'performance',
  resourcequotas: 'performance',
  limitranges: 'performance',
  'priorityclasses.scheduling.k8s.io': 'performance',
  'flowschemas.flowcontrol.apiserver.k8s.io': 'performance',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': 'performance',
  nodes: 'availability',
  'poddisruptionbudgets.policy': 'availability',
  'leases.coordination.k8s.io': 'availability',
  configmaps: 'configuration',
};

/** What goes with it when it is removed. */
const AT_STAKE_IN_REMOVAL: Readonly<Record<string, RiskDomain>> = {
  namespaces: 'data-integrity',
};

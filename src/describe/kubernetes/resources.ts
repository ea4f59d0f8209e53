import type { RequestInfo } from './request-info.ts';

/** What Kubernetes 1.36 itself serves, as `kubectl api-resources` lists it: resource, kind. */
const NAMESPACED: Readonly<Record<string, string>> = {
  bindings: 'Binding',
  configmaps: 'ConfigMap',
  endpoints: 'Endpoints',
  events: 'Event',
  limitranges: 'LimitRange',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  pods: 'Pod',
  podtemplates: 'PodTemplate',
  replicationcontrollers: 'ReplicationController',
  resourcequotas: 'ResourceQuota',
  secrets: 'Secret',
  serviceaccounts: 'ServiceAccount',
  services: 'Service',
  'controllerrevisions.apps': 'ControllerRevision',
  'daemonsets.apps': 'DaemonSet',
  'deployments.apps': 'Deployment',
  'replicasets.apps': 'ReplicaSet',
  'statefulsets.apps': 'StatefulSet',
  'localsubjectaccessreviews.authorization.k8s.io': 'LocalSubjectAccessReview',
  'horizontalpodautoscalers.autoscaling': 'HorizontalPodAutoscaler',
  'cronjobs.batch': 'CronJob',
  'jobs.batch': 'Job',
  'leases.coordination.k8s.io': 'Lease',
  'endpointslices.discovery.k8s.io': 'EndpointSlice',
  'events.events.k8s.io': 'Event',
  'ingresses.networking.k8s.io': 'Ingress',
  'networkpolicies.networking.k8s.io': 'NetworkPolicy',
  'poddisruptionbudgets.policy': 'PodDisruptionBudget',
  'rolebindings.rbac.authorization.k8s.io': 'RoleBinding',
  'roles.rbac.authorization.k8s.io': 'Role',
  'resourceclaims.resource.k8s.io': 'ResourceClaim',
  'resourceclaimtemplates.resource.k8s.io': 'ResourceClaimTemplate',
  'csistoragecapacities.storage.k8s.io': 'CSIStorageCapacity',
};

const CLUSTER_SCOPED: Readonly<Record<string, string>> = {
  componentstatuses: 'ComponentStatus',
  namespaces: 'Namespace',
  nodes: 'Node',
  persistentvolumes: 'PersistentVolume',
  'mutatingadmissionpolicies.admissionregistration.k8s.io': 'MutatingAdmissionPolicy',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': 'MutatingAdmissionPolicyBinding',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': 'MutatingWebhookConfiguration',
  'validatingadmissionpolicies.admissionregistration.k8s.io': 'ValidatingAdmissionPolicy',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': 'ValidatingAdmissionPolicyBinding',
  'validatingwebhookconfigurations.admissionregistration.k8s.io': 'ValidatingWebhookConfiguration',
  'customresourcedefinitions.apiextensions.k8s.io': 'CustomResourceDefinition',
  'apiservices.apiregistration.k8s.io': 'APIService',
  'selfsubjectreviews.authentication.k8s.io': 'SelfSubjectReview',
  'tokenreviews.authentication.k8s.io': 'TokenReview',
  'selfsubjectaccessreviews.authorization.k8s.io': 'SelfSubjectAccessReview',
  'selfsubjectrulesreviews.authorization.k8s.io': 'SelfSubjectRulesReview',
  'subjectaccessreviews.authorization.k8s.io': 'SubjectAccessReview',
  'certificatesigningrequests.certificates.k8s.io': 'CertificateSigningRequest',
  'clustertrustbundles.certificates.k8s.io': 'ClusterTrustBundle',
  'flowschemas.flowcontrol.apiserver.k8s.io': 'FlowSchema',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': 'PriorityLevelConfiguration',
  'ingressclasses.networking.k8s.io': 'IngressClass',
  'ipaddresses.networking.k8s.io': 'IPAddress',
  'servicecidrs.networking.k8s.io': 'ServiceCIDR',
  'runtimeclasses.node.k8s.io': 'RuntimeClass',
  'clusterrolebindings.rbac.authorization.k8s.io': 'ClusterRoleBinding',
  'clusterroles.rbac.authorization.k8s.io': 'ClusterRole',
  'deviceclasses.resource.k8s.io': 'DeviceClass',
  'resourceslices.resource.k8s.io': 'ResourceSlice',
  'priorityclasses.scheduling.k8s.io': 'PriorityClass',
  'csidrivers.storage.k8s.io': 'CSIDriver',
  'csinodes.storage.k8s.io': 'CSINode',
  'storageclasses.storage.k8s.io': 'StorageClass',
  'volumeattachments.storage.k8s.io': 'VolumeAttachment',
  'volumeattributesclasses.storage.k8s.io': 'VolumeAttributesClass',
};

/** Subresources whose object is of a kind of its own, with the group it lives in. */
const SUBRESOURCE_KINDS: Readonly<Record<string, { readonly kind: string; readonly group: string }>> = {
  scale: { kind: 'Scale', group: 'autoscaling' },
  eviction: { kind: 'Eviction', group: 'policy' },
  token: { kind: 'TokenRequest', group: 'authentication.k8s.io' },
  binding: { kind: 'Binding', group: '' },
};

interface BuiltIn {
  readonly kind: string;
  readonly namespaced: boolean;
}

const BUILT_IN: ReadonlyMap<string, BuiltIn> = new Map([...served(NAMESPACED, true), ...served(CLUSTER_SCOPED, false)]);

function served(kinds: Readonly<Record<string, string>>, namespaced: boolean): (readonly [string, BuiltIn])[] {
  return Object.entries(kinds).map(([name, kind]) => [name, { kind, namespaced }]);
}

/** `deployments.apps`, `pods`: resource and group as people write them. */
export function qualified(info: RequestInfo): string {
  return info.apiGroup === '' ? info.resource : `${info.resource}.${info.apiGroup}`;
}

/** What Kubernetes itself serves under this resource, or undefined for custom and aggregated resources. */
export function builtIn(info: RequestInfo): BuiltIn | undefined {
  return BUILT_IN.get(qualified(info));
}

/** The kind and API group that a body of this call must have; undefined where only the server knows. */
export function expectedKind(info: RequestInfo): { readonly kind: string | undefined; readonly group: string } {
  const own = Object.hasOwn(SUBRESOURCE_KINDS, info.subresource) ? SUBRESOURCE_KINDS[info.subresource] : undefined;
  return own ?? { kind: builtIn(info)?.kind, group: info.apiGroup };
}

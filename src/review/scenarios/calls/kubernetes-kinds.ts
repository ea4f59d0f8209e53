import { SallyportError } from '../../../errors.ts';
import { isObject, type Json } from '../../../json.ts';

/** A resource that kubectl knows by several names. */
export interface KubernetesKind {
  /** `deployments`: how its path names it. */
  readonly resource: string;
  readonly kind: string;
  /** `/api/v1`, `/apis/apps/v1`. */
  readonly base: string;
  readonly namespaced: boolean;
}

/** resource, kind, short names; by API group and version. A leading `-` marks what is in no namespace. */
const SERVED: Readonly<Record<string, readonly (readonly [resource: string, kind: string, short?: string])[]>> = {
  '/api/v1': [
    ['configmaps', 'ConfigMap', 'cm'],
    ['endpoints', 'Endpoints', 'ep'],
    ['events', 'Event', 'ev'],
    ['limitranges', 'LimitRange', 'limits'],
    ['-namespaces', 'Namespace', 'ns'],
    ['-nodes', 'Node', 'no'],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'pvc'],
    ['-persistentvolumes', 'PersistentVolume', 'pv'],
    ['pods', 'Pod', 'po'],
    ['replicationcontrollers', 'ReplicationController', 'rc'],
    ['resourcequotas', 'ResourceQuota', 'quota'],
    ['secrets', 'Secret'],
    ['serviceaccounts', 'ServiceAccount', 'sa'],
    ['services', 'Service', 'svc'],
  ],
  '/apis/apps/v1': [
    ['daemonsets', 'DaemonSet', 'ds'],
    ['deployments', 'Deployment', 'deploy'],
    ['replicasets', 'ReplicaSet', 'rs'],
    ['statefulsets', 'StatefulSet', 'sts'],
  ],
  '/apis/autoscaling/v2': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'hpa']],
  '/apis/batch/v1': [
    ['cronjobs', 'CronJob', 'cj'],
    ['jobs', 'Job'],
  ],
  '/apis/networking.k8s.io/v1': [
    ['ingresses', 'Ingress', 'ing'],
    ['networkpolicies', 'NetworkPolicy', 'netpol'],
  ],
  '/apis/policy/v1': [['poddisruptionbudgets', 'PodDisruptionBudget', 'pdb']],
  '/apis/rbac.authorization.k8s.io/v1': [
    ['-clusterrolebindings', 'ClusterRoleBinding'],
    ['-clusterroles', 'ClusterRole'],
    ['rolebindings', 'RoleBinding'],
    ['roles', 'Role'],
  ],
  '/apis/storage.k8s.io/v1': [['-storageclasses', 'StorageClass', 'sc']],
  '/apis/scheduling.k8s.io/v1': [['-priorityclasses', 'PriorityClass', 'pc']],
  '/apis/certificates.k8s.io/v1': [['-certificatesigningrequests', 'CertificateSigningRequest', 'csr']],
  '/apis/admissionregistration.k8s.io/v1': [
    ['-mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'],
    ['-validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'],
  ],
  '/apis/apiextensions.k8s.io/v1': [['-customresourcedefinitions', 'CustomResourceDefinition', 'crd']],
};

const BY_NAME = new Map<string, KubernetesKind>();
for (const [base, kinds] of Object.entries(SERVED)) {
  for (const [marked, kind, short] of kinds) {
    const resource = marked.replace('-', '');
    const known: KubernetesKind = { resource, kind, base, namespaced: !marked.startsWith('-') };
    const group = base.split('/')[2];
    for (const name of [resource, kind.toLowerCase(), short, group === 'v1' ? undefined : `${resource}.${group}`])
      if (name !== undefined) BY_NAME.set(name, known);
  }
}

/**
 * What kubectl means by the name of a type: `deploy`, `deployments.apps`, or `widgets.v1.example.com` for what it does not
 * know (taken to be in namespaces).
 * @throws SallyportError `request/invalid`
 */
export function kindOf(name: string): KubernetesKind {
  const known = BY_NAME.get(name.toLowerCase());
  if (known !== undefined) return known;
  const [, resource, version, group] = /^([a-z][a-z0-9]*)\.(v\d[a-z0-9]*)\.([a-z0-9.-]+)$/.exec(name) ?? [];
  if (resource !== undefined && version !== undefined && group !== undefined)
    return { resource, kind: '', base: `/apis/${group}/${version}`, namespaced: true };
  throw new SallyportError('request/invalid', `kubectl: no type ${JSON.stringify(name.slice(0, 80))} is known here`, {
    fix: 'name others with version and group (widgets.v1.example.com), or write the call as raw HTTP',
  });
}

/** The kind of an inline object, by its `apiVersion` and `kind`. @throws SallyportError `request/invalid` */
export function kindOfObject(
  object: Json | undefined,
): KubernetesKind & { readonly name: string; readonly namespace: string } {
  const { apiVersion, kind, metadata } = isObject(object) ? object : {};
  const { name, namespace } = isObject(metadata) ? metadata : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string')
    throw new SallyportError('request/invalid', 'the case needs an object with apiVersion, kind and metadata.name', {
      fix: 'put what `-f -` would read under object:',
    });
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const known = BY_NAME.get(kind.toLowerCase());
  if (known === undefined || known.kind !== kind || known.base !== base)
    throw new SallyportError('request/invalid', `how ${apiVersion} ${kind} is addressed is not known here`, {
      fix: 'write the call as raw HTTP',
    });
  return { ...known, name, namespace: typeof namespace === 'string' ? namespace : '' };
}

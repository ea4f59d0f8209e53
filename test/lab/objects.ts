/** What every lab holds from the start: three environments, and the rights of the gate and of agents. */

const ENVIRONMENTS = ['dev', 'staging', 'prod'];

/** `shop-dev`, `shop-staging`, `shop-prod`. */
export const NAMESPACES = ENVIRONMENTS.map((environment) => `shop-${environment}`);

const namespace = (environment: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: `shop-${environment}`,
    labels: { 'sallyport.dev/environment': environment, 'sallyport.dev/service': 'shop', 'sallyport.dev/team': 'shop' },
  },
});

const RBAC = 'rbac.authorization.k8s.io/v1';
const READ = ['get', 'list', 'watch'];
const WRITE = [...READ, 'create', 'update', 'patch', 'delete', 'deletecollection'];

/** Binds a role's rules to one user or group. */
const grant = (name: string, subject: { kind: 'User' | 'Group'; name: string }, rules: readonly object[]) => [
  { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name }, rules },
  {
    apiVersion: RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    subjects: [{ ...subject, apiGroup: 'rbac.authorization.k8s.io' }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
  },
];

/** A `v1` List. */
export const LAB_OBJECTS = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    ...ENVIRONMENTS.map(namespace),
    // The gate acts as somebody else or not at all; what it may see itself is which namespaces there are.
    ...grant('sallyport-gate', { kind: 'User', name: 'sallyport-gate' }, [
      { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] },
      { apiGroups: [''], resources: ['groups'], resourceNames: ['sallyport:agents'], verbs: ['impersonate'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: READ },
    ]),
    // Wide on purpose: what agents may not do has to be the gate's doing, or the tests would prove RBAC.
    ...grant('sallyport-agents', { kind: 'Group', name: 'sallyport:agents' }, [
      {
        apiGroups: ['', 'apps', 'batch', 'autoscaling', 'policy', 'networking.k8s.io'],
        resources: ['*'],
        verbs: WRITE,
      },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: READ },
    ]),
  ],
};

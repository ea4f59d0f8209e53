import { SallyportError } from '../errors.ts';
import { REVERTS_USER } from './outbound-headers.ts';

const AGENT = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SERVICE_ACCOUNT = /^system:serviceaccount:([a-z0-9]([-a-z0-9]*[a-z0-9])?):([a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/;

/**
 * The RBAC objects that the gate's own user needs on a cluster in order to impersonate agents and to read namespaces,
 * as YAML for `kubectl apply -f -`, explained in comments. What agents themselves may do is granted apart from it.
 * @param agentIds when known, only these can be impersonated; otherwise any user that is not a service account
 * @param gateUser as the cluster names it; default `system:serviceaccount:sallyport:sallyport`
 * @throws SallyportError `request/invalid` for an id or user that cannot be one
 */
export function rbacManifest(options: { agentIds?: readonly string[]; gateUser?: string } = {}): string {
  const { agentIds = [], gateUser = 'system:serviceaccount:sallyport:sallyport' } = options;
  for (const id of agentIds) {
    if (!AGENT.test(id)) throw new SallyportError('request/invalid', `${JSON.stringify(id)} is not an agent's id`);
  }
  if (!/^[^\p{Cc}\p{Cs}]+$/u.test(gateUser)) {
    throw new SallyportError('request/invalid', 'the user of the gate is empty or has control characters');
  }
  return `${[gateRole(agentIds), gateBinding(gateUser), EXAMPLE].join('---\n')}`;
}

function gateRole(agentIds: readonly string[]): string {
  return `# What the gate itself may do: act as its agents, and read the namespaces that facts come from.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: sallyport-gate
rules:
${userRule(agentIds)}  # The group is restricted by name. A gate that may impersonate any group may impersonate system:masters, which
  # no RBAC rule limits: never leave resourceNames out here.
  - apiGroups: [""]
    resources: [groups]
    verbs: [impersonate]
    resourceNames: ["sallyport:agents"]
  # Environment, service, tier and team are read from the labels of namespaces, kept fresh by a watch.
  - apiGroups: [""]
    resources: [namespaces]
    verbs: [get, list, watch]
`;
}

function userRule(agentIds: readonly string[]): string {
  const rule = `  - apiGroups: [""]
    resources: [users]
    verbs: [impersonate]
`;
  if (agentIds.length === 0) {
    return `  # Any user, because the agents are not known here: RBAC has no prefixes. It includes users that this cluster grants
  # much to by name. Narrow it with resourceNames: ["sallyport:agent:<id>", ...] once the agents are known.
${rule}`;
  }
  const users = [...agentIds.map((id) => `sallyport:agent:${id}`), REVERTS_USER];
  const names = users.map((user) => `      - ${JSON.stringify(user)}\n`).join('');
  return `  # One name per agent, and the one by which people and the gate take back what agents did: apply again when an agent is added.
${rule}    resourceNames:
${names}`;
}

function gateBinding(gateUser: string): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: sallyport-gate
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: sallyport-gate
subjects:
${subjectOf(gateUser)}`;
}

function subjectOf(gateUser: string): string {
  const [, namespace, , name] = SERVICE_ACCOUNT.exec(gateUser) ?? [];
  if (namespace !== undefined && name !== undefined) {
    return `  - kind: ServiceAccount
    name: ${JSON.stringify(name)}
    namespace: ${JSON.stringify(namespace)}
`;
  }
  return `  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: ${JSON.stringify(gateUser)}
`;
}

const EXAMPLE = `# What the agents may do is yours to grant, to all of them by their group or to one by its user. The gate's policy can
# only take away from it. How far a change reaches is asked in their name too (pods, services, workloads, config maps):
# what they may not list stays unknown, and such changes go to people. What they did is taken back as user ${REVERTS_USER} of the
# same group: where agents are granted by their users, or may create what they may not delete, grant that user the rest.
# An example, to be changed and uncommented:
#
# apiVersion: rbac.authorization.k8s.io/v1
# kind: RoleBinding
# metadata:
#   name: sallyport-agents-edit
#   namespace: staging
# roleRef:
#   apiGroup: rbac.authorization.k8s.io
#   kind: ClusterRole
#   name: edit
# subjects:
#   - apiGroup: rbac.authorization.k8s.io
#     kind: Group
#     name: "sallyport:agents"          # or kind: User, name: "sallyport:agent:<id>"
`;

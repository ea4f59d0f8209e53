import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { SallyportError } from '../../src/errors.ts';
import { rbacManifest } from '../../src/settle/rbac-manifest.ts';

/** What `kubectl apply` would see: the example at the end is a comment and applies nothing. */
function objects(manifest: string): unknown[] {
  return parseAllDocuments(manifest)
    .map((document) => document.toJS())
    .filter((it) => it !== null);
}

const group = { apiGroups: [''], resources: ['groups'], verbs: ['impersonate'], resourceNames: ['sallyport:agents'] };
const namespaces = { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] };
const users = { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] };
const role = (rule: object) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'sallyport-gate' },
  rules: [rule, group, namespaces],
});
const binding = (subject: object) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'sallyport-gate' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'sallyport-gate' },
  subjects: [subject],
});

describe('the RBAC manifest of the gate', () => {
  it('lets its service account act as any user but only one group', () => {
    expect(objects(rbacManifest())).toEqual([
      role(users),
      binding({ kind: 'ServiceAccount', name: 'sallyport', namespace: 'sallyport' }),
    ]);
  });

  it('names the agents when they are known, and the user that the gate is', () => {
    expect(objects(rbacManifest({ agentIds: ['a', 'fixer-2'], gateUser: 'O\'Neill: "the gate" # 1' }))).toEqual([
      role({ ...users, resourceNames: ['sallyport:agent:a', 'sallyport:agent:fixer-2', 'sallyport:reverts'] }),
      binding({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'O\'Neill: "the gate" # 1' }),
    ]);
  });

  it('shows how agents are granted something, which applies once it is uncommented', () => {
    const [, , example = ''] = rbacManifest().split('---\n');
    const uncommented = example.slice(example.indexOf('#\n')).replace(/^# ?/gm, '');
    expect(objects(uncommented)).toEqual([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'sallyport-agents-edit', namespace: 'staging' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'sallyport:agents' }],
      },
    ]);
  });

  it.each([
    [{ agentIds: ['a', 'B b'] }, '"B b" is not an agent\'s id'],
    [{ gateUser: 'a\nb' }, 'the user of the gate is empty or has control characters'],
    [{ gateUser: '' }, 'the user of the gate is empty or has control characters'],
  ])('refuses %j', (options, message) => {
    expect(() => rbacManifest(options)).toThrow(new SallyportError('request/invalid', message));
  });
});

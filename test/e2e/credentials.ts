import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../src/json.ts';
import type { Lab } from '../lab/lab.ts';
import { LAB_OBJECTS } from '../lab/objects.ts';
import { admin, apply, at, items, object } from './cluster-gate.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** Makes a namespace with service accounts in it: `system:serviceaccount:NAMESPACE:NAME`. */
export async function makeServiceAccounts(lab: Lab, namespace: string, names: readonly string[]): Promise<void> {
  await apply(lab, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await apply(
    lab,
    ...names.map((name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })),
  );
}

/** Gives a service account the cluster role of that name. */
export async function bindServiceAccount(lab: Lab, role: string, namespace: string, name: string): Promise<void> {
  await apply(lab, {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${namespace}-${name}-${role}` },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  });
}

/** A token of a service account, as `kubectl create token` makes it. */
export async function tokenOf(lab: Lab, namespace: string, name: string): Promise<string> {
  return (await admin(lab, ['create', 'token', name, '--namespace', namespace, '--duration=1h'])).trim();
}

/** A kubeconfig for the lab with this user and, unless told otherwise, the lab's own context name, CA and address. */
export async function writeKubeconfig(
  lab: Lab,
  file: string,
  user: JsonObject,
  more: { readonly server?: string; readonly context?: string } = {},
): Promise<string> {
  const { server = lab.server, context = 'lab' } = more;
  const ca = Buffer.from(readFileSync(lab.ca)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: context, context: { cluster: 'lab', user: 'user' } }],
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** What a kubeconfig of the lab shows for its user: a client certificate and its key. */
export function userOf(kubeconfig: string): JsonObject {
  const config: Json = object(JSON.parse(readFileSync(kubeconfig, 'utf8')));
  return object(at(items(config.users)[0], 'user'));
}

/** A credential plugin: a script that asks the cluster for a token of the service account, each time it is run. */
export async function writePlugin(lab: Lab, folder: string, namespace: string, name: string): Promise<string> {
  const file = join(folder, 'plugin.sh');
  const script = `#!/bin/sh
echo run >> ${join(folder, 'plugin.runs')}
token=$('${lab.kubectlBinary}' --kubeconfig '${lab.admin}' create token ${name} --namespace ${namespace}) || exit 1
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$token"
`;
  await writeFile(file, script, { mode: 0o700 });
  return file;
}

/** Puts back what `check --rbac` replaces when its manifest is applied: the rights of the lab's own gate. */
export async function restoreGateRights(lab: Lab): Promise<void> {
  await admin(lab, ['delete', 'clusterrolebinding', 'sallyport-gate', '--ignore-not-found']);
  await admin(lab, ['apply', '-f', '-'], JSON.stringify(LAB_OBJECTS));
}

import { isObject, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { type Finding, Powers } from './powers.ts';
import { pullSecrets } from './volumes.ts';

/** Annotations by which clouds and issuers give an account an identity outside of the cluster, or admission spares it. */
const IDENTITIES =
  /amazonaws\.com\/|^iam\.gke\.io\/|^azure\.workload\.identity\/|^serviceaccounts\.openshift\.io\/|^kubernetes\.io\/enforce-mountable-secrets$/;

/** Whom pods can act as, and with which secrets; a new account is somebody new. */
export function accountEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  const found = accountPowers(after).since(accountPowers(before ?? {}));
  return before === undefined ? found.add('service account') : found;
}

function accountPowers(account: JsonObject): Powers {
  const powers = new Powers();
  pullSecrets(account.imagePullSecrets, powers);
  powers.fix('secret mounts', 'secrets', account.secrets);
  if (account.automountServiceAccountToken !== false) powers.hold('service account', 'token');
  const { annotations } = metadataOf(account);
  for (const [key, value] of Object.entries(isObject(annotations) ? annotations : {}))
    if (IDENTITIES.test(key)) powers.fix('service account', key, value);
  return powers;
}

/** Secrets that are tokens: the server fills in the one kind, and believes the other. */
const TOKENS: ReadonlySet<unknown> = new Set(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token']);

/** What is in a secret gives power to who reads it, and most are read by pods alone; those that are tokens give it at once. */
export function secretEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  return secretPowers(after).since(secretPowers(before ?? {}));
}

function secretPowers(secret: JsonObject): Powers {
  const powers = new Powers();
  if (!TOKENS.has(secret.type)) return powers;
  powers.hold('credentials', 'type', String(secret.type));
  powers.fix('credentials', 'annotations', metadataOf(secret).annotations).fix('credentials', 'data', secret.data);
  return powers.fix('credentials', 'stringData', secret.stringData);
}

/** Config maps of Kubernetes itself that say who is believed, or where names and addresses lead, and where they lie. */
const SYSTEM: Readonly<Record<string, readonly [namespace: string, name: Finding]>> = {
  'aws-auth': ['kube-system', 'RBAC'],
  'extension-apiserver-authentication': ['kube-system', 'credentials'],
  'kubeadm-config': ['kube-system', 'RBAC'],
  'kubelet-config': ['kube-system', 'privileged'],
  'kube-proxy': ['kube-system', 'traffic'],
  coredns: ['kube-system', 'name resolution'],
  'coredns-custom': ['kube-system', 'name resolution'],
  'node-local-dns': ['kube-system', 'name resolution'],
  'cluster-info': ['kube-public', 'credentials'],
  // In every namespace.
  'kube-root-ca.crt': ['*', 'credentials'],
};

function systemPower(configMap: JsonObject): Finding | undefined {
  const { name, namespace } = metadataOf(configMap);
  const [place, power] = SYSTEM[String(name)] ?? [];
  // A body need not repeat the namespace of its path.
  return place === '*' || place === namespace || namespace === undefined ? power : undefined;
}

/** Config maps are data for programs, but for those that Kubernetes itself goes by. */
export function configMapEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  const anchors = systemPower(after);
  if (anchors === undefined) return new Set();
  const powers = [before ?? {}, after].map(({ data, binaryData }) =>
    new Powers().fix(anchors, 'data', data).fix(anchors, 'binaryData', binaryData),
  );
  const [was, is] = powers;
  return was === undefined || is === undefined ? new Set(['unknown']) : is.since(was);
}

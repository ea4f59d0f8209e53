import { isObject, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { podEscalations } from './pod-spec.ts';
import { type Escalation, type Finding, Powers, part } from './powers.ts';

/** Where the kinds that make pods keep what the pods are made from. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  pods: [],
  podtemplates: ['template'],
  replicationcontrollers: ['spec', 'template'],
  'deployments.apps': ['spec', 'template'],
  'statefulsets.apps': ['spec', 'template'],
  'daemonsets.apps': ['spec', 'template'],
  'replicasets.apps': ['spec', 'template'],
  'jobs.batch': ['spec', 'template'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template'],
};

/** The kinds that are pods or make them. */
export const POD_KINDS: readonly string[] = Object.keys(TEMPLATES);

/** Annotations by which admission, the network or the kernel give a pod more, by the start of their names. */
const ORDERS: readonly (readonly [start: string, name: Escalation])[] = [
  ['container.apparmor.security.beta.kubernetes.io/', 'privileged'],
  ['seccomp.security.alpha.kubernetes.io/', 'privileged'],
  ['container.seccomp.security.alpha.kubernetes.io/', 'privileged'],
  ['security.alpha.kubernetes.io/', 'privileged'],
  ['k8s.v1.cni.cncf.io/', 'host access'],
  ['io.kubernetes.cri-o.', 'host access'],
  ['vault.hashicorp.com/', 'secret mounts'],
  ['iam.amazonaws.com/', 'service account'],
  ['kubernetes.io/service-account.name', 'service account'],
];

/** What the pods of a workload can do after a change that they could not before. */
export function templateEscalations(
  resource: string,
  before: JsonObject | undefined,
  after: JsonObject,
): ReadonlySet<Finding> {
  const [old, now] = [before === undefined ? undefined : templateOf(resource, before), templateOf(resource, after)];
  const found = podEscalations(old === undefined ? undefined : part(old, 'spec'), part(now, 'spec'));
  for (const one of metadata(now).since(metadata(old ?? {}))) found.add(one);
  if (rollsBack(after)) found.add('unknown');
  if (old === undefined || before === undefined) return found;
  for (const one of chosenBy(resource, now, after).since(chosenBy(resource, old, before))) found.add(one);
  return found;
}

/** Another template than the one that is shown: that of an old revision. What was changed in a pause was judged then. */
function rollsBack(object: JsonObject): boolean {
  const { annotations } = metadataOf(object);
  return isObject(annotations) && 'deprecated.deployment.rollback.to' in annotations;
}

function templateOf(resource: string, object: JsonObject): JsonObject {
  return (TEMPLATES[resource] ?? []).reduce(part, object);
}

function metadata(template: JsonObject): Powers {
  const powers = new Powers();
  const { annotations } = metadataOf(template);
  for (const [key, value] of Object.entries(isObject(annotations) ? annotations : {})) {
    const order = ORDERS.find(([start]) => key.startsWith(start));
    if (order !== undefined) powers.fix(order[1], key, value);
  }
  return powers;
}

/** Services, network policies and controllers choose pods by their labels: another label may open what was closed. */
function chosenBy(resource: string, template: JsonObject, object: JsonObject): Powers {
  const powers = new Powers().fix('pod labels', 'labels', metadataOf(template).labels);
  return resource === 'pods' ? powers : powers.fix('pod labels', 'selector', part(object, 'spec').selector);
}

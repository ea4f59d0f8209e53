import { isArray, isObject, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { accountEscalations, configMapEscalations, secretEscalations } from './accounts.ts';
import { ingressEscalations, serviceEscalations } from './exposure.ts';
import { namespaceEscalations } from './namespace.ts';
import { networkPolicyEscalations } from './network-policy.ts';
import { POD_KINDS, templateEscalations } from './pod-template.ts';
import { type Escalation, type Finding, Powers, part } from './powers.ts';
import { quotaEscalations, rangeEscalations } from './quota.ts';
import { bindingEscalations, roleEscalations } from './rbac.ts';
import { claimEscalations, volumeEscalations } from './storage.ts';

/** A change of one object, or the removal of one or many. */
export interface Changed {
  /** `deployments.apps`, `pods/ephemeralcontainers`, ... */
  readonly resource: string;
  readonly verb: string;
  /** Undefined where there was none. */
  readonly before: JsonObject | undefined;
  /** Undefined where it is deleted. */
  readonly after: JsonObject | undefined;
}

/**
 * What a change gives that was not there before, by meaning and not by fields: what only takes power away escalates nothing.
 * What the gate does not know how to compare (custom resources, fields of later versions) is unknown.
 */
export function escalationsOf({ resource, verb, before, after }: Changed): readonly Escalation[] | 'unknown' {
  const known = Object.hasOwn(KINDS, resource) ? KINDS[resource] : undefined;
  if (known === undefined) return 'unknown';
  if (verb === 'delete' || verb === 'deletecollection') return known.removed;
  if (after === undefined) return 'unknown';
  const found: readonly Finding[] = [...known.changed(before, after)];
  const named = found.filter((one) => one !== 'unknown');
  return named.length === found.length ? named.sort() : 'unknown';
}

interface Kind {
  readonly changed: (before: JsonObject | undefined, after: JsonObject) => ReadonlySet<Finding>;
  /** What its removal opens. */
  readonly removed: readonly Escalation[];
}

const NONE: ReadonlySet<Finding> = new Set();
/** Nothing that is written there gives power. */
const powerless: Kind = { changed: () => NONE, removed: [] };

function compared(changed: Kind['changed'], removed: readonly Escalation[] = []): Kind {
  return { changed, removed };
}

/** Whatever is written there gives it, in whatever direction. */
function always(...names: readonly Escalation[]): Kind {
  return compared(() => new Set(names));
}

/** Any difference of what it says gives it, but not of its own labels and annotations. */
function differing(name: Escalation, removed: readonly Escalation[] = []): Kind {
  return compared((before, after) => contents(name, after).since(contents(name, before ?? {})), removed);
}

function contents(name: Escalation, object: JsonObject): Powers {
  const powers = new Powers();
  const { apiVersion: _, kind: __, metadata: ___, status: ____, ...rest } = object;
  for (const [member, value] of Object.entries(rest)) powers.fix(name, member, value);
  return powers;
}

/** A node that is cordoned or tainted keeps pods out; one that loses a taint or gets labels lets others in. */
function nodeChanged(before: JsonObject | undefined, after: JsonObject): ReadonlySet<Finding> {
  const [was, is] = [nodePowers(before ?? {}), nodePowers(after)];
  const found = is.since(was);
  const left = new Set(taintsOf(after));
  return taintsOf(before ?? {}).every((taint) => left.has(taint)) ? found : found.add('node');
}

function nodePowers(node: JsonObject): Powers {
  const { unschedulable: _, taints: __, ...spec } = part(node, 'spec');
  return new Powers().fix('node', 'spec', spec).fix('node', 'labels', metadataOf(node).labels);
}

function taintsOf(node: JsonObject): readonly string[] {
  const { taints } = part(node, 'spec');
  const list = isArray(taints) ? taints.filter(isObject) : [];
  const texts = list.map(({ key, value, effect }) => `${String(key)}=${String(value ?? '')}:${String(effect)}`);
  // What a cordon puts there goes with it.
  return texts.filter((taint) => !taint.startsWith('node.kubernetes.io/unschedulable='));
}

function conversion(before: JsonObject | undefined, after: JsonObject): ReadonlySet<Finding> {
  const [was, is] = [before ?? {}, after].map((definition) => {
    const found = part(part(definition, 'spec'), 'conversion');
    return new Powers().fix('webhook', 'conversion', found.strategy === 'Webhook' ? found : undefined);
  });
  return was === undefined || is === undefined ? new Set(['unknown']) : is.since(was);
}

const KINDS: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(POD_KINDS.map((kind) => [kind, compared((...states) => templateEscalations(kind, ...states))])),
  'pods/ephemeralcontainers': compared((...states) => templateEscalations('pods', ...states)),
  'pods/resize': compared((...states) => templateEscalations('pods', ...states)),
  'pods/eviction': powerless,
  'pods/binding': always('node'),
  bindings: always('node'),
  'deployments.apps/scale': powerless,
  'statefulsets.apps/scale': powerless,
  'replicasets.apps/scale': powerless,
  'replicationcontrollers/scale': powerless,

  configmaps: compared(configMapEscalations),
  secrets: compared(secretEscalations),
  serviceaccounts: compared(accountEscalations),
  'serviceaccounts/token': always('credentials'),
  namespaces: compared(namespaceEscalations),
  nodes: compared(nodeChanged),
  events: powerless,
  'events.events.k8s.io': powerless,
  'leases.coordination.k8s.io': powerless,
  'horizontalpodautoscalers.autoscaling': powerless,
  'poddisruptionbudgets.policy': powerless,
  limitranges: compared(rangeEscalations, ['quota']),
  resourcequotas: compared(quotaEscalations, ['quota']),

  services: compared(serviceEscalations),
  endpoints: differing('traffic'),
  'endpointslices.discovery.k8s.io': differing('traffic'),
  'ingresses.networking.k8s.io': compared(ingressEscalations),
  'ingressclasses.networking.k8s.io': differing('exposure'),
  'networkpolicies.networking.k8s.io': compared(networkPolicyEscalations, ['network policy']),

  persistentvolumeclaims: compared(claimEscalations),
  persistentvolumes: compared(volumeEscalations),
  'storageclasses.storage.k8s.io': differing('storage'),
  'volumeattachments.storage.k8s.io': differing('storage'),
  'volumeattributesclasses.storage.k8s.io': differing('storage'),
  'csidrivers.storage.k8s.io': differing('storage'),
  'csinodes.storage.k8s.io': differing('storage'),
  'csistoragecapacities.storage.k8s.io': powerless,

  'priorityclasses.scheduling.k8s.io': differing('priority'),
  'flowschemas.flowcontrol.apiserver.k8s.io': differing('priority'),
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': differing('priority'),
  'runtimeclasses.node.k8s.io': differing('node'),
  'resourceclaims.resource.k8s.io': differing('host access'),
  'resourceclaimtemplates.resource.k8s.io': differing('host access'),
  'deviceclasses.resource.k8s.io': differing('host access'),
  'resourceslices.resource.k8s.io': differing('host access'),

  'roles.rbac.authorization.k8s.io': compared(roleEscalations),
  'clusterroles.rbac.authorization.k8s.io': compared(roleEscalations),
  'rolebindings.rbac.authorization.k8s.io': compared(bindingEscalations),
  'clusterrolebindings.rbac.authorization.k8s.io': compared(bindingEscalations),
  'validatingwebhookconfigurations.admissionregistration.k8s.io': differing('webhook', ['webhook']),
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': differing('webhook', ['webhook']),
  'validatingadmissionpolicies.admissionregistration.k8s.io': differing('webhook', ['webhook']),
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': differing('webhook', ['webhook']),
  'mutatingadmissionpolicies.admissionregistration.k8s.io': differing('webhook', ['webhook']),
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': differing('webhook', ['webhook']),
  'apiservices.apiregistration.k8s.io': differing('API service'),
  'customresourcedefinitions.apiextensions.k8s.io': compared(conversion),
  'certificatesigningrequests.certificates.k8s.io': differing('credentials'),
  'certificatesigningrequests.certificates.k8s.io/approval': always('credentials'),
  'clustertrustbundles.certificates.k8s.io': differing('credentials', ['credentials']),
};

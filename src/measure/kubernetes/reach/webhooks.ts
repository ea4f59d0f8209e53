import { isArray, type Json, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { always, CLUSTER, INVERSE, isLabelOrAnnotation, type Row, type Rows, reaching, reachingAll } from './found.ts';
import { type Lookup, NAMESPACES, PODS } from './lookup.ts';
import { isLeaving, namespaceOf, objects, text, uidOf } from './members.ts';
import { selectorQuery } from './selector.ts';

/** What the webhooks of a configuration are called for, as far as it is there now. */
interface Called {
  readonly namespaces: Set<string>;
  readonly pods: Set<string>;
}

/** The namespaces that the webhooks choose, before and after, and of these the pods, where pods are among what they see. */
const called: Row = async ({ before, after, paths, verb }, look) => {
  if ((verb === 'update' || verb === 'patch') && paths.every(isLabelOrAnnotation))
    return { blast: reaching(0, 0, 0, CLUSTER), wayBack: INVERSE };
  const found: Called = { namespaces: new Set(), pods: new Set() };
  for (const configuration of [before, after])
    for (const webhook of objects(configuration?.webhooks)) await noteCalled(look, webhook, found);
  const pods = found.pods.size;
  return {
    blast: reachingAll(pods, { ...CLUSTER, namespaces: found.namespaces.size, open: true }),
    wayBack: INVERSE,
  };
};

async function noteCalled(look: Lookup, webhook: JsonObject, found: Called): Promise<void> {
  const chosen = new Set<string>();
  await look.each(NAMESPACES, { labelSelector: selectorQuery(webhook.namespaceSelector ?? {}) }, (namespace) => {
    chosen.add(text(metadataOf(namespace).name));
  });
  for (const name of chosen) found.namespaces.add(name);
  if (chosen.size === 0 || !objects(webhook.rules).some(seesPods)) return;
  await look.each(PODS, { labelSelector: selectorQuery(webhook.objectSelector ?? {}) }, (pod) => {
    if (chosen.has(namespaceOf(pod)) && !isLeaving(pod)) found.pods.add(uidOf(pod));
  });
}

function seesPods({ apiGroups, resources, scope }: JsonObject): boolean {
  const has = (list: Json | undefined, ...names: readonly string[]) =>
    isArray(list) && list.some((one) => typeof one === 'string' && names.includes(one));
  return scope !== 'Cluster' && has(apiGroups, '', '*') && has(resources, 'pods', 'pods/*', '*', '*/*');
}

export const WEBHOOKS: Rows = {
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': always(called),
  'validatingwebhookconfigurations.admissionregistration.k8s.io': always(called),
};

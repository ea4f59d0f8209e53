import type { Json } from '../../../json.ts';
import { CLUSTER, INVERSE, isLabelOrAnnotation, type Row, type Rows, reaching } from './found.ts';
import { type Lookup, PODS } from './lookup.ts';
import { isLeaving, specOf, text, uidOf } from './members.ts';
import { selectorQuery } from './selector.ts';

/** The pods of a namespace that a policy of it selects, by uid. */
async function selected(look: Lookup, namespace: string, selector: Json | undefined): Promise<readonly string[]> {
  const found: string[] = [];
  await look.each(PODS, { namespace, labelSelector: selectorQuery(selector) }, (pod) => {
    if (!isLeaving(pod)) found.push(uidOf(pod));
  });
  return found;
}

/** What is selected before or after; pods with those labels may come at any time. */
const overPods =
  (member: 'podSelector' | 'selector'): Row =>
  async ({ namespace, before, after, paths, verb }, look) => {
    if (verb !== 'create' && verb !== 'delete' && paths.every(isLabelOrAnnotation))
      return { blast: reaching(0, 0, 0), wayBack: INVERSE };
    const pods = new Set<string>();
    for (const state of [before, after]) {
      const selector = specOf(state)[member];
      // A disruption budget without a selector covers no pod; an empty one covers all.
      if (state === undefined || selector === undefined) continue;
      for (const uid of await selected(look, namespace, selector)) pods.add(uid);
    }
    return {
      blast: reaching(pods.size, pods.size, pods.size === 0 ? 0 : 1, { open: true }),
      wayBack: INVERSE,
    };
  };

/** A quota or a limit range holds for whatever is made in its namespace from now on. */
const overNamespace: Row = async ({ namespace, before, after }, look) => {
  // With scopes it holds for some of the pods only, which metadata do not show.
  if ([before, after].some((state) => specOf(state).scopes !== undefined || specOf(state).scopeSelector !== undefined))
    return undefined;
  const pods = (await selected(look, namespace, {})).length;
  return {
    blast: reaching(pods, pods, pods === 0 ? 0 : 1, { scope: 'namespace', open: true }),
    wayBack: INVERSE,
  };
};

/** Pods that have the priority keep it; what comes is placed, and displaces others, by what is there then. */
const priority: Row = async ({ name }, look) => {
  const namespaces = new Set<string>();
  let pods = 0;
  await look.eachWhole(PODS, {}, (pod) => {
    if (specOf(pod).priorityClassName !== name || isLeaving(pod)) return;
    pods += 1;
    namespaces.add(text((pod.metadata as { namespace?: Json } | undefined)?.namespace));
  });
  return {
    blast: reaching(pods, pods, pods === 0 ? 0 : 1, { ...CLUSTER, namespaces: namespaces.size, open: true }),
    wayBack: INVERSE,
  };
};

const always = (row: Row) => ({ create: row, update: row, patch: row, delete: row });

export const POLICIES: Rows = {
  'networkpolicies.networking.k8s.io': always(overPods('podSelector')),
  'poddisruptionbudgets.policy': always(overPods('selector')),
  resourcequotas: always(overNamespace),
  limitranges: always(overNamespace),
  'priorityclasses.scheduling.k8s.io': always(priority),
};

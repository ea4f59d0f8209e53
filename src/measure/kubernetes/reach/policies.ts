import { always, CLUSTER, INVERSE, isLabelOrAnnotation, type Row, type Rows, reachingAll, UNMOVED } from './found.ts';
import { livePods } from './live-pods.ts';
import { PODS } from './lookup.ts';
import { isLeaving, namespaceOf, specOf } from './members.ts';
import { selectorQuery } from './selector.ts';

/** What is selected before or after; pods with those labels may come at any time. */
const overPods =
  (member: 'podSelector' | 'selector'): Row =>
  async ({ namespace, before, after, paths, verb }, look) => {
    if (verb !== 'create' && verb !== 'delete' && paths.every(isLabelOrAnnotation)) return UNMOVED;
    const pods = new Set<string>();
    for (const state of [before, after]) {
      const selector = specOf(state)[member];
      // A disruption budget without a selector covers no pod; an empty one covers all.
      if (state === undefined || selector === undefined) continue;
      for (const uid of await livePods(look, namespace, selectorQuery(selector))) pods.add(uid);
    }
    return {
      blast: reachingAll(pods.size, { open: true }),
      wayBack: INVERSE,
    };
  };

/** A quota or a limit range holds for whatever is made in its namespace from now on. */
const overNamespace: Row = async ({ namespace, before, after }, look) => {
  // With scopes it holds for some of the pods only, which metadata do not show.
  if ([before, after].some((state) => specOf(state).scopes !== undefined || specOf(state).scopeSelector !== undefined))
    return undefined;
  const pods = (await livePods(look, namespace, selectorQuery({}))).size;
  return {
    blast: reachingAll(pods, { scope: 'namespace', open: true }),
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
    namespaces.add(namespaceOf(pod));
  });
  return {
    blast: reachingAll(pods, { ...CLUSTER, namespaces: namespaces.size, open: true }),
    wayBack: INVERSE,
  };
};

export const POLICIES: Rows = {
  'networkpolicies.networking.k8s.io': always(overPods('podSelector')),
  'poddisruptionbudgets.policy': always(overPods('selector')),
  resourcequotas: always(overNamespace),
  limitranges: always(overNamespace),
  'priorityclasses.scheduling.k8s.io': always(priority),
};

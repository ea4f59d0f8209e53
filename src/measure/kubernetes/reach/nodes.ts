import { isObject, type Json, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { CLUSTER, INVERSE, isAnnotation, RECREATE, ROUGH_INVERSE, type Row, type Rows, reaching } from './found.ts';
import { LEASES, type Lookup, PODS } from './lookup.ts';
import { controllerOf, isLeaving, objects, specOf, text } from './members.ts';

/** Pods on a node, as far as an act drives them away. */
interface Displaced {
  pods: number;
  /** Pods that no controller makes again. */
  lone: number;
  readonly namespaces: Set<string>;
}

async function displaced(look: Lookup, node: string, goes: (pod: JsonObject) => boolean): Promise<Displaced> {
  const found: Displaced = { pods: 0, lone: 0, namespaces: new Set() };
  await look.eachWhole(PODS, { fieldSelector: `spec.nodeName=${node}` }, (pod) => {
    if (isLeaving(pod) || !goes(pod)) return;
    found.pods += 1;
    if (controllerOf(pod) === undefined) found.lone += 1;
    found.namespaces.add(text(metadataOf(pod).namespace));
  });
  return found;
}

/** The part of a workload that stands on one node is not looked up, so all of it may. */
function from(found: Displaced, objects: number) {
  return reaching(found.pods, found.pods, found.pods === 0 ? 0 : 1, {
    ...CLUSTER,
    objects,
    namespaces: found.namespaces.size,
    open: true,
  });
}

const LOST = ['pods that no controller makes again'];

/** Cordoning, and taints: a new one that evicts drives away what does not tolerate it. */
const edited: Row = async ({ name, before, after, paths }, look) => {
  if (!paths.every((path) => /^\/spec\/(unschedulable|taints)(\/|$)/.test(path) || isAnnotation(path)))
    return undefined;
  const was = evicting(before);
  const fresh = evicting(after).filter((taint) => !was.some((old) => sameTaint(old, taint)));
  if (fresh.length === 0) return { blast: reaching(0, 0, 0, CLUSTER), wayBack: INVERSE };
  const found = await displaced(look, name, (pod) => fresh.some((taint) => !tolerates(pod, taint)));
  return found.lone > 0
    ? { blast: from(found, 1 + found.pods), wayBack: ROUGH_INVERSE, lost: LOST }
    : { blast: from(found, 1 + found.pods), wayBack: INVERSE };
};

function evicting(node: JsonObject | undefined): readonly JsonObject[] {
  return objects(specOf(node).taints).filter(({ effect }) => effect === 'NoExecute');
}

function sameTaint(one: JsonObject, other: JsonObject): boolean {
  return one.key === other.key && (one.value ?? '') === (other.value ?? '');
}

/** For good: what is tolerated for some seconds goes when they are over. */
function tolerates(pod: JsonObject, taint: JsonObject): boolean {
  return objects(specOf(pod).tolerations).some((toleration) => {
    const { key, operator = 'Equal', value = '', effect = '', tolerationSeconds } = toleration;
    if (tolerationSeconds !== undefined || (effect !== '' && effect !== 'NoExecute')) return false;
    if (operator === 'Exists') return isAny(key) || key === taint.key;
    return operator === 'Equal' && key === taint.key && value === (taint.value ?? '');
  });
}

function isAny(key: Json | undefined): boolean {
  return key === undefined || key === '';
}

/** A machine that goes on running comes back under its name; its pods are collected meanwhile. */
const deleted: Row = async ({ name }, look) => {
  const [found, lease] = await Promise.all([
    displaced(look, name, () => true),
    look.get(LEASES, 'kube-node-lease', name),
  ]);
  return {
    blast: from(found, 1 + found.pods + (isObject(lease) ? 1 : 0)),
    wayBack: RECREATE,
    lost: ['uid', 'status', ...(found.lone > 0 ? LOST : [])],
  };
};

export const NODE_ROWS: Rows = {
  nodes: { update: edited, patch: edited, delete: deleted },
};

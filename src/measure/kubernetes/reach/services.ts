import { isObject, type Json } from '../../../json.ts';
import { cascadeOf, DEPENDENTS } from './dependents.ts';
import {
  type ChangeOf,
  type Found,
  INVERSE,
  NONE,
  RECREATE,
  ROUGH_INVERSE,
  type Row,
  type Rows,
  reaching,
  shareOf,
} from './found.ts';
import { livePods } from './live-pods.ts';
import { ENDPOINTS, type Lookup } from './lookup.ts';
import { specOf, uidOf } from './members.ts';
import { mapQuery } from './selector.ts';

/** The pods behind a selector, by uid; a service without one has none that the cluster knows. */
async function behind(look: Lookup, namespace: string, selector: Json | undefined): Promise<ReadonlySet<string>> {
  if (!isObject(selector) || Object.keys(selector).length === 0) return new Set();
  return livePods(look, namespace, mapQuery(selector));
}

const created: Row = async ({ namespace, after }, look) => {
  const pods = await behind(look, namespace, specOf(after).selector);
  return { blast: serving(pods.size, pods.size, 0), wayBack: INVERSE };
};

function serving(pods: number, replicas: number, share: number, objects = 1) {
  // Pods with its labels may come and go at any time.
  return reaching(pods, replicas, share, { objects, open: true });
}

/** Another selector takes some pods out and others in; another port, type or address is felt by all of them. */
const edited: Row = async ({ namespace, before, after, paths }, look) => {
  if (!paths.every((path) => path.startsWith('/spec/'))) return undefined;
  const [was, is] = await Promise.all([
    behind(look, namespace, specOf(before).selector),
    behind(look, namespace, specOf(after).selector),
  ]);
  const all = new Set([...was, ...is]);
  const onlySelector = paths.every((path) => path.startsWith('/spec/selector'));
  const stay = onlySelector ? [...was].filter((uid) => is.has(uid)).length : 0;
  const lost = was.size - stay;
  const address = paths.some((path) => /^\/spec\/(type|clusterIPs?|ports|ipFamil|allocateLoadBalancer)/.test(path));
  return {
    blast: serving(all.size - stay, Math.max(was.size, is.size), shareOf(lost, was.size)),
    // Numbers of node ports and addresses are handed out anew.
    wayBack: address && !isHeadless(before) ? ROUGH_INVERSE : INVERSE,
    lost: address && !isHeadless(before) ? ['node ports and addresses that the cluster chose'] : [],
  };
};

function isHeadless(service: ChangeOf['before']): boolean {
  return specOf(service).clusterIP === 'None';
}

/** Its endpoints go with it; made again, it has another address. */
async function deleted({ namespace, name, before }: ChangeOf, look: Lookup): Promise<Found> {
  const [pods, slices, endpoints] = await Promise.all([
    behind(look, namespace, specOf(before).selector),
    cascadeOf(look, new Set([uidOf(before)]), DEPENDENTS.services ?? [], { namespace }),
    look.get(ENDPOINTS, namespace, name),
  ]);
  const objects = 1 + slices.objects + (endpoints === undefined ? 0 : 1);
  const blast = serving(pods.size, pods.size, pods.size === 0 ? 0 : 1, objects);
  if (specOf(before).type === 'LoadBalancer') return { blast, wayBack: NONE, lost: ['its load balancer and address'] };
  if (isHeadless(before) && specOf(before).selector !== undefined) return { blast, wayBack: INVERSE };
  return { blast, wayBack: RECREATE, lost: ['uid', 'cluster IP', 'node ports'] };
}

export const SERVICE_ROWS: Rows = {
  services: { create: created, update: edited, patch: edited, delete: deleted },
};

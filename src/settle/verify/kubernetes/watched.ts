import type { Described } from '../../../describe/action.ts';
import type { KubernetesRequest } from '../../../describe/kubernetes/request.ts';
import { isObject } from '../../../json.ts';
import { encodePath, type WireCall } from '../../../listen/wire.ts';
import type { Facts } from '../../../measure/facts.ts';
import type { Watched } from '../lane-verifier.ts';
import { member } from './rollout.ts';

/** Object names as the API server takes them for paths; what it would make up itself is not known. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9._:]{0,251}[A-Za-z0-9])?$/;

/** The object that a change is about: the one that its path names, or that a create names in its body. */
export function watchedOf(
  { path }: WireCall,
  { request }: Described<KubernetesRequest>,
  facts: Facts | undefined,
): Watched | undefined {
  const { info, body } = request;
  if (!info.isResourceRequest || info.verbInPath || info.resource === '') return undefined;
  const created = info.verb === 'create' && info.name === '';
  const named = created && isObject(body) ? member(body, 'metadata').name : info.name;
  if (typeof named !== 'string' || !NAME.test(named)) return undefined;
  // Up to the object itself: without its subresource.
  const own = path.segments.slice(0, path.segments.length - info.parts.length + (created ? 1 : 2));
  return {
    resource: info.apiGroup === '' ? info.resource : `${info.resource}.${info.apiGroup}`,
    path: encodePath({ segments: created ? [...own, named] : own, query: [] }),
    namespace: info.namespace === '' ? 'none' : info.namespace,
    name: named,
    uid: facts?.uid ?? 'unknown',
  };
}

/** The object itself, all of a collection, or, where nobody can read what it is, anything at all. */
export function touchedBy(call: WireCall, described: Described<KubernetesRequest>): string | undefined {
  const watched = watchedOf(call, described, undefined);
  if (watched !== undefined) return watched.path;
  const { info } = described.request;
  if (!info.isResourceRequest || info.verbInPath) return info.verbInPath ? '/' : undefined;
  // A name that the server makes up is nobody's yet.
  if (info.verb === 'create' && info.name === '') return undefined;
  return `${encodePath({ segments: call.path.segments, query: [] })}/`;
}

import { isObject, type Json } from '../../json.ts';
import type { Described, TargetRef } from '../action.ts';
import type { KubernetesRequest } from './request.ts';

/**
 * What a call points at: as RequestInfo says, and for a create as the body names it.
 * @param show redacts and bounds a name that comes out of a body or a path
 */
export function targetOf(
  request: KubernetesRequest,
  body: Described['body'],
  show: (text: string) => string,
): TargetRef {
  const { info } = request;
  const nowhere = { account: 'none', region: 'none', tool: 'none' };
  if (!info.isResourceRequest) return { namespace: 'none', name: 'none', ...nowhere };
  const name = info.name === '' ? unnamed(request, body) : info.name;
  return { namespace: show(namespaceOf(request, name)), name: show(name), ...nowhere };
}

function namespaceOf({ info, clusterScoped }: KubernetesRequest, name: string): string {
  if (info.namespace !== '') return info.namespace;
  if (clusterScoped !== true) return '*';
  // The server takes a new namespace to lie in itself.
  return info.resource === 'namespaces' && info.verb === 'create' ? name : 'none';
}

function unnamed({ info, body: value }: KubernetesRequest, body: Described['body']): string {
  if (info.verb !== 'create' || body === 'unreadable') return '*';
  const metadata: Json | undefined = isObject(value) ? value.metadata : undefined;
  const name = isObject(metadata) ? metadata.name : undefined;
  return typeof name === 'string' && name !== '' ? name : 'none';
}

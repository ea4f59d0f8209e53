import { badRequest, Failure } from './failure.ts';
import { findKind, type Kind } from './kinds.ts';

/** Which objects a path is about; `''` stands for all namespaces, for the whole collection, for no subresource. */
export interface ResourcePath {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/**
 * Reads `/api/v1/...` and `/apis/apps/v1/...`.
 * @throws Failure NotFound for any other path.
 */
export function parseResourcePath(pathname: string): ResourcePath {
  const unknown = new Failure(404, 'NotFound', 'the server could not find the requested resource');
  const [root, ...parts] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const group = root === 'api' ? '' : parts.shift();
  if ((root !== 'api' && root !== 'apis') || parts.shift() !== 'v1') throw unknown;
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2;
  const namespace = inNamespace ? (parts[1] ?? '') : '';
  const [plural = '', name = '', subresource = '', ...more] = inNamespace ? parts.slice(2) : parts;
  const kind = findKind(group ?? '', plural);
  if (kind === undefined || more.length > 0) throw unknown;
  // An object of a namespaced kind has no address without its namespace, and the other way round.
  if (kind.namespaced ? name !== '' && namespace === '' : namespace !== '') throw unknown;
  if (subresource !== '' && !kind.subresources.includes(subresource)) throw unknown;
  return { kind, namespace, name, subresource };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest('a part of the path is not percent-encoded UTF-8');
  }
}

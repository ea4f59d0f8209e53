import type { PatchType } from './request.ts';

const PATCH_TYPES: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

/** What a body is said to be, or why it cannot be read. */
type BodyType =
  | { readonly kind: 'json' }
  | { readonly kind: 'patch'; readonly patchType: PatchType }
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * What the server takes a body for. It reads the type of a PATCH word for word up to the first `;`, and that of other
 * methods as RFC 2045 does; only what both readings agree on is accepted.
 */
export function bodyType(
  method: string,
  contentType: string | undefined,
  contentEncoding: string | undefined,
): BodyType {
  if (contentEncoding !== undefined && contentEncoding.trim().toLowerCase() !== 'identity') {
    return unreadable(`The body has content encoding "${contentEncoding}"`, 'send it without one');
  }
  // The server takes the options of a DELETE for JSON when nothing is said.
  if (contentType === undefined && method === 'DELETE') return { kind: 'json' };
  if (contentType === undefined) return unreadable('The body has no content type', ADVICE);
  const [type = '', ...parameters] = contentType.split(';');
  if (!parameters.every(isHarmless)) return unreadable(`The body has content type "${contentType}"`, ADVICE);
  if (method === 'PATCH') {
    const patchType = PATCH_TYPES.get(type);
    if (patchType !== undefined) return { kind: 'patch', patchType };
    return unreadable(
      `The patch has content type "${contentType}"`,
      'use a JSON patch, merge patch or strategic merge patch',
    );
  }
  if (type.trim().toLowerCase() === 'application/json') return { kind: 'json' };
  return unreadable(`The body has content type "${contentType}"`, ADVICE);
}

const ADVICE = 'use JSON, e.g. kubectl create -f file.json or kubectl apply -f file.json';

function isHarmless(parameter: string): boolean {
  return /^\s*charset=(?:utf-8|"utf-8")\s*$/i.test(parameter);
}

function unreadable(what: string, advice: string): BodyType {
  return { kind: 'unreadable', why: `${what.slice(0, 160)}, which cannot be read yet: ${advice}.` };
}

import type { Encoding } from './decode-body.ts';
import type { PatchType } from './request.ts';

const TYPES: ReadonlyMap<string, Encoding> = new Map([
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  ['application/cbor', 'cbor'],
  ['application/vnd.kubernetes.protobuf', 'protobuf'],
]);
const PATCH_TYPES: ReadonlyMap<string, readonly [PatchType, Encoding]> = new Map([
  ['application/json-patch+json', ['json', 'json']],
  ['application/merge-patch+json', ['merge', 'json']],
  ['application/strategic-merge-patch+json', ['strategic', 'json']],
  ['application/apply-patch+yaml', ['apply', 'yaml']],
  ['application/apply-patch+cbor', ['apply', 'cbor']],
]);

/** What a body is said to be, or why it cannot be read. */
type BodyType =
  | { readonly kind: 'known'; readonly encoding: Encoding; readonly patchType: PatchType | undefined }
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
  if (contentType === undefined && method === 'DELETE') return known('json');
  if (contentType === undefined) return unreadable('The body has no content type', ADVICE);
  const [type = '', ...parameters] = contentType.split(';');
  if (!parameters.every(isHarmless)) return unreadable(`The body has content type "${contentType}"`, ADVICE);
  if (method === 'PATCH') {
    const [patchType, encoding] = PATCH_TYPES.get(type) ?? [];
    if (encoding !== undefined) return known(encoding, patchType);
    return unreadable(
      `The patch has content type "${contentType}"`,
      'use a JSON patch, merge patch, strategic merge patch or apply',
    );
  }
  const encoding = TYPES.get(type.trim().toLowerCase());
  return encoding === undefined ? unreadable(`The body has content type "${contentType}"`, ADVICE) : known(encoding);
}

function known(encoding: Encoding, patchType?: PatchType): BodyType {
  return { kind: 'known', encoding, patchType };
}

const ADVICE = 'use application/json';

function isHarmless(parameter: string): boolean {
  return /^\s*charset=(?:utf-8|"utf-8")\s*$/i.test(parameter);
}

function unreadable(what: string, advice: string): BodyType {
  return { kind: 'unreadable', why: `${what.slice(0, 160)}, which cannot be read: ${advice}.` };
}

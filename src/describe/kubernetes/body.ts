import { messageOf } from '../../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import type { WireCall } from '../../listen/wire.ts';
import { decodeBody, type Encoding } from './decode-body.ts';
import { bodyType } from './media-type.ts';
import type { PatchType } from './request.ts';
import type { RequestInfo } from './request-info.ts';
import { builtIn, expectedKind } from './resources.ts';

/** A body as the server will read it, or one sentence that says why the gate cannot. */
export type Body =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'read';
      readonly value: Json;
      readonly encoding: Encoding;
      readonly patchType: PatchType | undefined;
    }
  | { readonly kind: 'unreadable'; readonly why: string };

/** As many as the API server takes. */
const MOST_OPERATIONS = 10_000;
const OPERATIONS: ReadonlySet<string> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** Reads the body of a resource call. Whatever two readers could take differently is unreadable. */
export function readBody(info: RequestInfo, call: WireCall): Body {
  const { method, body } = call;
  if (method === 'GET' || method === 'HEAD') {
    return body.length === 0 ? { kind: 'none' } : unreadable(`A ${method} has no body, but this one came with one.`);
  }
  if (body.length === 0) {
    if (method === 'DELETE') return { kind: 'none' };
    return unreadable(`A ${method} needs a body, but this one came without.`);
  }
  const type = bodyType(method, call.headers.get('content-type'), call.headers.get('content-encoding'));
  if (type.kind === 'unreadable') return type;
  const { encoding, patchType } = type;
  let value: Json;
  try {
    value = decodeBody(encoding, body);
  } catch (error) {
    return unreadable(messageOf(error));
  }
  const objection = method === 'DELETE' ? undefined : object(info, value, patchType);
  return objection === undefined ? { kind: 'read', value, encoding, patchType } : unreadable(objection);
}

/** What is wrong with the body of a create, update or patch, in a sentence. */
function object(info: RequestInfo, value: Json, patchType: PatchType | undefined): string | undefined {
  if (patchType === 'json') return jsonPatch(value);
  if (!isObject(value)) return 'The body is no JSON object.';
  return spelling(value, TOP_LEVEL, '') ?? kind(info, value) ?? metadata(info, value.metadata);
}

function jsonPatch(value: Json): string | undefined {
  if (!isArray(value)) return 'A JSON patch must be an array of operations.';
  if (value.length > MOST_OPERATIONS) return `A JSON patch may have ${MOST_OPERATIONS} operations at most.`;
  const wrong = value.findIndex((operation) => !isOperation(operation));
  return wrong < 0 ? undefined : `Operation ${wrong} of the JSON patch is not as RFC 6902 has it.`;
}

function isOperation(operation: Json): boolean {
  if (!isObject(operation)) return false;
  const { op, path, from, value } = operation;
  if (typeof op !== 'string' || !OPERATIONS.has(op) || !isPointer(path)) return false;
  if (op === 'move' || op === 'copy') return isPointer(from);
  return op === 'remove' || value !== undefined;
}

function isPointer(value: Json | undefined): boolean {
  return typeof value === 'string' && (value === '' || value.startsWith('/'));
}

const TOP_LEVEL = ['apiVersion', 'kind', 'metadata', 'spec', 'status', 'data', 'stringData'];
const METADATA = ['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers'];

/** The server tells `Kind` from `kind`, but not every reader does. */
function spelling(value: JsonObject, names: readonly string[], where: string): string | undefined {
  for (const key of Object.keys(value)) {
    const name = names.find((candidate) => candidate !== key && candidate.toLowerCase() === key.toLowerCase());
    if (name !== undefined) return `The body has a field "${where}${key}" that differs from "${name}" only in case.`;
  }
  return undefined;
}

function kind(info: RequestInfo, value: JsonObject): string | undefined {
  const expected = expectedKind(info);
  const version = value.apiVersion ?? '';
  const ownVersion = info.apiGroup === '' ? info.apiVersion : `${info.apiGroup}/${info.apiVersion}`;
  const foreign = expected.group !== info.apiGroup;
  if (typeof version !== 'string') return 'The body has an apiVersion that is no text.';
  // A subresource of another group has a version of its own.
  const fits = foreign ? version.startsWith(`${expected.group}/`) : version === ownVersion;
  if (version !== '' && !fits)
    return `The body is of apiVersion ${JSON.stringify(version)}, but the path is of ${ownVersion}.`;
  const named = value.kind ?? '';
  if (typeof named !== 'string') return 'The body has a kind that is no text.';
  if (named === '' || expected.kind === undefined || named === expected.kind) return undefined;
  return `The body is of kind ${JSON.stringify(named)}, but the path is of ${expected.kind}.`;
}

function metadata(info: RequestInfo, value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) return 'The metadata of the body is no object.';
  const misspelt = spelling(value, METADATA, 'metadata.');
  if (misspelt !== undefined) return misspelt;
  const { name, namespace } = value;
  // Without a name in the path it is a create, which names itself.
  if (!isName(name)) return 'The metadata.name of the body is no text.';
  if (info.name !== '' && (name ?? '') !== '' && name !== info.name) {
    return `The body names ${JSON.stringify(name)}, but the path names ${JSON.stringify(info.name)}.`;
  }
  if (!isName(namespace)) return 'The metadata.namespace of the body is no text.';
  const own = builtIn(info)?.namespaced === false ? '' : info.namespace;
  if ((namespace ?? '') === '' || namespace === own) return undefined;
  return `The body is for namespace ${JSON.stringify(namespace)}, but the path is for ${own === '' ? 'no namespace' : JSON.stringify(own)}.`;
}

function isName(value: Json | undefined): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function unreadable(why: string): Body {
  return { kind: 'unreadable', why };
}

/** The options of a delete that came with a body which could be read. @throws SallyportError or TypeError on any other */
export function readOptions({ method, headers, body }: WireCall): JsonObject {
  const type = bodyType(method, headers.get('content-type'), headers.get('content-encoding'));
  const options = type.kind === 'known' ? decodeBody(type.encoding, body) : undefined;
  if (!isObject(options)) throw new TypeError('delete options that were read are an object');
  return options;
}

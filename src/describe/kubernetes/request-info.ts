import { exactName } from './field-selector.ts';

/** What a call asks of a Kubernetes API server, as the server itself reads it: k8s.io/apiserver's `RequestInfo`. */
export interface RequestInfo {
  readonly isResourceRequest: boolean;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `proxy`; empty for methods that have none; non-resource: the lower-case method. */
  readonly verb: string;
  readonly apiPrefix: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** The path from the resource on; of a non-resource call the whole path. */
  readonly parts: readonly string[];
  readonly fieldSelector: string;
  readonly labelSelector: string;
  /** `watch` or `proxy` came as a part of the path, not from the method. */
  readonly verbInPath: boolean;
  /** Why the server cannot read the path, else undefined. */
  readonly error: string | undefined;
}

type Query = readonly (readonly [name: string, value: string])[];

const METHOD_VERBS: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/**
 * Reads method, decoded path and query as `RequestInfoFactory.NewRequestInfo` of k8s.io/apiserver 0.36 does with the
 * prefixes `api` and `apis`. Where the server goes on to refuse the call (a malformed selector) the result is what it
 * would authorize.
 */
export function requestInfo(method: string, segments: readonly string[], query: Query): RequestInfo {
  const [prefix = '', ...afterPrefix] = segments;
  if (segments.length < 3 || (prefix !== 'api' && prefix !== 'apis')) return nonResource(method, segments);
  if (prefix === 'apis' && segments.length < 4) return nonResource(method, segments, prefix);
  const apiGroup = prefix === 'apis' ? (afterPrefix[0] ?? '') : '';
  const [apiVersion = '', ...rest] = prefix === 'apis' ? afterPrefix.slice(1) : afterPrefix;

  const verbInPath = rest[0] === 'watch' || rest[0] === 'proxy';
  const verb = verbInPath ? (rest[0] ?? '') : (METHOD_VERBS.get(method) ?? '');
  const base = { isResourceRequest: true, apiPrefix: prefix, apiGroup, apiVersion, verbInPath };
  if (verbInPath && rest.length < 2) {
    return {
      ...EMPTY,
      ...base,
      verb: method.toLowerCase(),
      error: `the path ends after "${verb}", where a resource should be`,
    };
  }
  const { namespace, parts } = splitNamespace(verbInPath ? rest.slice(1) : rest);
  const named = {
    namespace,
    parts,
    resource: parts[0] ?? '',
    name: parts[1] ?? '',
    subresource: verb === 'proxy' ? '' : (parts[2] ?? ''),
  };
  const precise = nameless(verb, named.name, query);
  const selects = !verbInPath && SELECTING.has(precise.verb);
  return {
    ...base,
    ...named,
    ...precise,
    fieldSelector: selects ? (first(query, 'fieldSelector') ?? '') : '',
    labelSelector: selects ? (first(query, 'labelSelector') ?? '') : '',
    error: undefined,
  };
}

const SELECTING: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

const EMPTY: RequestInfo = {
  isResourceRequest: false,
  verb: '',
  apiPrefix: '',
  apiGroup: '',
  apiVersion: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  parts: [],
  fieldSelector: '',
  labelSelector: '',
  verbInPath: false,
  error: undefined,
};

function nonResource(method: string, parts: readonly string[], apiPrefix = ''): RequestInfo {
  return { ...EMPTY, verb: method.toLowerCase(), apiPrefix, parts };
}

/** `namespaces/{ns}/{x}`: x is a resource of its own unless it is a subresource of the namespace. */
function splitNamespace(rest: readonly string[]): { namespace: string; parts: readonly string[] } {
  if (rest[0] !== 'namespaces') return { namespace: '', parts: rest };
  const own = rest.length <= 2 || rest[2] === 'status' || rest[2] === 'finalize';
  return { namespace: rest[1] ?? '', parts: own ? rest : rest.slice(2) };
}

/** Without a name a get is a list or a watch, which a field selector may name again, and a delete is of a collection. */
function nameless(verb: string, name: string, query: Query): { verb: string; name: string } {
  if (name !== '') return { verb, name };
  if (verb === 'delete') return { verb: 'deletecollection', name };
  if (verb !== 'get') return { verb, name };
  const watch = first(query, 'watch');
  // Presence counts: the empty value is true, and so is every spelling but these two.
  const watching = watch !== undefined && watch !== '0' && watch.toLowerCase() !== 'false';
  return { verb: watching ? 'watch' : 'list', name: decodes(query) ? exactName(first(query, 'fieldSelector')) : '' };
}

/** List options that do not decode leave the call without a name. */
function decodes(query: Query): boolean {
  return ['limit', 'timeoutSeconds'].every((option) => {
    const value = first(query, option);
    return value === undefined || /^[+-]?[0-9]{1,18}$/.test(value);
  });
}

function first(query: Query, name: string): string | undefined {
  if (query.length === 0) return undefined;
  return query.find(([key]) => key === name)?.[1];
}

import type { Json } from '../../json.ts';
import type { WireCall } from '../../listen/wire.ts';
import { UNKNOWN, type Unknown } from '../action.ts';
import { wantedReplicas } from './arguments.ts';
import { type Body, readBody } from './body.ts';
import { isConnect, isMetric } from './classify.ts';
import { deleteOptions, dryRunQuery } from './delete-options.ts';
import { evictionDryRun, honoursDryRun, isChange } from './dry-run.ts';
import type { DeleteOptions, KubernetesRequest } from './request.ts';
import type { RequestInfo } from './request-info.ts';
import { builtIn } from './resources.ts';
import { streamObjection } from './streams.ts';

/** What a call asks for, and why the gate cannot be sure of it if it cannot. */
interface ReadRequest {
  readonly request: KubernetesRequest;
  readonly body: Body;
  readonly unreadable: string | undefined;
}

/** Reads body and options of a call as the server will. */
export function readRequest(info: RequestInfo, call: WireCall): ReadRequest {
  const body = bodyOf(info, call);
  const value = readValue(body);
  const patchType = body.kind === 'read' ? body.patchType : undefined;
  const options = optionsOf(info, call, body);
  const deletes = isDelete(info);
  const request: KubernetesRequest = {
    info,
    body: value,
    patchType,
    labelSelector: info.labelSelector,
    fieldSelector: info.fieldSelector,
    dryRun: options.dryRun === true ? honoursDryRun(info) : options.dryRun,
    deleteOptions: options.deleteOptions,
    replicas: deletes ? undefined : (wantedReplicas(value, patchType) ?? leftOut(info, value)),
    clusterScoped: scopeOf(info),
  };
  const unreadable = pathObjection(info, call) ?? (body.kind === 'unreadable' ? body.why : undefined) ?? options.why;
  return { request, body, unreadable };
}

/** A whole scale that does not say how many asks for none: clients leave a zero out. */
function leftOut({ subresource, verb }: RequestInfo, value: Json | undefined): number | undefined {
  return subresource === 'scale' && verb === 'update' && value !== undefined ? 0 : undefined;
}

function bodyOf(info: RequestInfo, call: WireCall): Body {
  if (isServed(info) && !isConnect(info) && call.upgrade === undefined) return readBody(info, call);
  if (call.body.length === 0) return { kind: 'none' };
  return { kind: 'unreadable', why: 'The body goes to a program whose language the gate does not know.' };
}

interface Options {
  readonly dryRun: boolean | Unknown;
  readonly deleteOptions: DeleteOptions | undefined;
  readonly why: string | undefined;
}

function optionsOf(info: RequestInfo, call: WireCall, body: Body): Options {
  if (!isChange(info)) return { dryRun: false, deleteOptions: undefined, why: undefined };
  if (!isDelete(info)) {
    const dryRun =
      info.subresource === 'eviction' ? evictionDryRun(readValue(body), call.path) : dryRunQuery(call.path);
    if (typeof dryRun === 'string') return { dryRun: UNKNOWN, deleteOptions: undefined, why: dryRun };
    return { dryRun, deleteOptions: undefined, why: undefined };
  }
  if (body.kind === 'unreadable') return { dryRun: UNKNOWN, deleteOptions: undefined, why: body.why };
  const options = deleteOptions(readValue(body), call.path);
  if (typeof options === 'string') return { dryRun: UNKNOWN, deleteOptions: undefined, why: options };
  return { dryRun: options.dryRun, deleteOptions: options, why: undefined };
}

function readValue(body: Body): Json | undefined {
  return body.kind === 'read' ? body.value : undefined;
}

function isDelete(info: RequestInfo): boolean {
  return info.verb === 'delete' || info.verb === 'deletecollection';
}

function scopeOf(info: RequestInfo): boolean | Unknown {
  const known = builtIn(info);
  if (known !== undefined) return !known.namespaced;
  if (!info.isResourceRequest) return true;
  return info.namespace === '' ? UNKNOWN : false;
}

/** The server has a handler for this verb by this path. */
function isServed(info: RequestInfo): boolean {
  return info.isResourceRequest && info.error === undefined && info.verb !== '';
}

/** What is wrong with the call before its body, in a sentence. */
function pathObjection(info: RequestInfo, call: WireCall): string | undefined {
  if (info.error !== undefined) return `The path cannot be read: ${info.error}.`;
  const stream = streamObjection(info, call);
  if (stream !== undefined || !info.isResourceRequest) return stream;
  // A metric is called after what it measures; nothing else that is served has a dot in its name.
  if (info.resource.includes('.') && !isMetric(info))
    return `A resource called ${JSON.stringify(info.resource)} cannot be told from one of a group.`;
  if (isConnect(info)) return namespaceObjection(info);
  const reads = call.method === 'GET' || call.method === 'HEAD';
  if (!isServed(info) || (info.verb === 'watch' && !reads))
    return 'The API server does not serve this method on this path.';
  return namespaceObjection(info);
}

/** Words that stand for something else where a namespace is named. */
const RESERVED: ReadonlySet<string> = new Set(['*', 'none', UNKNOWN]);

function namespaceObjection(info: RequestInfo): string | undefined {
  const { namespace, name } = info;
  if (RESERVED.has(namespace))
    return `A namespace called ${JSON.stringify(namespace)} cannot be told from the word that the gate uses.`;
  if (name === '*') return 'An object called "*" cannot be told from all objects.';
  if (namespace === '' || builtIn(info)?.namespaced !== false) return undefined;
  // A namespace is the one object that lies in the namespace of its own name.
  if (info.resource === 'namespaces' && namespace === name) return undefined;
  return `${info.resource} are outside namespaces, but the path names the namespace ${JSON.stringify(namespace)}.`;
}

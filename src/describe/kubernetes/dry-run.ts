import { isArray, isObject, type Json } from '../../json.ts';
import type { WirePath } from '../../listen/wire.ts';
import { UNKNOWN, type Unknown } from '../action.ts';
import { isConnect } from './classify.ts';
import { dryRunQuery } from './delete-options.ts';
import type { RequestInfo } from './request-info.ts';
import { builtIn } from './resources.ts';

const CHANGES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Questions that are asked with POST: nothing of them is persisted in any case. */
const REVIEWS: ReadonlySet<string> = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

/** Whether the verb is one of those that the server reads options of a change for. */
export function isChange(info: RequestInfo): boolean {
  return !isConnect(info) && CHANGES.has(info.verb);
}

/**
 * Whether a dry run that is asked for is one. A token request is not: the server issues the token all the same. What an
 * aggregated API server makes of it, only that server knows.
 */
export function honoursDryRun(info: RequestInfo): boolean | Unknown {
  if (!isChange(info) || info.subresource === 'token') return false;
  return builtIn(info) === undefined ? UNKNOWN : true;
}

/** Whether the call can be turned into a dry run of which the server certainly persists nothing. */
export function canRunDry(info: RequestInfo): boolean {
  return honoursDryRun(info) === true && !REVIEWS.has(info.apiGroup);
}

/**
 * Whether an eviction asks for a dry run: by the query or by the delete options in its body, of which either is enough. The
 * server refuses a call whose query and body name different ones, and there is only one to name.
 * @returns one sentence when it cannot be read
 */
export function evictionDryRun(body: Json | undefined, path: WirePath): boolean | string {
  const inQuery = dryRunQuery(path);
  if (typeof inQuery === 'string') return inQuery;
  const options = isObject(body) ? (body.deleteOptions ?? {}) : {};
  const inBody = isObject(options) ? (options.dryRun ?? []) : undefined;
  if (!isArray(inBody) || inBody.length > 1 || inBody.some((value) => value !== 'All'))
    return 'The delete options of the eviction have a dryRun other than [] and ["All"].';
  return inQuery || inBody.length === 1;
}

import { isArray, isObject, type Json } from '../../json.ts';
import { queryValue, type WirePath } from '../../listen/wire.ts';
import type { DeleteOptions } from './request.ts';

/** Deletes without looking: no finalizers, no preconditions. */
const UNSAFE = 'ignoreStoreReadErrorWithClusterBreakingPotential';
const FIELDS: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'gracePeriodSeconds',
  'preconditions',
  'orphanDependents',
  'propagationPolicy',
  'dryRun',
  UNSAFE,
]);
const UNSAFE_ASKED = `The call asks for ${UNSAFE}: deleting what cannot be read is not for the gate to judge.`;

/**
 * The options that the server deletes by: those of the body alone when there is one - a `dryRun` in the query then
 * counts for nothing -, else those of the query.
 * @returns the options, or one sentence saying why they cannot be read
 */
export function deleteOptions(body: Json | undefined, path: WirePath): DeleteOptions | string {
  return body === undefined ? fromQuery(path) : fromBody(body);
}

function fromQuery(path: WirePath): DeleteOptions | string {
  const dryRun = dryRunQuery(path);
  if (typeof dryRun === 'string') return dryRun;
  if (isTrue(queryValue(path, UNSAFE))) return UNSAFE_ASKED;
  const grace = queryValue(path, 'gracePeriodSeconds');
  if (grace !== undefined && !/^[0-9]{1,9}$/.test(grace))
    return 'The query has a gracePeriodSeconds that is no number.';
  const orphan = queryValue(path, 'orphanDependents');
  return {
    dryRun,
    gracePeriodSeconds: grace === undefined ? undefined : Number(grace),
    propagationPolicy: queryValue(path, 'propagationPolicy'),
    orphanDependents: orphan === undefined ? undefined : isTrue(orphan),
    preconditions: { uid: undefined, resourceVersion: undefined },
  };
}

/** As the server reads a boolean in a query: whatever is there is true, but for two spellings. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}

function fromBody(body: Json): DeleteOptions | string {
  if (!isObject(body)) return 'The body of a DELETE must be a DeleteOptions object.';
  const foreign = Object.keys(body).find((key) => !FIELDS.has(key));
  if (foreign !== undefined)
    return `The delete options have a field ${JSON.stringify(foreign)} that DeleteOptions does not.`;
  if (body.kind !== undefined && body.kind !== 'DeleteOptions')
    return 'The body of a DELETE must be of kind DeleteOptions.';
  const dryRun = body.dryRun ?? [];
  if (!isArray(dryRun) || dryRun.length > 1 || dryRun.some((value) => value !== 'All')) {
    return 'The delete options have a dryRun other than [] and ["All"].';
  }
  if (body[UNSAFE] === true) return UNSAFE_ASKED;
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions } = body;
  const conditions = preconditions ?? {};
  if (!isObject(conditions)) return 'The delete options have preconditions that are no object.';
  return {
    dryRun: dryRun.length === 1,
    gracePeriodSeconds: typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : undefined,
    propagationPolicy: typeof propagationPolicy === 'string' ? propagationPolicy : undefined,
    orphanDependents: typeof orphanDependents === 'boolean' ? orphanDependents : undefined,
    preconditions: { uid: text(conditions.uid), resourceVersion: text(conditions.resourceVersion) },
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `dryRun=All`, word for word; the server refuses any other value, so it is not for the gate to guess. */
export function dryRunQuery(path: WirePath): boolean | string {
  const value = queryValue(path, 'dryRun');
  if (value === undefined) return false;
  return value === 'All' ? true : 'The query has a dryRun other than "All".';
}

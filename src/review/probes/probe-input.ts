import type { ActionClass } from '../../describe/action.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';

const UNLABELLED = { environment: 'none', service: 'none', tier: 'none', team: 'none', regulated: 'none' };
const ANYWHERE = ['*'];
const NEVER = { count: 0, calls: [] };

/** What an act of each class is called in the examples of a report. */
const ACTS: Readonly<Record<ActionClass, readonly [verb: string, resource: string, method: string]>> = {
  discovery: ['get', '/apis', 'GET'],
  telemetry: ['list', 'events', 'GET'],
  read: ['get', 'deployments.apps', 'GET'],
  sensitive_read: ['get', 'secrets', 'GET'],
  write: ['patch', 'deployments.apps', 'PATCH'],
  delete: ['delete', 'pods', 'DELETE'],
  connect: ['connect', 'pods/exec', 'POST'],
  credential: ['create', 'serviceaccounts/token', 'POST'],
  authority: ['update', 'roles.rbac.authorization.k8s.io', 'PUT'],
  unknown: ['unknown', 'unknown', 'POST'],
};

/** Who acts, on what, where. */
export interface Asking {
  readonly class: ActionClass;
  readonly level: number;
  readonly environment: string;
  readonly time: string;
}

/**
 * The input of the most harmless act of a class that there is: by an agent that may be anywhere, on one object that is known, with
 * an exact way back, by a gate that can do all that it may be obliged to, and nothing happened before; then with members changed.
 */
export function probeInput(asking: Asking, changed: JsonObject): JsonObject {
  const [verb, resource, method] = ACTS[asking.class];
  const plain: JsonObject = {
    version: 1,
    call: {
      ...{ id: 'review', time: asking.time, pass: 'facts', surface: 'kubernetes', route: 'review', method },
      ...{ path: '/', digest: 'none', body: 'read', group: 'unknown' },
    },
    agent: {
      ...{ id: 'agent', team: 'team', owner: 'owner', level: asking.level, narrowed: [] },
      scope: {
        ...{ routes: ANYWHERE, environments: ANYWHERE, services: ANYWHERE, teams: ANYWHERE, namespaces: ANYWHERE },
        ...{ accounts: ANYWHERE, tools: ANYWHERE },
      },
      ...{ granted_by: 'owner', granted_at: asking.time, expires: asking.time, credential: 'token' },
    },
    action: {
      ...{ name: `kubernetes:${resource}:${verb}`, class: asking.class, verb, resource, risk_domain: 'configuration' },
      way_back: { how: 'inverse', exact: true, captured: true },
      ...{ dry_run: false, args: {}, change: { paths: ['/spec/replicas'], escalates: [] } },
      reverts: 'none',
    },
    target: {
      ...{ route: 'review', namespace: 'shop', name: 'web', uid: 'none', exists: true, managed_by: 'none' },
      ...{ account: 'none', region: 'none', tool: 'none' },
      labels: {
        route: { ...UNLABELLED, environment: asking.environment },
        namespace: { ...UNLABELLED, environment: asking.environment },
        object: UNLABELLED,
      },
    },
    blast: { known: true, objects: 1, replicas: 1, pods: 1, share: 0.1, namespaces: 1, scope: 'object', open: false },
    claims: {
      ...{ intent: 'unknown', reason: 'unknown', incident: 'unknown', incident_class: 'unknown', alert: 'unknown' },
      ...{ confidence: 'unknown', runbook: 'unknown', plan: 'unknown', links: 'unknown', success_signal: 'unknown' },
    },
    signals: { attached: [] },
    state: {
      ...{ freezes: [], failures: NEVER, approvals: [], verification: 'none' },
      counts: {
        ...{ calls: 1, changes: 0, denied: 0, repeats: NEVER },
        under_way: { agent: 0, services: {}, intent: 'none' },
      },
      spent: { agent: {}, services: {}, intent: 'none' },
      can: ['notify', 'capture', 'verify', 'canary', 'fallback', 'dry-run-first', 'as-dry-run'],
    },
  };
  return merged(plain, changed);
}

/** Objects member by member, anything else replaced; as `object.union` in Rego. */
function merged(plain: JsonObject, change: JsonObject): JsonObject {
  const both: Record<string, Json> = { ...plain };
  for (const [name, value] of Object.entries(change)) {
    const there = plain[name];
    both[name] = isObject(there) && isObject(value) ? merged(there, value) : value;
  }
  return both;
}

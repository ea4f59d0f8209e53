import type { Action } from '../../describe/action.ts';

/** What an agent asks for: every class of action, and a change that the server will not persist. */
export const ACT_NAMES = [
  'discovery',
  'telemetry',
  'read',
  'sensitive_read',
  'dry_run',
  'write',
  'delete',
  'connect',
  'credential',
  'authority',
  'unknown',
] as const;
export type ActName = (typeof ACT_NAMES)[number];

/** A call of an act as the gate describes it, as far as it matters to policy. */
export interface Act {
  readonly name: ActName;
  /** With its article, in a sentence. */
  readonly words: string;
  /**
   * - `reading`: reaches nothing and needs no way back, as the gate measures it
   * - `change`: may be of tier B, be covered by a runbook, and oblige the gate to something
   * - `other`: everything else that is measured
   */
  readonly kind: 'reading' | 'change' | 'other';
  readonly action: Pick<Action, 'name' | 'class' | 'verb' | 'resource' | 'riskDomain' | 'dryRun'>;
  readonly method: string;
  readonly path: string;
  readonly body: 'none' | 'read';
}

const APPS = '/apis/apps/v1/namespaces/shop/deployments/web';
const CORE = '/api/v1/namespaces/shop';

/** A typical call for each act; the most ordinary of its class, in the surface's own terms. */
export const ACTS: readonly Act[] = [
  act('discovery', 'a discovery call', 'reading', ['discovery', 'get', '/apis', 'unknown'], ['GET', '/apis']),
  act('telemetry', 'a read of telemetry', 'reading', ['telemetry', 'list', 'events', 'availability'], ['GET', CORE]),
  act('read', 'a read', 'reading', ['read', 'get', 'pods', 'configuration'], ['GET', `${CORE}/pods/web`]),
  act(
    'sensitive_read',
    'a read of a secret',
    'reading',
    ['sensitive_read', 'get', 'secrets', 'security'],
    ['GET', `${CORE}/secrets/web`],
  ),
  act(
    'dry_run',
    'a dry run of a change',
    'other',
    ['write', 'patch', 'deployments.apps', 'configuration'],
    ['PATCH', APPS],
  ),
  act('write', 'a write', 'change', ['write', 'patch', 'deployments.apps', 'configuration'], ['PATCH', APPS]),
  act('delete', 'a deletion', 'change', ['delete', 'delete', 'pods', 'availability'], ['DELETE', `${CORE}/pods/web`]),
  act('connect', 'a connection into a program', 'other', ['connect', 'connect', 'pods/exec', 'access'], ['POST', CORE]),
  act(
    'credential',
    'a request for a credential',
    'other',
    ['credential', 'create', 'serviceaccounts/token', 'authentication'],
    ['POST', `${CORE}/serviceaccounts/web/token`],
  ),
  act(
    'authority',
    'a change of who may do what',
    'other',
    ['authority', 'update', 'roles.rbac.authorization.k8s.io', 'security'],
    ['PUT', '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/web'],
  ),
  act(
    'unknown',
    'an act that nobody can read',
    'other',
    ['unknown', 'unknown', 'unknown', 'unknown'],
    ['POST', '/odd'],
  ),
];

function act(
  name: ActName,
  words: string,
  kind: Act['kind'],
  [type, verb, resource, riskDomain]: readonly [Action['class'], string, string, string],
  [method, path]: readonly [string, string],
): Act {
  const action = {
    ...{ name: name === 'unknown' ? 'unknown' : `kubernetes:${resource}:${verb}`, class: type, verb, resource },
    ...{ riskDomain, dryRun: name === 'dry_run' },
  };
  return { name, words, kind, action, method, path, body: kind === 'reading' || name === 'connect' ? 'none' : 'read' };
}

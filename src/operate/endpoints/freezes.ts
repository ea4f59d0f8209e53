import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';
import { freezeScopeSchema, freezeToJson } from '../freeze.ts';
import type { FreezeScope } from '../freeze-scope.ts';
import type { Freezes } from '../freezes.ts';
import { requirePermission } from '../permissions.ts';

/** What the stop button has to know to refuse a name that would stop nothing. */
export interface FreezeTargets {
  readonly routes: readonly string[];
  readonly hasAgent: (id: string) => boolean;
  /** The runbooks of the policy in force. */
  readonly runbooks: () => readonly string[];
}

const why = z.string().trim().min(1).max(1000);
const setBody = z.strictObject({
  scope: freezeScopeSchema,
  reads: z.boolean().default(false),
  why,
  until: z.iso.datetime({ offset: true }).nullable().default(null),
});

/** The stop button: who, why, until when. */
export function freezeEndpoints(freezes: Freezes, targets: FreezeTargets): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      {
        method: 'get',
        path: '/v1/freezes',
        summary: 'Freezes, newest first; those that are over too with `all=true`',
        body: nothing,
        query: z.strictObject({ all: z.enum(['true', 'false']).default('false') }),
      },
      async ({ query, now }) => {
        const found = query.all === 'true' ? await freezes.list() : freezes.active(now);
        return { kind: 'json', value: { freezes: found.map(freezeToJson) } };
      },
    ),
    endpoint(
      'freezes.write',
      {
        method: 'post',
        path: '/v1/freezes',
        summary: 'Stop everything, a route, an environment, a service, a team, a runbook or an agent',
        status: 201,
        body: setBody,
        query: nothing,
      },
      async ({ body }, caller) => {
        checkTarget(body.scope, targets);
        return { kind: 'json', value: freezeToJson(await freezes.set({ ...body, by: caller.id })) };
      },
    ),
    endpoint(
      'freezes.lift',
      {
        method: 'post',
        path: '/v1/freezes/:id/lift',
        summary: 'Lift a freeze; one of everything needs an administrator',
        body: z.strictObject({ why }),
        query: nothing,
      },
      async ({ id, body }, caller) => {
        const { scope } = await freezes.get(id);
        if (scope.kind === 'everything') requirePermission(caller, 'freezes.lift-everything');
        return { kind: 'json', value: freezeToJson(await freezes.lift(id, caller.id, body.why)) };
      },
    ),
  ];
}

/** What labels and claims say where they say nothing: of these there is none that could be frozen. */
const NAMES_NOTHING: ReadonlySet<string> = new Set(['none', 'unknown']);

/**
 * A typing error in a stop button must not look like a stop. Environments, services and teams are named by live state, so
 * any may exist.
 */
function checkTarget(scope: FreezeScope, targets: FreezeTargets): void {
  const name = 'service' in scope ? scope.service : 'team' in scope ? scope.team : undefined;
  if (name !== undefined && NAMES_NOTHING.has(name)) {
    throw new SallyportError('request/invalid', `"${name}" is no ${scope.kind}: nothing would be frozen`, {
      fix: `name the ${scope.kind} as its label does`,
    });
  }
  if (scope.kind === 'runbook' && !targets.runbooks().includes(scope.runbook)) {
    throw new SallyportError('request/invalid', `there is no runbook ${scope.runbook}: nothing would be frozen`, {
      fix: `the runbooks are: ${targets.runbooks().join(', ')}`,
    });
  }
  if (scope.kind === 'route' && !targets.routes.includes(scope.route)) {
    throw new SallyportError('request/invalid', `there is no route ${scope.route}: nothing would be frozen`, {
      fix: `the routes are: ${targets.routes.join(', ')}`,
    });
  }
  if (scope.kind === 'agent' && !targets.hasAgent(scope.agent)) {
    throw new SallyportError('request/invalid', `there is no agent ${scope.agent}: nothing would be frozen`, {
      fix: 'GET /v1/agents lists them',
    });
  }
}

import { planBody } from '../../preflight/plan.ts';
import type { Preflight } from '../../preflight/preflight.ts';
import { type AgentEndpoint, agentEndpoint } from '../agent-endpoint.ts';

/** What would become of a plan, and all the approvals that it will need, before anything of it is sent. */
export function preflightEndpoints(preflight: Preflight): readonly AgentEndpoint[] {
  return [
    agentEndpoint({ method: 'POST', path: 'preflight', body: planBody }, async ({ body, principal, head, spend }) => {
      // Each is measured, like a call.
      spend(body.calls.length - 1);
      return preflight(body, principal, head);
    }),
  ];
}

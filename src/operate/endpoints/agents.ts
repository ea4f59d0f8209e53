import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import { agentToJson } from '../../identify/agent.ts';
import type { AgentTokens } from '../../identify/agent-tokens.ts';
import { permissionForLevels } from '../../identify/permissions.ts';
import type { Agent } from '../../identify/principal.ts';
import type { Registry } from '../../identify/registry.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';
import { type Caller, requirePermission } from '../permissions.ts';
import type { Trust } from '../trust/trust.ts';

const level = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]);
const line = z.string().min(1).max(1024);
const why = z.string().trim().min(1).max(1000);
const instant = z.iso.datetime({ offset: true });
const values = z.array(z.string().min(1).max(253)).max(1000).default([]);
const scope = z.strictObject({
  routes: values,
  environments: values,
  services: values,
  teams: values,
  namespaces: values,
  accounts: values,
  tools: values,
});
const narrowed = z
  .array(z.union([z.strictObject({ environment: line, level }), z.strictObject({ service: line, level })]))
  .max(1000);
const identity = z.strictObject({ issuer: line, subject: line });

const addBody = z.strictObject({
  id: line,
  team: line,
  owner: line,
  level: level.default(1),
  narrowed: narrowed.default([]),
  scope: scope.prefault({}),
  identities: z.array(identity).max(100).default([]),
  expires: instant.optional(),
  why,
});

/** One change at a time: each is an event of its own, with its own reason. */
const changeBody = z.union([
  z.strictObject({ level, why }),
  z.strictObject({ narrowed, why }),
  z.strictObject({ scope, why }),
  z.strictObject({ expires: instant, why }),
  z.strictObject({ addIdentity: identity, why }),
  z.strictObject({ removeIdentity: identity, why }),
]);

const tokenBody = z.strictObject({
  route: line,
  intent: line.optional(),
  ttlSeconds: z.int().min(1).optional(),
  why,
});

/** Agents: who they are, what they may, and the tokens they show. */
export function agentEndpoints(registry: Registry, tokens: AgentTokens, trust: Trust): readonly Endpoint[] {
  return [
    endpoint(
      'agents.read',
      { method: 'get', path: '/v1/agents', summary: 'All agents, revoked ones too', body: nothing, query: nothing },
      async () => ({ kind: 'json', value: { agents: registry.list().map(agentToJson) } }),
    ),
    endpoint(
      'agents.write',
      {
        method: 'post',
        path: '/v1/agents',
        summary: 'Grant: add an agent',
        status: 201,
        body: addBody,
        query: nothing,
      },
      async ({ body }, caller) => {
        const { why, expires, ...given } = body;
        requirePermission(caller, permissionForLevels(body.level));
        const agent = await registry.add(expires === undefined ? given : { ...given, expires }, caller.id, why);
        return { kind: 'json', value: agentToJson(agent) };
      },
    ),
    endpoint(
      'agents.read',
      { method: 'get', path: '/v1/agents/:id', summary: 'One agent', body: nothing, query: nothing },
      async ({ id }) => ({ kind: 'json', value: agentToJson(find(registry, id)) }),
    ),
    endpoint(
      'agents.write',
      {
        method: 'patch',
        path: '/v1/agents/:id',
        summary: 'One change of a grant: level, narrowed, scope, expires or an identity',
        body: changeBody,
        query: nothing,
      },
      async ({ id, body }, caller) => {
        const agent = await change({ registry, trust }, find(registry, id), body, caller);
        return { kind: 'json', value: agentToJson(agent) };
      },
    ),
    endpoint(
      'agents.token',
      {
        method: 'post',
        path: '/v1/agents/:id/tokens',
        summary: 'Issue a token for one route; it is shown this once',
        status: 201,
        body: tokenBody,
        query: nothing,
      },
      async ({ id, body }, caller) => {
        requirePermission(caller, permissionForLevels(find(registry, id).level));
        const { route, intent, ttlSeconds, why } = body;
        const issued = await tokens.issue({
          agent: id,
          route,
          by: caller.id,
          why,
          ...(intent === undefined ? {} : { intent }),
          ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
        });
        return { kind: 'json', value: issued };
      },
    ),
    endpoint(
      'agents.write',
      {
        method: 'post',
        path: '/v1/agents/:id/revoke',
        summary: 'End an agent for good, or with `tokens: true` only the tokens it was given so far',
        body: z.strictObject({ why, tokens: z.boolean().default(false) }),
        query: nothing,
      },
      async ({ id, body }, caller) => {
        const agent = body.tokens
          ? await registry.revokeTokens(id, caller.id, body.why)
          : await registry.revoke(id, caller.id, body.why);
        return { kind: 'json', value: agentToJson(agent) };
      },
    ),
    endpoint(
      'agents.token',
      {
        method: 'post',
        path: '/v1/tokens/:id/revoke',
        summary: 'End one credential by the id that the record shows',
        body: z.strictObject({ why, until: instant.nullable().default(null) }),
        query: nothing,
      },
      async ({ id, body }, caller) => {
        await registry.revokeToken(id, caller.id, body.why, body.until);
        return { kind: 'json', value: { credential: id, revoked: true } };
      },
    ),
  ];
}

async function change(
  { registry, trust }: { readonly registry: Registry; readonly trust: Trust },
  agent: Agent,
  body: z.infer<typeof changeBody>,
  caller: Caller,
): Promise<Agent> {
  // Taking trust away is never refused to those who may give some.
  if (!('level' in body) || body.level > agent.level) {
    requirePermission(caller, permissionForLevels(agent.level, 'level' in body ? body.level : 0));
  }
  const { id } = agent;
  if ('level' in body) return trust.setLevel(agent, body.level, caller.id, body.why);
  if ('narrowed' in body) return registry.narrow(id, body.narrowed, caller.id, body.why);
  if ('scope' in body) return registry.setScope(id, body.scope, caller.id, body.why);
  if ('expires' in body) return registry.renew(id, body.expires, caller.id, body.why);
  if ('addIdentity' in body) return registry.addIdentity(id, body.addIdentity, caller.id, body.why);
  return registry.removeIdentity(id, body.removeIdentity, caller.id, body.why);
}

function find(registry: Registry, id: string): Agent {
  const agent = registry.agent(id);
  if (agent === undefined) throw new SallyportError('request/not-found', `there is no agent ${JSON.stringify(id)}`);
  return agent;
}

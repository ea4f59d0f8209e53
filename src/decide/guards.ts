import type { Route } from '../config.ts';
import type { Action, ActionClass, Described, TargetRef } from '../describe/action.ts';
import type { Agent, Level } from '../identify/principal.ts';
import type { Facts } from '../measure/facts.ts';
import type { Outcome, Reason } from './verdict.ts';

// The gate's own checks: they hold whatever the bundle says. Each returns why a call may not pass, or undefined.

/** What level 0 may do: the row "advisory" of the level table. */
const LEVEL_ZERO: readonly ActionClass[] = ['discovery', 'telemetry'];

/** Classes that are judged by what their body says. */
const NEED_BODY: readonly ActionClass[] = ['write', 'delete', 'credential', 'authority'];

/**
 * The scope of the grant, as far as the call itself shows it: routes, namespaces, accounts, tools. A list that lacks
 * the value does not match; `*` does. What spans all namespaces, and what is in none, needs `*`; discovery is exempt
 * from namespaces (no client works without it), and so is telemetry of the server itself (`/healthz`, `/metrics`).
 */
export function guardScope(
  agent: Agent,
  route: Pick<Route, 'name'>,
  target: TargetRef,
  action: Action,
): Reason | undefined {
  const { scope } = agent;
  return (
    outside('route', route.name, scope.routes, agent) ??
    (needsNamespace(target, action) ? outside('namespace', target.namespace, scope.namespaces, agent) : undefined) ??
    (target.account === 'none' ? undefined : outside('account', target.account, scope.accounts, agent)) ??
    (target.tool === 'none' ? undefined : outside('tool', target.tool, scope.tools, agent))
  );
}

function needsNamespace(target: TargetRef, action: Action): boolean {
  if (action.class === 'discovery') return false;
  if (action.class === 'telemetry' && action.resource.startsWith('/')) return false;
  // Only Kubernetes calls have neither an account nor a tool: there, no namespace means the whole cluster.
  return target.namespace !== 'none' || (target.account === 'none' && target.tool === 'none');
}

function outside(dimension: string, value: string, granted: readonly string[], agent: Agent): Reason | undefined {
  if (granted.includes('*') || (value !== '*' && value !== 'none' && granted.includes(value))) return undefined;
  const shown = granted.length === 0 ? `no ${dimension}` : `${dimension} ${granted.join(', ')}`;
  const reach = { '*': `every ${dimension}`, none: `what is in no ${dimension}` }[value] ?? `${dimension} ${value}`;
  return {
    rule: 'gate/scope',
    message: `agent ${agent.id} reaches for ${reach}, its grant covers ${shown}`,
    fix: `stay within the grant, or ask ${agent.grantedBy} to widen it`,
  };
}

/**
 * Level 0 advises: beyond discovery and telemetry nothing of it is allowed or held. `where` is what the policy derived
 * of the target, for levels that are narrowed to 0 there.
 */
export function guardLevelZero(
  agent: Agent,
  action: Action,
  outcome: Outcome,
  where: { readonly environment?: string; readonly service?: string } = {},
): Reason | undefined {
  if (outcome === 'deny' || levelAt(agent, where) > 0 || LEVEL_ZERO.includes(action.class)) return undefined;
  return {
    rule: 'gate/level-zero',
    message: `agent ${agent.id} is at level 0 here, which may look up what there is and read telemetry; this is ${action.class}`,
    fix: 'hand the proposal to a person, or ask for level 1',
  };
}

function levelAt(agent: Agent, where: { readonly environment?: string; readonly service?: string }): Level {
  let level = agent.level;
  for (const narrowing of agent.narrowed) {
    // Where nobody can say which environment it is, it may be this one.
    const applies =
      'environment' in narrowing
        ? where.environment === 'unknown' || narrowing.environment === where.environment
        : narrowing.service === where.service;
    if (applies && narrowing.level < level) level = narrowing.level;
  }
  return level;
}

/** What the judge could not read does not pass. */
export function guardUnreadable(described: Described): Reason | undefined {
  const why = unreadableBecause(described);
  if (why === undefined) return undefined;
  return {
    rule: 'gate/unreadable',
    message: `this call cannot be read: ${why}`,
    fix: 'send it in a form that the gate reads, such as JSON',
  };
}

function unreadableBecause({ unreadable, body, action }: Described): string | undefined {
  if (unreadable !== undefined) return unreadable;
  if (body === 'unreadable') return 'its body is not understood';
  if (action.class === 'unknown') return `nothing is known of ${action.name}`;
  if (body === 'streamed' && NEED_BODY.includes(action.class))
    return `a ${action.class} must be read whole, and this one is streamed`;
  return undefined;
}

/** An agent never changes what facts are read from, nor who may do what: not by its class, not by what it would write. */
export function guardAuthority(action: Action, facts?: Pick<Facts, 'touchesAuthority'>): Reason | undefined {
  if (action.class !== 'authority' && facts?.touchesAuthority !== true) return undefined;
  return {
    rule: 'gate/authority',
    message: `${action.name} would change who may do what, or the labels that decisions are made on; agents may not`,
    fix: 'leave those labels and grants as they are, or have a person make the change',
  };
}

import type { Route } from '../config.ts';
import type { Agent } from '../identify/principal.ts';
import type { Judgement } from './judge.ts';

/** Whether a route is in shadow mode at a time: until its end date, and not a moment longer. */
export function isShadow(route: Route, at: Date): boolean {
  return route.mode.kind === 'shadow' && Date.parse(route.mode.until) > at.getTime();
}

/** Rule categories whose word holds in shadow mode too: what the grant covers, what is nobody's to change, freezes. */
const FIRM = /^(scope|authority|freeze)\//;
/** The library's own signs that it could not judge at all. */
const BROKEN: ReadonlySet<string> = new Set(['main/broken', 'main/no-answer', 'main/bad-finding']);

/**
 * Whether shadow mode may pass over what the policy said. It suspends how much an agent may do, not where: denials of the
 * grant's scope, of authority and by freezes stay, and so does what a policy that failed could not say.
 */
export function mayPassOver({ verdict, fault }: Judgement): boolean {
  if (fault !== undefined) return false;
  return verdict.reasons.every(({ rule }) => !FIRM.test(rule) && !BROKEN.has(rule) && !rule.startsWith('gate/'));
}

/**
 * The agent as the level-0 guard must see it in shadow mode. Whether a narrowing applies to a target is the policy's to
 * say, and its word is suspended: one to level 0, wherever it is, counts everywhere on such a route.
 */
export function strictlyNarrowed(agent: Agent): Agent {
  return agent.narrowed.some(({ level }) => level === 0) ? { ...agent, level: 0 } : agent;
}

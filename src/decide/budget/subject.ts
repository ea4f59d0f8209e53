import { createHash } from 'node:crypto';
import { type Action, type ActionClass, type Described, isReading } from '../../describe/action.ts';
import type { Principal } from '../../identify/principal.ts';
import type { Facts } from '../../measure/facts.ts';
import type { Subject } from './taken.ts';

/** Classes whose dry runs change nothing for certain. */
const REHEARSED: ReadonlySet<ActionClass> = new Set(['write', 'delete']);

/** Whether a call, once it is let through, may change something. What is not certain to be a dry run may. */
export function mayChange(action: Action): boolean {
  return !isReading(action) && !(action.dryRun === true && REHEARSED.has(action.class));
}

/** Whose budgets a change falls under. */
export function subjectOf(described: Described, principal: Principal, route: string, facts: Facts): Subject {
  return {
    agent: principal.agent.id,
    intent: principal.intent,
    services: servicesOf(facts),
    digest: described.digest,
    fix: fixOf(described, route, facts),
  };
}

/** Every source counts: none of them takes a target out of the budget of a service that another names. */
function servicesOf({ labels }: Facts): readonly string[] | 'unknown' {
  const named = new Set([labels.route.service, labels.namespace.service, labels.object.service]);
  if (named.has('unknown')) return 'unknown';
  named.delete('none');
  return [...named];
}

/**
 * What a change is to bring about, whatever values it writes: a restart bears its time, and a second try mostly differs from
 * the first in something.
 */
function fixOf({ action, target }: Described, route: string, { changePaths }: Facts): string {
  const places = changePaths === 'unknown' ? changePaths : [...changePaths].sort();
  const what = JSON.stringify([route, action.name, target.namespace, target.name, places]);
  return createHash('sha256').update(what).digest('hex').slice(0, 32);
}

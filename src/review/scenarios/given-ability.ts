import type { JsonObject } from '../../json.ts';
import type { CaseFile } from '../../record/case-file.ts';
import type { Ability } from '../../settle/verify/duty.ts';
import { planFrom } from '../../settle/verify/planner.ts';
import type { Given } from './schema/given.ts';

const WATCHED = { resource: 'unknown', path: '/', namespace: 'unknown', name: 'unknown', uid: 'unknown' };

/**
 * What a gate could do so that it is known whether the call worked. A case that says what the gate can do is taken at its word;
 * else it can verify what the settings have probes for, takes back what has an exact way back, and splits nothing: how many
 * replicas there are now is not among the facts of a case.
 */
export function abilityIn({ described, facts }: CaseFile, { state }: Given, settings: JsonObject): Ability {
  const act = { action: described?.action.name ?? '', runbook: described?.claims.runbook ?? '', canLook: () => true };
  const plan = planFrom(settings, act);
  if (state.can === undefined) {
    const fallback =
      facts?.wayBack.exact === true && facts.wayBack.how !== 'not_needed' && facts.wayBack.how !== 'none';
    return { plan, watched: WATCHED, canary: undefined, fallback, standing: state.verification };
  }
  const whole = { probes: [], signal: '', within: 1, every: 1, atMost: 1, looks: 1, revert: false };
  return {
    plan: plan ?? whole,
    watched: WATCHED,
    canary: { from: 1, first: 2, to: 3 },
    fallback: true,
    standing: state.verification,
  };
}

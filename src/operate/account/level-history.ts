import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { RecordedStep } from './recorded-change.ts';

const LEVEL_STEPS: ReadonlySet<string> = new Set(['agent.added', 'agent.promoted', 'agent.demoted', 'agent.narrowed']);

/** Whether it is one of those that made an agent's level what it is. */
export function isLevelStep(what: string): boolean {
  return LEVEL_STEPS.has(what);
}

/** How an agent came to its level, from the steps that concern it: who granted each, why, and on what record. */
export function levelHistory(steps: readonly RecordedStep[]): readonly JsonObject[] {
  return steps
    .filter(({ what }) => isLevelStep(what))
    .map(({ seq, time, what, by, why, body }) => ({
      ...{ seq, time, what, by, why },
      from: levelIn(body.before),
      to: levelIn(body.after),
      ...(what === 'agent.narrowed' && isObject(body.after) ? { narrowed: body.after.narrowed ?? [] } : {}),
      evidence: body.evidence ?? null,
    }));
}

function levelIn(agent: Json | undefined): Json {
  return (isObject(agent) ? agent.level : undefined) ?? null;
}

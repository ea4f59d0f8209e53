import type { Intent } from '../../intents/intent.ts';
import type { Given } from './schema/given.ts';

/**
 * The intent that the signals of a case are attached to; undefined where there are none. What the case claims stands beside it, so
 * that it says nothing itself.
 */
export function intentOf({ agent, claims, signals, time }: Given): Intent | undefined {
  if (signals.length === 0) return undefined;
  const ago = (seconds: number) => new Date(Date.parse(time) - seconds * 1000).toISOString();
  const oldest = Math.max(...signals.map(({ age }) => age));
  const by = `agent:${agent.id}`;
  return {
    ...{ id: agent.intent ?? claims.intent ?? 'scenario', agent: agent.id, openedBy: by, openedAt: ago(oldest) },
    until: ago(-86_400),
    statement: {
      ...{ reason: 'a scenario', incident: null, incidentClass: null, alert: null, hypothesis: null, confidence: null },
      ...{ links: [], plan: null, runbook: null, successSignal: null, wayBack: null },
    },
    signals: signals.map(({ source, stance, pattern, age }) => ({
      ...{ source, stance, pattern: pattern ?? null, by, says: 'a scenario' },
      ...{ observedAt: ago(age), attachedAt: ago(age) },
    })),
    closed: null,
  };
}

import type { JsonObject } from '../json.ts';
import type { Intent, Signal } from './intent.ts';

/**
 * What policy is told of the evidence for a call: of each source the newest word for and against, as the gate was told it. `age` is how
 * many seconds before the call the source observed it, as the agent claims, but never less than since the gate was told; what
 * a source says in words is for people. Without an intent nothing was attached.
 */
export function signalsInput(intent: Intent | undefined, at: Date): JsonObject {
  const newest = new Map<string, Signal>();
  for (const signal of intent?.signals ?? []) newest.set(`${signal.stance} ${signal.source}`, signal);
  return {
    attached: [...newest.values()]
      .map(({ source, stance, pattern, observedAt, attachedAt }) => ({
        ...{ source, stance, pattern: pattern ?? 'none' },
        age: Math.max(secondsBetween(observedAt, at), secondsBetween(attachedAt, at)),
        told: secondsBetween(attachedAt, at),
      }))
      .sort((a, b) => (a.source + a.stance < b.source + b.stance ? -1 : 1)),
  };
}

function secondsBetween(from: string, to: Date): number {
  return Math.max(0, Math.floor((to.getTime() - Date.parse(from)) / 1000));
}

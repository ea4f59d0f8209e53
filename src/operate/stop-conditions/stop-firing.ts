import type { Stop } from '../../decide/stops/stop-answer.ts';
import { plainText } from '../../describe/claims.ts';
import { changedEvent } from '../../identify/changed-event.ts';
import type { Level } from '../../identify/principal.ts';
import type { Registry } from '../../identify/registry.ts';
import type { Sources } from '../../identify/sources.ts';
import type { LogEvent } from '../../record/store.ts';
import type { Freeze } from '../freeze.ts';
import type { FreezeScope } from '../freeze-scope.ts';
import type { Freezes } from '../freezes.ts';
import { demote } from '../trust/demote.ts';
import type { Subject } from './track.ts';

/** Who acts when nobody does. */
export const GATE = 'gate';
/** What the event of a stop condition is called. */
export const STOP_CONDITION = 'stop.condition';

/** A freeze's reason is cut to fit what people may write themselves. */
const LONGEST_WHY = 600;
/** Decisions that a reason names; the event names all. */
const MOST_NAMED = 5;

export interface FiringParts {
  readonly freezes: Pick<Freezes, 'set'>;
  readonly registry: Registry;
  readonly sources: Sources;
}

/**
 * Does what a condition asks for: first the demotion, where it asks for one, then the freeze with the event that says which
 * condition was met by what. What a crash leaves undone between the two is done when the condition is found met again.
 * @param intents under which the evidence was made: their record tells of the stop too
 * @throws SallyportError `record/unavailable`: then nothing is frozen
 */
export async function fire(
  parts: FiringParts,
  subject: Subject,
  stop: Stop,
  intents: readonly string[],
): Promise<Freeze> {
  const { freezes, sources } = parts;
  const why = plainText(`stop condition ${stop.condition}: ${stop.message}`, LONGEST_WHY);
  if (stop.demote !== undefined && subject.kind === 'agent')
    await keepAtMost(parts, subject.name, stop, stop.demote, why);
  const named = stop.evidence.slice(-MOST_NAMED).join(', ');
  const now = sources.now();
  return freezes.set({
    scope: scopeOf(subject, stop),
    reads: stop.reads,
    by: GATE,
    why: `${why} (${named})`,
    until: stop.minutes === 0 ? null : new Date(now.getTime() + stop.minutes * 60_000).toISOString(),
    events: (freeze) => [stopEvent(subject, stop, intents, why, freeze, sources)],
  });
}

/** To no more than that level; who is at it already, or was moved meanwhile, stays as it is. */
async function keepAtMost({ registry }: FiringParts, id: string, stop: Stop, most: number, why: string): Promise<void> {
  const agent = registry.agent(id);
  const to = LEVELS[most];
  if (agent === undefined || to === undefined) return;
  const evidence = { condition: stop.condition, decisions: [...stop.evidence] };
  await demote(registry, { agent: id, from: agent.level, to, why, evidence });
}

const LEVELS: readonly Level[] = [0, 1, 2, 3, 4, 5];

function scopeOf({ kind, name }: Subject, { freeze }: Stop): FreezeScope {
  if (freeze === 'everything') return { kind: 'everything' };
  switch (kind) {
    case 'agent':
      return { kind, agent: name };
    case 'runbook':
      return { kind, runbook: name };
    case 'service':
      return { kind, service: name };
  }
}

function stopEvent(
  { kind, name }: Subject,
  { condition, evidence, demote: most }: Stop,
  intents: readonly string[],
  why: string,
  freeze: Freeze,
  sources: Sources,
): LogEvent {
  const event = changedEvent(
    {
      ...{ what: STOP_CONDITION, by: GATE, why },
      about: { condition, [kind]: name, freeze: freeze.id, decisions: [...evidence] },
      before: null,
      after: { scope: { ...freeze.scope }, reads: freeze.reads, until: freeze.until, demote: most ?? null },
    },
    sources,
    new Date(freeze.since),
  );
  const links = [
    ...(event.links ?? []),
    ...evidence.map((decision) => `decision:${decision}`),
    ...intents.map((intent) => `intent:${intent}`),
  ];
  return { ...event, links };
}

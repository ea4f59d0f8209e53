import type { Json, JsonObject } from '../json.ts';
import type { LogEvent } from '../record/store.ts';
import type { Sources } from './sources.ts';

/** A change of an agent, an operator or their credentials, as the log keeps it. */
export interface Changed {
  /** What happened to what: `agent.promoted`, `operator.added`, ... */
  readonly what: string;
  /** The operator; `bootstrap` for the first one, who adds themselves. */
  readonly by: string;
  readonly why: string;
  /** What was changed, by its name (`agent`, `operator`, `credential`), and what it was before and is after. */
  readonly about: JsonObject;
  readonly before: Json;
  readonly after: Json;
}

/** What a change may be found by; its `about` names them by their ids. */
const LINKED: ReadonlySet<string> = new Set([
  'agent',
  'decision',
  'freeze',
  'hold',
  'intent',
  'revert',
  'runbook',
  'verification',
]);

/** The event of a change, with an id of its own, found by what it is about. */
export function changedEvent(change: Changed, sources: Sources, now: Date): LogEvent {
  return {
    kind: 'changed',
    id: sources.newId(),
    time: now.toISOString(),
    body: {
      what: change.what,
      by: change.by,
      why: change.why,
      ...change.about,
      before: change.before,
      after: change.after,
    },
    links: Object.entries(change.about).flatMap(([what, id]) =>
      LINKED.has(what) && typeof id === 'string' ? [`${what}:${id}`] : [],
    ),
  };
}

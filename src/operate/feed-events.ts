import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import type { LogEvent } from '../record/store.ts';
import type { FeedEvent } from './feed.ts';

/**
 * What the event stream says of an event of the log: decisions, outcomes and changes as they are recorded, and besides,
 * for a decision that obliges the gate to `notify`, a notification. `asked` and `gate` events stay in the log.
 */
export function feedEventsOf(event: LogEvent): readonly FeedEvent[] {
  const { id, time, body } = event;
  switch (event.kind) {
    case 'decided': {
      const notified = notification(body);
      const decision: FeedEvent = { kind: 'decision', id, time, data: body };
      return notified === undefined ? [decision] : [decision, { kind: 'notify', id, time, data: notified }];
    }
    case 'outcome':
      return [{ kind: 'outcome', id, time, data: body }];
    case 'changed':
      return [{ kind: 'change', id, time, data: body }];
    case 'asked':
    case 'gate':
      return [];
  }
}

/** Only for what goes ahead: a denial obliges the gate to nothing. */
function notification(decided: JsonObject): JsonObject | undefined {
  if (decided.did !== 'allow') return undefined;
  const judgement = decided.judgement;
  const verdict = isObject(judgement) ? judgement.verdict : undefined;
  const obligations = isObject(verdict) && isArray(verdict.obligations) ? verdict.obligations : [];
  const notify = obligations.filter((each) => isObject(each) && each.name === 'notify');
  if (notify.length === 0) return undefined;
  return {
    now: notify.some(isUrgent),
    agent: decided.agent ?? null,
    call: decided.call ?? null,
    did: decided.did,
    reasons: decided.reasons ?? [],
  };
}

function isUrgent(obligation: Json): boolean {
  return isObject(obligation) && isObject(obligation.params) && obligation.params.now === true;
}

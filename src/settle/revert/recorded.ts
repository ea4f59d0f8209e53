import { isReading } from '../../describe/action.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import type { DecisionRecord } from '../../record/store.ts';

/** What the record says of a change that may be taken back. */
export interface RecordedChange {
  readonly id: string;
  readonly route: string;
  /** The agent that made it. */
  readonly agent: string;
  readonly intent: string | undefined;
  /** RFC 3339, UTC, milliseconds: when it was decided. */
  readonly at: string;
  /** `inverse`, `revision` or `recreate`. */
  readonly how: string;
  readonly exact: boolean;
  /** What does not come back, in a word or two each. */
  readonly lost: readonly string[];
}

/** Whether there is anything to take back, and anything to do it by, as far as the record tells. */
export type Recorded =
  | { readonly kind: 'change'; readonly change: RecordedChange }
  | { readonly kind: 'nothing' | 'impossible'; readonly why: string; readonly lost: readonly string[] };

/** Reads what the gate itself has recorded: nobody's word counts here. */
export function readRecorded({ id, decided, outcome }: DecisionRecord): Recorded {
  const lost = strings(at(decided, 'facts', 'lost'));
  const none = (kind: 'nothing' | 'impossible', why: string): Recorded => ({ kind, why, lost });
  if (decided.did !== 'allow') return none('nothing', 'it was not let through, so there is nothing to take back');
  if (isObject(decided.reverts))
    return none(
      'impossible',
      'it takes another decision back itself; have the change made again, so that it is judged as one',
    );
  const action = at(decided, 'input', 'action');
  if (!isObject(action)) return none('impossible', 'its record does not say what it did');
  if (isRead(action)) return none('nothing', 'it only read');
  if (action.dry_run === true || ranDry(decided)) return none('nothing', 'it was a dry run, which changed nothing');
  const ended = endedWithout(outcome);
  if (ended !== undefined) return none(ended.kind, ended.why);
  const { how, exact } = isObject(action.way_back) ? action.way_back : {};
  if (how === 'not_needed')
    return none('nothing', 'it needs no way back: there is nothing that would have to be put back');
  if (how === 'none')
    return none(
      'impossible',
      `there is no way back${lost.length === 0 ? '' : `: ${lost.join(', ')} cannot be brought back`}`,
    );
  if (typeof how !== 'string' || how === 'unknown') return none('impossible', 'no way back is known for what it did');
  const [route, agent, intent] = [
    at(decided, 'call', 'route'),
    at(decided, 'agent', 'id'),
    at(decided, 'agent', 'intent'),
  ];
  const time = at(decided, 'time');
  if (typeof route !== 'string' || typeof agent !== 'string' || typeof time !== 'string')
    return none('impossible', 'its record does not say whose it was');
  return {
    kind: 'change',
    change: {
      id,
      route,
      agent,
      intent: typeof intent === 'string' ? intent : undefined,
      at: time,
      how,
      exact: exact === true,
      lost,
    },
  };
}

function isRead(action: JsonObject): boolean {
  const { class: name } = action;
  return (['discovery', 'telemetry', 'read', 'sensitive_read'] as const).some(
    (reading) => reading === name && isReading({ class: reading }),
  );
}

function ranDry(decided: JsonObject): boolean {
  const obligations = at(decided, 'judgement', 'verdict', 'obligations');
  return decided.by === 'policy' && isArray(obligations) && obligations.some((one) => at(one, 'name') === 'as-dry-run');
}

/** How it ended, where that leaves nothing to take back; of what nobody knows the end of, live state tells. */
function endedWithout(outcome: JsonObject | undefined): { kind: 'nothing' | 'impossible'; why: string } | undefined {
  if (outcome === undefined) return { kind: 'impossible', why: 'it has not ended yet' };
  const { state, status } = outcome;
  if (state === 'not-sent' || state === 'refused') return { kind: 'nothing', why: 'it was never sent' };
  if (typeof status === 'number' && status >= 300 && status < 500)
    return { kind: 'nothing', why: `the upstream did not do it: it answered ${status}` };
  return undefined;
}

function strings(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

import { SallyportError } from '../../errors.ts';
import { changedEvent } from '../../identify/changed-event.ts';
import type { Sources } from '../../identify/sources.ts';
import type { JsonObject } from '../../json.ts';
import type { LogEvent, Store } from '../../record/store.ts';
import type { HeldCall } from '../../settle/hold/held-call.ts';
import { unmet } from '../../settle/hold/quorum.ts';
import type { Claim, TaskHandler } from '../schedule/attempt.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Task } from '../schedule/task.ts';
import { type Turn, turnsOf } from './turns.ts';

/** Whom a held call is brought before next. */
const ESCALATE = 'hold.escalate';
/** The window that a held call waits for opens. */
const WINDOW = 'hold.window';

export interface EscalationParts {
  readonly store: Pick<Store, 'transact'>;
  readonly sources: Sources;
  readonly holds: { get(id: string): Promise<HeldCall> };
  readonly schedule: Pick<Schedule, 'on'>;
}

/** What is planned with a hold, in its transaction. */
export function holdTasks({ id, state, openedAt, holds, escalation }: HeldCall): readonly Task[] {
  const tasks: Task[] = [];
  const [first] = escalation === undefined || state !== 'waiting' ? [] : turnsOf(escalation, openedAt);
  if (first !== undefined) tasks.push(task(ESCALATE, id, first.at, { hold: id, turn: 0 }));
  const opens = holds.flatMap(({ kind, until }) => (kind === 'window' && until !== '' ? [Date.parse(until)] : []));
  if (opens.length > 0) tasks.push(task(WINDOW, id, new Date(Math.max(...opens)).toISOString(), { hold: id }));
  return tasks;
}

/**
 * Brings held calls before whom policy names, step by step, as long as nobody has decided (P2), and says when the window that
 * one waits for is open. Each is on the record in the transaction that plans the next, so it is said once. What ends a hold
 * whose time is over is not here: that hangs on nothing that was planned.
 */
export function escalateHolds(parts: EscalationParts): void {
  const { holds, schedule, sources } = parts;
  schedule.on(
    ESCALATE,
    handling(holds, async (held, { body }, claim) => {
      const now = sources.now();
      if (held.state !== 'waiting' || held.escalation === undefined || held.decideBy <= now.toISOString()) return;
      const from = Number(body.turn);
      const left = turnsOf(held.escalation, held.openedAt).slice(from);
      // The gate may not have run meanwhile: whoever was missed is asked now, all at once.
      const due = left.filter(({ at }) => at <= now.toISOString());
      const next = left[due.length];
      const put = next === undefined ? claim.done : claim.again(next.at, { ...body, turn: from + due.length });
      await parts.store.transact([put], due.length === 0 ? [] : [escalated(held, due, sources)]);
    }),
  );
  schedule.on(
    WINDOW,
    handling(holds, async (held, _task, claim) => {
      if (held.state === 'approved') await parts.store.transact([claim.done], [ready(held, sources)]);
    }),
  );
}

function handling(
  holds: EscalationParts['holds'],
  handle: (held: HeldCall, task: Task, claim: Claim) => Promise<void>,
): TaskHandler {
  return async (due, claim) => {
    try {
      await handle(await holds.get(String(due.body.hold)), due, claim);
    } catch (error) {
      // Nothing to ask about: it never came to a hold.
      if (!(error instanceof SallyportError && error.code === 'request/not-found')) throw error;
    }
  };
}

function escalated(held: HeldCall, turns: readonly Turn[], sources: Sources): LogEvent {
  const last = turns.at(-1);
  const missing = unmet(held.holds, held.approvals, sources.now()).flatMap(({ groups }) => groups);
  const ask = distinct(turns.flatMap((turn) => (turn.ask.length === 0 && turn.loop > 0 ? missing : turn.ask)));
  const tell = distinct(turns.flatMap((turn) => turn.tell)).filter((group) => !ask.includes(group));
  const isLast = last?.loop === 0;
  const loops = held.escalation?.loops ?? 0;
  const why = isLast
    ? `all rounds are over and nobody has decided: without a decision it is denied at ${held.decideBy}`
    : `nobody has decided yet: step ${last?.step} of round ${last?.loop} of ${loops}`;
  return event('hold.escalated', why, held, sources, {
    ...{ loop: last?.loop ?? 0, step: last?.step ?? 0, last: isLast },
    ...{ ask, tell, groups: [...ask, ...tell], notify: distinct(turns.flatMap((turn) => turn.notify)) },
    decideBy: held.decideBy,
  });
}

function ready(held: HeldCall, sources: Sources): LogEvent {
  return event('hold.ready', `its change window is open: it may run until ${held.runBy}`, held, sources, {
    runBy: held.runBy,
  });
}

function event(what: string, why: string, held: HeldCall, sources: Sources, after: JsonObject): LogEvent {
  const { id, agent, intent } = held;
  const about = { hold: id, agent, ...(intent === null ? {} : { intent }) };
  return changedEvent({ what, by: 'gate', why, about, before: null, after }, sources, sources.now());
}

function task(kind: string, hold: string, due: string, body: JsonObject): Task {
  return { id: `${kind}:${hold}`, kind, due, body };
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

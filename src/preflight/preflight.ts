import { SallyportError } from '../errors.ts';
import { changedEvent } from '../identify/changed-event.ts';
import type { Principal } from '../identify/principal.ts';
import { agentAs } from '../intents/intent.ts';
import type { JsonObject } from '../json.ts';
import { outcomeEvent } from '../record/case-events.ts';
import type { LogEvent } from '../record/store.ts';
import type { Delivery } from '../settle/delivery.ts';
import { judgeTogether, measured, type PlanHead, type PreflightParts, refusalFor } from './judge-plan.ts';
import type { Plan } from './plan.ts';
import { type Judged, planAnswer, recordedCall } from './plan-answer.ts';

/** Judges a plan, and when it says so asks people for all that it will need. @throws SallyportError */
export type Preflight = (plan: Plan, principal: Principal, head: PlanHead) => Promise<JsonObject>;

/**
 * What would become of a plan, as if each call came now. Each is described, measured and judged by the stages that it will pass;
 * nothing is forwarded and nothing is reserved, but each is judged as if those before it that may run alone had been let through.
 */
export function createPreflight(parts: PreflightParts): Preflight {
  return async (plan, principal, head) => {
    const id = parts.sources.newId();
    const judged: Judged[] = [];
    for (const call of plan.calls) judged.push(await measured(parts, call, principal, head));
    if (parts.ledger.current !== undefined) await parts.ledger.current;
    judgeTogether(parts, judged, () => undefined);
    if (plan.ask) for (const one of judged) await askPeople(parts, judged, one, id);
    await record(parts, id, judged, principal, plan.ask);
    return planAnswer(id, judged, parts.named);
  };
}

/** Judgements of one call, at most, when others are quicker each time. */
const MOST_JUDGEMENTS = 3;

/**
 * Opens the hold of a call ahead of it, as one of the plan's group: by the record it is a call that was held. When it comes, it finds
 * what people have decided by its canonical change.
 */
async function askPeople(parts: PreflightParts, plan: readonly Judged[], one: Judged, group: string): Promise<void> {
  const { file } = one;
  if (one.refused !== undefined || file?.decision?.did !== 'hold' || file.described === undefined) return;
  const { desk, recorder, ledger } = parts;
  const before = plan.slice(0, plan.indexOf(one)).filter((other) => other.file?.decision?.did === 'allow');
  file.described = { ...file.described, group };
  try {
    for (let judgement = 1; ; judgement += 1) {
      if (ledger.current !== undefined) await ledger.current;
      // An approval is not used up by asking; and what has changed since may need nobody, or be refused.
      const along = judgeTogether(parts, [...before, one], () =>
        file.decision?.did === 'hold' ? { writes: desk.along(file) } : undefined,
      );
      if (along === undefined) return;
      try {
        return await recorder.decided(file, along.writes);
      } catch (error) {
        const outrun = error instanceof SallyportError && error.code === 'record/conflict';
        if (!outrun || judgement === MOST_JUDGEMENTS) throw error;
        await along.writes?.outrun();
      }
    }
  } catch (thrown) {
    one.refused = refusalFor(thrown);
  }
}

/** What was asked about has its end, and what was found is written down, all of it or nothing. */
async function record(
  { store, sources }: PreflightParts,
  id: string,
  judged: readonly Judged[],
  { agent, intent }: Principal,
  asked: boolean,
): Promise<void> {
  const now = sources.now();
  const files = judged.flatMap(({ file }) => (file?.recordedAsked && !file.recordedDecided ? [file] : []));
  const ends = files.map((file): LogEvent => {
    const event = outcomeEvent(file, NOT_SENT, now);
    return { ...event, body: { ...event.body, end: 'preflight' } };
  });
  const named = judged.flatMap(({ file }) => file?.principal?.intent ?? [])[0] ?? intent;
  const found = changedEvent(
    {
      what: 'preflight.judged',
      by: agentAs(agent.id),
      why: `a plan of ${judged.length} ${judged.length === 1 ? 'call' : 'calls'}`,
      about: { preflight: id, agent: agent.id, ...(named === undefined ? {} : { intent: named }) },
      before: null,
      after: { asked, calls: judged.map(recordedCall) },
    },
    sources,
    now,
  );
  await store.transact([], [found, ...ends]);
}

/** Nothing ever was to be sent. */
const NOT_SENT: Delivery = { sent: false, status: undefined, bytes: 0, end: 'complete', error: undefined };

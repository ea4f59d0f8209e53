import type { Route } from '../config.ts';
import type { Ledger } from '../decide/budget/ledger.ts';
import { Denied } from '../decide/decider.ts';
import { SallyportError } from '../errors.ts';
import type { Stages } from '../gate.ts';
import { changedEvent } from '../identify/changed-event.ts';
import type { Principal } from '../identify/principal.ts';
import type { Sources } from '../identify/sources.ts';
import { agentAs } from '../intents/intent.ts';
import type { JsonObject } from '../json.ts';
import type { WireCall, WireHead } from '../listen/wire.ts';
import { outcomeEvent } from '../record/case-events.ts';
import { CaseFile } from '../record/case-file.ts';
import type { LogEvent, Store } from '../record/store.ts';
import type { Delivery } from '../settle/delivery.ts';
import { refusalOf } from '../settle/refusal.ts';
import { type Plan, wireCallOf } from './plan.ts';
import { type Judged, planAnswer, recordedCall } from './plan-answer.ts';

export interface PreflightParts
  extends Pick<Stages, 'laneOf' | 'identify' | 'bindIntent' | 'decider' | 'measure' | 'recorder' | 'desk' | 'epoch'> {
  readonly newDecisionId: () => string;
  readonly ledger: Pick<Ledger, 'current' | 'drop' | 'reload'>;
  readonly store: Store;
  readonly sources: Sources;
  readonly routes: readonly Route[];
  /** As the settler's: operators' ids become names. */
  readonly named: (text: string) => string;
}

/** Who asks about a plan: the head of the request to the gate itself. */
export type PlanHead = Pick<WireHead, 'headers' | 'peer'>;

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

/** Everything that comes before the verdict; what is thrown on the way is the call's refusal, and no other call's. */
async function measured(
  parts: PreflightParts,
  call: Plan['calls'][number],
  principal: Principal,
  head: PlanHead,
): Promise<Judged> {
  const judged: Judged = { call, file: undefined, refused: undefined };
  try {
    const wire = wireCallOf(call, parts.routes, head, (route) => parts.laneOf(route).surface.repeatable);
    const file = new CaseFile(parts.newDecisionId(), parts.sources.now(), wire.route, wire, parts.epoch());
    judged.file = file;
    file.call = wire;
    await measure(parts, file, wire, head);
    // A credential may change hands while a plan is measured: whoever asked is who is judged.
    if (file.principal?.agent.id !== principal.agent.id)
      throw new SallyportError('identity/invalid', 'who asks changed');
  } catch (thrown) {
    judged.refused = refusalFor(thrown);
  }
  return judged;
}

async function measure(parts: PreflightParts, file: CaseFile, wire: WireCall, head: PlanHead): Promise<void> {
  const { decider, recorder } = parts;
  const lane = parts.laneOf(wire.route);
  file.principal = await parts.identify({ ...head, route: wire.route });
  file.described = lane.surface.describe(wire);
  await parts.bindIntent(file);
  decider.guard(file);
  file.facts = lane.measurer.atHand(wire, file.described);
  if (file.facts !== undefined) return;
  decider.ask(file);
  await recorder.asked(file);
  file.facts = await parts.measure(file, lane, wire);
}

/**
 * In one turn of the loop: nobody else is judged by what a plan would take.
 * @param meanwhile called while what they would take counts
 */
function judgeTogether<T>({ decider, ledger }: PreflightParts, judged: readonly Judged[], meanwhile: () => T): T {
  const taken: CaseFile[] = [];
  try {
    for (const one of judged) {
      const { file } = one;
      if (file?.facts === undefined || one.refused !== undefined) continue;
      try {
        decider.decide(file);
        if (file.reservation !== undefined) taken.push(file);
      } catch (thrown) {
        one.refused = refusalFor(thrown);
      }
    }
    return meanwhile();
  } finally {
    for (const file of taken.reverse()) {
      ledger.drop(file.id);
      file.reservation = undefined;
    }
  }
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

function refusalFor(thrown: unknown): NonNullable<Judged['refused']> {
  if (thrown instanceof Denied) return { by: thrown.by, reasons: thrown.reasons };
  const rule = thrown instanceof SallyportError ? thrown.code : 'gate/fault';
  const { message } = refusalOf(thrown, undefined);
  return { by: 'gate', reasons: [{ rule, message, fix: '' }] };
}

import { decideOnRecord } from '../../decide/decide-on-record.ts';
import { Denied } from '../../decide/decider.ts';
import type { Reason } from '../../decide/verdict.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { CaseFile } from '../../record/case-file.ts';
import type { Put } from '../../record/store.ts';
import type { HoldAlong } from '../hold/hold-desk.ts';
import { sentence } from '../refusal.ts';
import { nameOf, principalOf } from './actor.ts';
import { type Ended, endEvents, ended, recordEnd, resultOf, tried } from './ended.ts';
import type { RevertParts } from './parts.ts';
import type { Sent } from './plan.ts';
import { type Planned, rehearse } from './planned.ts';
import type { RevertOrder, RevertResult } from './reverts.ts';
import { beginning, ending, type KeptAttempt, readAttempt, type TakenBack } from './taken-back.ts';

type PlannedCall = Extract<Planned, { kind: 'call' }>;

/**
 * Takes one call of the gate's own through the stages of `gate.ts`: read, guarded, measured, judged, recorded, sent. What ran
 * before it and what it takes back were read from the record; its attempt begins with its decision, in one transaction.
 */
export async function runRevert(
  parts: RevertParts,
  order: RevertOrder,
  planned: PlannedCall,
  kept: KeptAttempt,
): Promise<RevertResult> {
  const { change, lane, call } = planned;
  const file = new CaseFile(parts.newDecisionId(), parts.sources.now(), lane.route, call, parts.epoch.value);
  const { id, at } = change;
  file.principal = principalOf(order.by, order.why, change.intent);
  file.call = call;
  file.described = withReason(lane.surface.describe(call), order.why);
  file.reverts = { decision: id, at, by: order.by.kind, forced: order.force };
  const running = { parts, order, planned, kept, file };
  try {
    parts.decider.guard(file);
    parts.decider.ask(file);
    await parts.recorder.asked(file);
    const facts = await lane.measurer.measure(call, file.described, file.principal, parts.measureWithin);
    // Labels that come back with what was deleted were there before, by the gate's own sealed record.
    file.facts = planned.restores ? { ...facts, touchesAuthority: false } : facts;
    const refusal = await rehearse(parts, order, planned);
    if (refusal !== undefined) throw new Denied('gate', [{ rule: DRY_RUN, message: refusal, fix: '' }]);
    await decideOnRecord(
      { ...parts, decider: { decide: (each) => decideAlone(parts, each) }, desk: { along: () => along(running) } },
      file,
    );
  } catch (error) {
    if (error instanceof AlreadyTried) return resultOf(parts, order, error.end);
    if (file.recordedDecided || (!(error instanceof Denied) && !(error instanceof SallyportError))) throw error;
    const verdict = file.asked?.verdict;
    file.decision =
      error instanceof Denied
        ? { did: 'deny', by: error.by, reasons: error.reasons, verdict }
        : { did: 'deny', by: 'gate', reasons: [{ rule: error.code, message: error.message, fix: '' }], verdict };
    await parts.recorder.decided(file, error instanceof Denied ? along(running) : undefined);
    if (!(error instanceof Denied)) throw error;
  }
  if (file.decision?.did !== 'allow') return resultOf(parts, order, blocked(running));
  return send(running);
}

/** The upstream itself would not take it. */
const DRY_RUN = 'gate/dry-run';

interface Running {
  readonly parts: RevertParts;
  readonly order: RevertOrder;
  readonly planned: PlannedCall;
  readonly kept: KeptAttempt;
  readonly file: CaseFile;
}

/** The agent's call carries the reason as a claim; so does this one, for the rules and the record. */
function withReason<T extends NonNullable<CaseFile['described']>>(described: T, why: string): T {
  return { ...described, claims: { ...described.claims, reason: why } };
}

/** What people would have to approve nobody approves of a call that nobody sends again: the gate leaves it to an operator. */
function decideAlone({ decider }: RevertParts, file: CaseFile): void {
  decider.decide(file);
  const { decision } = file;
  if (decision?.did !== 'hold') return;
  const fix = 'people have to look at it: an operator may order it';
  file.decision = { ...decision, did: 'deny', reasons: decision.reasons.map((reason) => ({ ...reason, fix })) };
}

/** Somebody else was quicker. */
class AlreadyTried extends Error {
  readonly end: Ended;

  constructor(end: Ended) {
    super(end.message);
    this.end = end;
  }
}

/** What is written with the decision: that an attempt begins, or that something stands against it. */
function along(running: Running): HoldAlong {
  const { parts, order, kept, file } = running;
  const allowed = file.decision?.did === 'allow';
  return {
    puts: allowed ? beginning(order.decision, kept, attemptOf(running, 'running')) : [],
    events: allowed ? [] : endEvents(parts, order, blocked(running), running.planned.change),
    done: () => undefined,
    outrun: async () => {
      const now = await readAttempt(parts.store, order.decision);
      if (now.version === kept.version) return;
      throw new AlreadyTried(tried(now.attempt) ?? ended('conflict', 'somebody else tried it just now: look again'));
    },
  };
}

function attemptOf({ order, file }: Running, state: TakenBack['state']): TakenBack {
  return { state, revert: file.id, by: nameOf(order.by), at: file.time };
}

function blocked({ file, planned }: Running): Ended {
  const reasons: readonly Reason[] = file.decision?.reasons ?? [];
  const state = reasons[0]?.rule === DRY_RUN ? 'refused' : 'blocked';
  return ended(state, sentence(reasons, file.id), { revert: file.id, lost: planned.change.lost });
}

async function send(running: Running): Promise<RevertResult> {
  const { parts, order, planned, kept, file } = running;
  const { lane, inverse, call, change } = planned;
  const { principal } = file;
  if (principal === undefined) throw new TypeError('nothing is sent for nobody');
  await parts.stall?.(file);
  const sent = await inverse.send(call, principal, () => lastLook(parts, file));
  if (sent.status === 401) lane.upstream.invalidate();
  await parts.recorder.outcome(file, sent).catch((error) => parts.report(error, file.id));
  const end = endOfSent(running, sent);
  const state = end.state === 'ran' ? 'ran' : end.state === 'failed' ? 'lost' : 'ended';
  const puts: readonly Put[] = ending(order.decision, kept.version + 1, attemptOf(running, state));
  try {
    return await recordEnd(parts, order, end, change, puts);
  } catch (error) {
    // It happened all the same; the next start finds out from the record.
    parts.report(error, file.id);
    return resultOf(parts, order, {
      ...end,
      message: `${end.message} (this could not be recorded: ${messageOf(error)})`,
    });
  }
}

/** The epoch is compared when the connection stands and nothing was written: if it moved, the guards look again. */
function lastLook({ epoch, decider }: RevertParts, file: CaseFile): SallyportError | undefined {
  if (epoch.value === file.epoch) return undefined;
  const reason = decider.standing(file);
  return reason === undefined ? undefined : new SallyportError('identity/revoked', sentence([reason], file.id));
}

/** The server refuses what was tested and is not so any more by one of these. */
const CHANGED_MEANWHILE: ReadonlySet<number> = new Set([409, 422]);

function endOfSent({ file, planned }: Running, { sent, status, end, error, said }: Sent): Ended {
  const more = { revert: file.id, lost: planned.change.lost };
  if (end === 'refused') return ended('blocked', error?.message ?? 'something came in between', more);
  if (!sent)
    return ended('refused', `nothing was sent: ${error?.message ?? 'the upstream could not be reached'}`, more);
  if (status === undefined || end !== 'complete' || status >= 500)
    return ended('failed', `nobody knows whether it ran: ${error?.message ?? said}; look at what is there`, more);
  if (CHANGED_MEANWHILE.has(status))
    return ended('conflict', `it was changed while it was being taken back, and nothing was done: ${said}`, more);
  if (status >= 300) return ended('refused', `the upstream refused it: ${said}`, more);
  const { conflicts } = planned;
  const lost = more.lost.length === 0 ? '' : `; what does not come back: ${more.lost.join(', ')}`;
  return ended('ran', `done: ${planned.does}${lost}`, { ...more, conflicts });
}

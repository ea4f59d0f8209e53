import { messageOf, SallyportError } from '../../errors.ts';
import { WAY_BACK } from '../../record/recorder.ts';
import type { Lane } from '../lane.ts';
import { replicasSent } from '../verify/verification.ts';
import { principalOf } from './actor.ts';
import { endOf, tried } from './ended.ts';
import type { RevertParts } from './parts.ts';
import type { Inverse, Plan } from './plan.ts';
import { type RecordedChange, readRecorded } from './recorded.ts';
import type { RevertOrder, WayBackNow } from './reverts.ts';
import { readAttempt } from './taken-back.ts';

/** What taking a recorded decision back comes to. */
export type Planned =
  | (Extract<Plan, { kind: 'call' }> & {
      readonly change: RecordedChange;
      readonly lane: Lane;
      readonly inverse: Inverse;
    })
  | (Exclude<Plan, { kind: 'call' }> & {
      readonly lost: readonly string[];
      readonly change: RecordedChange | undefined;
    });

/**
 * From the gate's own record, from what was sealed with it, and from what is there now: nobody's word counts.
 * @throws SallyportError `request/not-found`, `record/unavailable`, `measure/failed`
 */
export async function planRevert(parts: RevertParts, order: RevertOrder): Promise<Planned> {
  const record = await parts.store.decision(order.decision);
  if (record === undefined) throw new SallyportError('request/not-found', `there is no decision ${order.decision}`);
  const recorded = readRecorded(record);
  if (recorded.kind !== 'change') return { ...recorded, change: undefined };
  const { change } = recorded;
  const impossible = (why: string): Planned => ({ kind: 'impossible', why, lost: change.lost, change });
  const lane = parts.laneOf(change.route);
  const inverse = lane?.inverse;
  if (lane === undefined || inverse === undefined) return impossible(`route ${change.route} is not there any more`);
  const sealed = await parts.store.sealed(change.id, WAY_BACK);
  if (sealed === undefined) return impossible('what the way back needs was not kept, or is erased by now');
  let captured: string;
  try {
    captured = Buffer.from(parts.sealer.open(change.id, WAY_BACK, sealed)).toString('utf8');
  } catch (error) {
    return impossible(messageOf(error));
  }
  const { force, why, by, decision } = order;
  const principal = principalOf(by, why, change.intent);
  const replicas = await replicasSent(parts.store, decision);
  const plan = await inverse.plan({ captured, at: change.at, force, why, decision, replicas }, principal);
  return plan.kind === 'call' ? { ...plan, change, lane, inverse } : { ...plan, lost: change.lost, change };
}

/** Whether and how a decision could be taken back now; the server's own dry run says whether it would do it. */
export async function wayBackNow(parts: RevertParts, order: RevertOrder): Promise<WayBackNow> {
  const already = tried((await readAttempt(parts.store, order.decision)).attempt);
  const planned = await planRevert(parts, order);
  const { change } = planned;
  const now = {
    decision: order.decision,
    how: change?.how ?? 'none',
    exact: change?.exact ?? false,
    changes: planned.kind === 'call' ? planned.changes : [],
    conflicts: planned.kind === 'call' || planned.kind === 'conflict' ? planned.conflicts : [],
    lost: planned.kind === 'call' ? planned.change.lost : planned.lost,
  };
  const says = (state: WayBackNow['state'], message: string): WayBackNow => ({
    ...now,
    state,
    message: parts.named(message),
  });
  if (already !== undefined) return says('nothing-to-do', already.message);
  if (planned.kind === 'nothing') return says('nothing-to-do', planned.why);
  if (planned.kind !== 'call') return says(planned.kind, endOf(planned).message);
  const refusal = await rehearse(parts, order, planned);
  if (refusal !== undefined) return says('refused', refusal);
  return says('possible', `it would ${planned.does}`);
}

/**
 * Has the upstream run the call dry, where it certainly would persist nothing.
 * @returns why it would not take it; undefined: nothing stands against it, or nobody can tell beforehand
 */
export async function rehearse(
  _parts: RevertParts,
  { by, why }: RevertOrder,
  { lane, call, change }: Extract<Planned, { kind: 'call' }>,
): Promise<string | undefined> {
  const described = lane.surface.describe(call);
  if (described.runsDry !== true) return undefined;
  const ran = await lane.runDry(call, principalOf(by, why, change.intent));
  if (ran.would) return undefined;
  return `the upstream would not take it: ${saidIn(ran.answer.body)}`;
}

function saidIn(body: string): string {
  const value: unknown = JSON.parse(body);
  return typeof value === 'object' && value !== null && 'message' in value ? String(value.message) : body.trim();
}

import type { Route } from '../config.ts';
import type { Ledger } from '../decide/budget/ledger.ts';
import { Denied } from '../decide/decider.ts';
import { SallyportError } from '../errors.ts';
import type { Stages } from '../gate.ts';
import type { Principal } from '../identify/principal.ts';
import type { Sources } from '../identify/sources.ts';
import type { WireCall, WireHead } from '../listen/wire.ts';
import { CaseFile } from '../record/case-file.ts';
import type { Store } from '../record/store.ts';
import { refusalOf } from '../settle/refusal.ts';
import { type Plan, wireCallOf } from './plan.ts';
import type { Judged } from './plan-answer.ts';

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

/** Everything that comes before the verdict; what is thrown on the way is the call's refusal, and no other call's. */
export async function measured(
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
export function judgeTogether<T>(
  { decider, ledger }: PreflightParts,
  judged: readonly Judged[],
  meanwhile: () => T,
): T {
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

/** Why a call is refused, for whatever was thrown on its way. */
export function refusalFor(thrown: unknown): NonNullable<Judged['refused']> {
  if (thrown instanceof Denied) return { by: thrown.by, reasons: thrown.reasons };
  const rule = thrown instanceof SallyportError ? thrown.code : 'gate/fault';
  const { message } = refusalOf(thrown, undefined);
  return { by: 'gate', reasons: [{ rule, message, fix: '' }] };
}

import type { Route } from './config.ts';
import type { Ledger } from './decide/budget/ledger.ts';
import { decideOnRecord } from './decide/decide-on-record.ts';
import type { Decider } from './decide/decider.ts';
import type { Identify } from './identify/identify.ts';
import type { Exchange } from './listen/exchange.ts';
import type { CallHandler } from './listen/server.ts';
import type { WireCall, WireHead } from './listen/wire.ts';
import { refuseRepeated } from './listen/wire-path.ts';
import type { Facts } from './measure/facts.ts';
import { CaseFile } from './record/case-file.ts';
import type { Recorder } from './record/recorder.ts';
import type { HoldDesk } from './settle/hold/hold-desk.ts';
import type { Lane } from './settle/lane.ts';
import type { Settled, Settler } from './settle/settler.ts';

/** The stages of the way, put together by `serve.ts`. */
export interface Stages {
  readonly newId: () => string;
  readonly now: () => Date;
  readonly epoch: () => number;
  /** Bytes of the largest body that is read. */
  readonly maxBody: number;
  readonly laneOf: (route: Route) => Lane;
  readonly identify: Identify;
  /** Puts a call under the intent that it names. @throws Denied */
  readonly bindIntent: (file: CaseFile) => void | Promise<void>;
  readonly decider: Decider;
  readonly measure: (file: CaseFile, lane: Lane, call: WireCall) => Promise<Facts>;
  readonly ledger: Pick<Ledger, 'current' | 'reload'>;
  readonly recorder: Recorder;
  readonly settler: Settler;
  readonly desk: HoldDesk;
}

/**
 * One call, start to finish. Each stage takes what the earlier ones made and adds one thing; whatever goes wrong in
 * one of them throws, and what throws is refused, with its reason, on the record.
 */
export function createGate(stages: Stages): CallHandler {
  return {
    async handle(head: WireHead, exchange: Exchange): Promise<void> {
      let call: WireCall | undefined;
      let settled: Settled = 'again';
      // Once, but for a call that was held: when people have approved it, it goes the whole way again, as it is then.
      while (settled === 'again') {
        const file = new CaseFile(stages.newId(), stages.now(), head.route, head, stages.epoch());
        file.call = call;
        try {
          settled = await pass(stages, file, head, exchange);
        } catch (error) {
          settled = 'over';
          await stages.settler.refuse(file, exchange, error);
        }
        call = file.call;
      }
    },

    /** A call whose head cannot be read: nobody knows who asks for what, so it is refused and recorded as that. */
    async malformed(route: Route, exchange: Exchange, error: unknown): Promise<void> {
      await stages.settler.refuse(
        new CaseFile(stages.newId(), stages.now(), route, undefined, stages.epoch()),
        exchange,
        error,
      );
    },
  };
}

async function pass(stages: Stages, file: CaseFile, head: WireHead, exchange: Exchange): Promise<Settled> {
  const { decider, recorder, settler } = stages;
  const lane = stages.laneOf(head.route);

  // Who? The head is enough, so that a stranger's body is never held.
  file.principal = await stages.identify(head);

  // What? The body is read once; what is judged is what will leave.
  refuseRepeated(head.path, lane.surface.repeatable);
  const call: WireCall = file.call ?? { ...head, body: await exchange.read(stages.maxBody) };
  file.call = call;
  file.described = lane.surface.describe(call);

  // What for? An intent that is not the agent's own, or is over, is no reason to let anything through.
  await stages.bindIntent(file);

  // kubectl asks for a stream that was denied over a WebSocket at once again over SPDY: the same question, one decision.
  if (settler.answersAgain(file, exchange)) return 'over';
  // People may be deciding about this very call: a retry waits with it, and is no new question.
  const held = settler.waitsFor(file);
  if (held !== undefined) return settler.wait(file, held, exchange);

  // May it ask at all? The gate's own guards first; nothing upstream was touched yet.
  decider.guard(file);

  // How big, where, when? From live state, never from the caller. When that takes asking the upstream, the rules that
  // need no facts are asked before, and the question is on the record before it is put.
  file.facts = lane.measurer.atHand(call, file.described);
  if (file.facts === undefined) {
    decider.ask(file);
    await recorder.asked(file);
    file.facts = await stages.measure(file, lane, call);
  }

  // Is it right, now? Every rule, on every fact and on what is left of its budgets; the gate's guards again, on what the
  // facts have shown. Then on the record, durably, before the first byte leaves and before the caller hears of it.
  await decideOnRecord(stages, file);

  // Forward, hold or deny; then the outcome.
  return settler.settle(file, lane, call, exchange);
}

import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { createDecider } from '../decide/decider.ts';
import { messageOf } from '../errors.ts';
import type { Sources } from '../identify/sources.ts';
import type { CaseFile } from '../record/case-file.ts';
import { newDecisionId } from '../record/decision-id.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Lane } from '../settle/lane.ts';
import { Actors, operatorAnswers } from '../settle/revert/actor.ts';
import { openReverts as open, type Reverts } from '../settle/revert/reverts.ts';
import { CAN, type Policy } from './policy.ts';
import type { State } from './state.ts';

export interface RevertsOptions {
  readonly state: State;
  readonly policy: Policy;
  readonly laneOf: (route: string) => Lane;
  readonly recorder: Recorder;
  readonly sources: Sources;
  readonly logger: Logger;
  readonly named: (text: string) => string;
  readonly stall: ((file: CaseFile) => Promise<void>) | undefined;
}

/** Puts together what takes decisions back: it judges by the bundle in force, as operators or as the gate. */
export function openReverts(config: Config, options: RevertsOptions): Promise<Reverts> {
  const { state, policy, laneOf, recorder, sources, logger, named, stall } = options;
  const { store, sealer, ledger, freezes, access } = state;
  const { now } = sources;
  const actors = new Actors((id) => access.find(id));
  const decider = createDecider({
    ...{ now, ledger, can: CAN, registry: actors },
    judge: () => policy.bundles.current.judge,
    freezes: {
      covering: (at, subject) =>
        freezes.covering(at, subject).filter((freeze) => actors.isBoundBy(freeze, subject.agent)),
    },
    answersFor: operatorAnswers,
  });
  const routes = new Set(config.routes.map(({ name }) => name));
  return open({
    ...{ store, sealer, recorder, ledger, decider, epoch: policy.epoch, sources, named, stall },
    laneOf: (route) => (routes.has(route) ? laneOf(route) : undefined),
    newDecisionId: () => newDecisionId(now().getTime()),
    measureWithin: config.limits.measureTimeout,
    report: (error, decision) => logger.error({ decision, error: messageOf(error) }, 'a revert could not be handled'),
  });
}

import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import type { Stages } from '../gate.ts';
import { bindIntent } from '../intents/bind.ts';
import { MeasureTurns } from '../measure/measure-turns.ts';
import type { CaseFile } from '../record/case-file.ts';
import { newDecisionId } from '../record/decision-id.ts';
import type { Publishing } from '../record/publishing.ts';
import { createRecorder, type Recorder } from '../record/recorder.ts';
import type { Lane } from '../settle/lane.ts';
import { SecondTries } from '../settle/second-tries.ts';
import { createSettler } from '../settle/settler.ts';
import type { Verifications } from '../settle/verify/verifications.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

/** Measurements that one agent may have under way at once. */
const MEASURING_AT_ONCE = 16;

export interface StagesParts {
  readonly state: State;
  readonly policy: Policy;
  readonly laneOf: (route: string) => Lane;
  readonly publishing: Publishing;
  readonly verifications: Verifications;
  readonly logger: Logger;
  readonly now: () => Date;
  /** For tests: waited for between the record of an allowed call and its first byte. */
  readonly stall: ((file: CaseFile) => Promise<void>) | undefined;
}

/** The way of a call, and what others besides calls go by: reverts are recorded, preflights judged as calls are. */
export interface OpenedStages {
  readonly stages: Stages;
  readonly recorder: Recorder;
  /** A text with operators' ids replaced by their names. */
  readonly named: (text: string) => string;
}

/** Puts the stages of a call together. */
export function openStages(config: Config, parts: StagesParts): OpenedStages {
  const { state, policy, laneOf, publishing, verifications, logger, now, stall } = parts;
  const recorder = createRecorder({
    store: state.store,
    ledger: state.ledger,
    sealer: state.sealer,
    now,
    published: (event, file) => publishing.tell(event, file),
  });
  const named = (text: string) => state.access.list().reduce((told, { id, name }) => told.replaceAll(id, name), text);
  const settler = createSettler({
    recorder,
    epoch: policy.epoch,
    openCalls: policy.openCalls,
    secondTries: new SecondTries(now),
    laneOf: (file) => laneOf(file.route.name),
    standing: (file) => policy.decider.standing(file),
    lapsed: (file) => policy.decider.lapsed(file),
    verifications,
    named,
    report: (error, file) =>
      logger.error({ decision: file.id, error: messageOf(error) }, 'a call could not be handled'),
    desk: policy.desk,
    stall,
  });
  const turns = new MeasureTurns(MEASURING_AT_ONCE);
  const stages: Stages = {
    newId: () => newDecisionId(now().getTime()),
    now,
    epoch: () => policy.epoch.value,
    maxBody: config.limits.body,
    laneOf: (route) => laneOf(route.name),
    identify: state.identify,
    bindIntent: (file) => bindIntent(state.intents, file),
    decider: policy.decider,
    measure: ({ principal, described }, lane, call) => {
      if (principal === undefined || described === undefined) throw new TypeError('nothing is measured for nobody');
      const within = config.limits.measureTimeout;
      return turns.take(principal.agent.id, () => lane.measurer.measure(call, described, principal, within));
    },
    ledger: state.ledger,
    recorder,
    settler,
    desk: policy.desk,
  };
  return { stages, recorder, named };
}

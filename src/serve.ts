import { randomUUID } from 'node:crypto';
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';
import { messageOf } from './errors.ts';
import { createGate } from './gate.ts';
import { recordBundles } from './operate/bundle-control.ts';
import { systemTimer, type Timer } from './operate/schedule/timer.ts';
import { createPreflight } from './preflight/preflight.ts';
import type { CaseFile } from './record/case-file.ts';
import { Publishing } from './record/publishing.ts';
import type { Store } from './record/store.ts';
import { openBundleSource } from './serve/bundle-source/open.ts';
import { Closers } from './serve/closers.ts';
import { type Doors, openDoors } from './serve/doors.ts';
import { openLanes } from './serve/lanes.ts';
import { recordLife } from './serve/life.ts';
import { openNotifier } from './serve/notify.ts';
import { countCall, openMetrics } from './serve/numbers.ts';
import { openPolicy } from './serve/policy.ts';
import { openReverts } from './serve/reverts.ts';
import { openStages } from './serve/stages.ts';
import { openState } from './serve/state.ts';
import { openStopConditions } from './serve/stop-conditions.ts';
import { openTrust } from './serve/trust.ts';
import { openVerification } from './serve/verification.ts';
import { refusePrivileged } from './settle/privileged.ts';
import type { Reverts } from './settle/revert/reverts.ts';

export interface StartOptions {
  /** Serve with a credential that may do everything on its cluster. */
  readonly allowAdmin?: boolean;
  readonly now?: () => Date;
  /** What wakes the schedule; the machine's timer unless told. */
  readonly timer?: Timer;
  /** Where the log goes; default: JSON lines on stderr, level `warn`. */
  readonly logger?: Logger;
  /** For tests: waited for between the record of an allowed call and its first byte. */
  readonly stall?: (file: CaseFile) => Promise<void>;
  /** For tests: waited for before a change of a held call is written. */
  readonly stallHolds?: (what: string, id: string) => Promise<void>;
}

/** A gate that accepts calls. */
export interface RunningGate extends Doors {
  /** What whoever started it should know; shown on the terminal. */
  readonly warnings: readonly string[];
  readonly store: Store;
  /** What takes decisions back, for whoever finds that an action has failed. */
  readonly reverts: Reverts;
  /** Stops accepting, lets what runs end, records that, closes. */
  close(): Promise<void>;
}

/**
 * Puts a gate together and opens it. Whatever was opened is closed again when a later part fails.
 * @throws SallyportError that names the part: `config/invalid`, `bundle/...`, `record/...`, `credential/unavailable`
 */
export async function startGate(config: Config, options: StartOptions = {}): Promise<RunningGate> {
  const closers = new Closers();
  try {
    const opened = await open(config, options, closers);
    return { ...opened, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function open(config: Config, options: StartOptions, closers: Closers): Promise<Omit<RunningGate, 'close'>> {
  const now = options.now ?? (() => new Date());
  const logger = options.logger ?? pino({ level: 'warn' }, pino.destination(2));
  const sources = { now, newId: () => randomUUID() };
  const warnings = [...(await refusePrivileged(config.routes, options.allowAdmin ?? false))];

  const state = await openState(config, sources, closers, {
    stallHolds: options.stallHolds,
    timer: options.timer ?? systemTimer,
    report: (error, task) => logger.error({ task: task?.id, error: messageOf(error) }, 'a planned task failed'),
  });
  const policy = openPolicy(config, state, sources, closers, (file) => verification.ability(file));
  const recorded = recordBundles({ bundles: policy.bundles, store: state.store, sources });
  const bundle = openBundleSource(config, { bundles: recorded, now, logger });
  warnings.push(...(await bundle.start()));
  if (policy.bundles.isLoaded) warnings.push(...policy.bundles.current.warnings);
  const laneOf = await openLanes(config, { redactor: state.redactor, now, logger }, closers);
  const metrics = openMetrics(state, policy, bundle, now);
  const verification = await openVerification(config, {
    ...{ state, laneOf, bundle: () => policy.bundles.current, sources, logger },
    revert: (decision, why) => reverts.automatic(decision, why),
  });
  if (policy.bundles.isLoaded) warnings.push(...verification.warnings());
  verification.verifications.subscribe(({ what, verification: of }) => metrics.verified(what, of.route));

  const publishing = new Publishing();
  publishing.subscribe((event, file) => countCall(metrics, event, file));
  await openStopConditions({ state, policy, publishing, sources, logger }, closers);
  const { stages, recorder, named } = openStages(config, {
    ...{ state, policy, laneOf, publishing, logger, now, stall: options.stall },
    verifications: verification.verifications,
  });
  const gate = createGate(stages);
  const preflight = createPreflight({
    ...{ ...stages, newDecisionId: stages.newId, ledger: state.ledger, store: state.store, sources },
    ...{ routes: config.routes, named },
  });

  const { bundles } = policy;
  const { stall } = options;
  const reverts = await openReverts(config, { state, policy, laneOf, recorder, sources, logger, named, stall });
  const trust = await openTrust({ state, bundles, now, logger }, closers);
  const parts = { state, bundles, bundle, metrics, reverts, trust, gate, preflight, sources, logger };
  const doors = await openDoors(config, parts, closers);
  // Before the door closes: whoever waits would hold it open.
  closers.add(() => policy.desk.close());
  if ((await state.operators.bootstrapSecret(config.state)) !== undefined)
    warnings.push('there is no operator yet: run `sallyport operator bootstrap` on this machine');
  if (state.lost.length > 0)
    warnings.push(`${state.lost.length} calls had no outcome when the gate stopped; they are marked lost`);
  await openNotifier(config, state, sources, logger, closers);
  await recordLife(state, policy, now, logger, closers);
  bundle.follow();
  closers.add(() => bundle.stop());
  state.schedule.start();
  closers.add(() => state.schedule.stop());
  return { ...doors, warnings, store: state.store, reverts };
}

import { randomUUID } from 'node:crypto';
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';
import { messageOf } from './errors.ts';
import { createGate, type Stages } from './gate.ts';
import { bindIntent } from './intents/bind.ts';
import { MeasureTurns } from './measure/measure-turns.ts';
import { recordBundles } from './operate/bundle-control.ts';
import { Metrics } from './operate/metrics.ts';
import { systemTimer, type Timer } from './operate/schedule/timer.ts';
import { createPreflight } from './preflight/preflight.ts';
import { productVersion } from './product-version.ts';
import type { CaseFile } from './record/case-file.ts';
import { newDecisionId } from './record/decision-id.ts';
import { Publishing } from './record/publishing.ts';
import { createRecorder } from './record/recorder.ts';
import type { LogEvent, Store } from './record/store.ts';
import type { BundleFollower } from './serve/bundle-source/follower.ts';
import { openBundleSource } from './serve/bundle-source/open.ts';
import { Closers } from './serve/closers.ts';
import { type Doors, openDoors } from './serve/doors.ts';
import { openLanes } from './serve/lanes.ts';
import { openNotifier } from './serve/notify.ts';
import { openPolicy, type Policy } from './serve/policy.ts';
import { openReverts } from './serve/reverts.ts';
import { openState, type State } from './serve/state.ts';
import { openStopConditions } from './serve/stop-conditions.ts';
import { openTrust } from './serve/trust.ts';
import { openVerification } from './serve/verification.ts';
import { refusePrivileged } from './settle/privileged.ts';
import type { Reverts } from './settle/revert/reverts.ts';
import { SecondTries } from './settle/second-tries.ts';
import { createSettler } from './settle/settler.ts';

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

/** Measurements that one agent may have under way at once. */
const MEASURING_AT_ONCE = 16;

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
  publishing.subscribe((event, file) => count(metrics, event, file));
  await openStopConditions({ state, policy, publishing, sources, logger }, closers);
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
    verifications: verification.verifications,
    named,
    report: (error, file) =>
      logger.error({ decision: file.id, error: messageOf(error) }, 'a call could not be handled'),
    desk: policy.desk,
    stall: options.stall,
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

function openMetrics(
  { store, freezes, feed }: State,
  { openCalls }: Policy,
  { members }: BundleFollower,
  now: () => Date,
): Metrics {
  return new Metrics({
    openCalls: () => openCalls.size,
    logSize: () => store.size(),
    activeFreezes: () => freezes.active(now()).length,
    streamReaders: () => feed.readers,
    bundleSources: () =>
      members.map(({ name, status: { attempts, lastSuccess } }) => ({ bundle: name, attempts, lastSuccess })),
  });
}

function count(metrics: Metrics, event: LogEvent, { decision, judgement, route }: CaseFile): void {
  if (event.kind !== 'decided') return;
  const tier = judgement?.verdict.tier ?? 'none';
  metrics.decided({ outcome: decision?.did ?? 'deny', route: route.name, tier });
  if (judgement !== undefined) metrics.evaluated(judgement.fuel);
}

/** Start and stop are on the record too: a log that goes on without a stop tells of a crash. */
async function recordLife(
  state: State,
  policy: Policy,
  now: () => Date,
  logger: Logger,
  closers: Closers,
): Promise<void> {
  const { bundles } = policy;
  const bundleNow = () => {
    if (!bundles.isLoaded) return null;
    const { bundleDigest: digest, revision } = bundles.current.judge;
    return { digest, revision };
  };
  const event = (what: string): LogEvent => ({
    kind: 'gate',
    id: randomUUID(),
    time: now().toISOString(),
    body: {
      what,
      version: productVersion(),
      bundle: bundleNow(),
      lost: state.lost.length,
    },
  });
  await state.store.append(event('started'));
  closers.add(async () => {
    try {
      await state.store.append(event('stopping'));
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'the stop could not be recorded');
    }
  });
}

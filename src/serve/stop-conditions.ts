import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import type { Sources } from '../identify/sources.ts';
import { StopConditions } from '../operate/stop-conditions/stop-conditions.ts';
import type { Publishing } from '../record/publishing.ts';
import type { Closers } from './closers.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

export interface StopConditionsSurroundings {
  readonly state: Pick<State, 'store' | 'freezes' | 'registry' | 'ledger' | 'onRecorded'>;
  readonly policy: Pick<Policy, 'bundles'>;
  readonly publishing: Publishing;
  readonly sources: Sources;
  readonly logger: Logger;
}

/** Counts from now on what becomes of calls, and stops what policy says has gone wrong too often. */
export async function openStopConditions(
  { state, policy, publishing, sources, logger }: StopConditionsSurroundings,
  closers: Closers,
): Promise<void> {
  const { store, freezes, registry, ledger, onRecorded } = state;
  const { bundles } = policy;
  const stops = await StopConditions.open({
    ...{ store, freezes, registry, sources },
    judge: () => (bundles.isLoaded ? bundles.current.judge : undefined),
    pace: (agent, now) => ledger.pace(agent, now),
    report: (error, what) => logger.error({ what, error: messageOf(error) }, 'a stop condition could not be met'),
  });
  closers.add(() => stops.close());
  publishing.subscribe((event, file) => stops.heard(event, file));
  onRecorded((event) => {
    if (event.kind === 'changed') stops.changed(event);
  });
  bundles.onSwap(() => stops.refresh());
}

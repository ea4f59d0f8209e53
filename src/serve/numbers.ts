import { Metrics } from '../operate/metrics.ts';
import type { CaseFile } from '../record/case-file.ts';
import type { LogEvent } from '../record/store.ts';
import type { BundleFollower } from './bundle-source/follower.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

/** The numbers of a gate, asked for when somebody reads them. */
export function openMetrics(
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

/** What is counted of each call. */
export function countCall(metrics: Metrics, event: LogEvent, { decision, judgement, route }: CaseFile): void {
  if (event.kind !== 'decided') return;
  const tier = judgement?.verdict.tier ?? 'none';
  metrics.decided({ outcome: decision?.did ?? 'deny', route: route.name, tier });
  if (judgement !== undefined) metrics.evaluated(judgement.fuel);
}

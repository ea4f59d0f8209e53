import { expect, it } from 'vitest';
import { Metrics } from '../../src/operate/metrics.ts';

it('counts decisions, fuel and what is open, in the text format', async () => {
  const metrics = new Metrics({
    openCalls: () => 3,
    logSize: async () => 42,
    activeFreezes: () => 1,
    streamReaders: () => 2,
    bundleSources: () => [
      {
        bundle: 'library',
        attempts: new Map([
          ['loaded', 1],
          ['unchanged', 7],
        ]),
        lastSuccess: new Date('2030-01-15T12:00:00.500Z'),
      },
      { bundle: 'site', attempts: new Map([['failed', 3]]), lastSuccess: undefined },
    ],
  });
  metrics.decided({ outcome: 'allow', route: 'staging', tier: 'A' });
  metrics.decided({ outcome: 'allow', route: 'staging', tier: 'A' });
  metrics.decided({ outcome: 'deny', route: 'a"b\\c\nd', tier: 'C' });
  metrics.verified('passed', 'staging');
  metrics.verified('failed', 'staging');
  metrics.verified('passed', 'staging');
  metrics.evaluated(900);
  metrics.evaluated(50_000);
  metrics.evaluated(99_000_000);
  expect(await metrics.render()).toBe(`# HELP sallyport_decisions_total Decisions by outcome, route and tier.
# TYPE sallyport_decisions_total counter
sallyport_decisions_total{outcome="allow",route="staging",tier="A"} 2
sallyport_decisions_total{outcome="deny",route="a\\"b\\\\c\\nd",tier="C"} 1
# HELP sallyport_verifications_total Verifications of acts that began, and what became of them, by route.
# TYPE sallyport_verifications_total counter
sallyport_verifications_total{result="passed",route="staging"} 2
sallyport_verifications_total{result="failed",route="staging"} 1
# HELP sallyport_evaluation_fuel Loop turns and function entries of an evaluation.
# TYPE sallyport_evaluation_fuel histogram
sallyport_evaluation_fuel_bucket{le="1000"} 1
sallyport_evaluation_fuel_bucket{le="10000"} 1
sallyport_evaluation_fuel_bucket{le="100000"} 2
sallyport_evaluation_fuel_bucket{le="1000000"} 2
sallyport_evaluation_fuel_bucket{le="10000000"} 2
sallyport_evaluation_fuel_bucket{le="+Inf"} 3
sallyport_evaluation_fuel_sum 99050900
sallyport_evaluation_fuel_count 3
# HELP sallyport_open_calls Calls and streams that are open.
# TYPE sallyport_open_calls gauge
sallyport_open_calls 3
# HELP sallyport_active_freezes Freezes in force.
# TYPE sallyport_active_freezes gauge
sallyport_active_freezes 1
# HELP sallyport_stream_readers Readers of the event stream.
# TYPE sallyport_stream_readers gauge
sallyport_stream_readers 2
# HELP sallyport_log_leaves Leaves in the log.
# TYPE sallyport_log_leaves gauge
sallyport_log_leaves 42
# HELP sallyport_bundle_attempts_total Looks at the source of a bundle, by result.
# TYPE sallyport_bundle_attempts_total counter
sallyport_bundle_attempts_total{bundle="library",result="loaded"} 1
sallyport_bundle_attempts_total{bundle="library",result="unchanged"} 7
sallyport_bundle_attempts_total{bundle="site",result="failed"} 3
# HELP sallyport_bundle_last_success_seconds Unix time when the source last had what is in force.
# TYPE sallyport_bundle_last_success_seconds gauge
sallyport_bundle_last_success_seconds{bundle="library"} 1894708800.5
`);
});

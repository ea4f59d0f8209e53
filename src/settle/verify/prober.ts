import type { ProbeEndpoint } from '../../config.ts';
import type { TargetRef } from '../../describe/action.ts';
import { lookByHttp } from './http-probe.ts';
import type { LaneVerifier } from './lane-verifier.ts';
import { blind, type Look } from './look.ts';
import type { ProbeSpec } from './plan.ts';
import { lookByPrometheus } from './prometheus-probe.ts';
import type { Verification } from './verification.ts';

/** How long one look at an upstream may take. */
const LOOK_MS = 10_000;

/** Looks by every kind of probe: at upstreams by their lanes, elsewhere by the endpoints of the configuration alone. */
export class Prober {
  readonly #endpoints: ReadonlyMap<string, ProbeEndpoint>;

  constructor(endpoints: readonly ProbeEndpoint[]) {
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  }

  /** Whether there is an endpoint of that name and kind. */
  knows(probe: Extract<ProbeSpec, { endpoint: string }>): boolean {
    return this.#endpoints.get(probe.endpoint)?.kind === probe.probe;
  }

  /** One look by each probe of its plan, in that order. Never rejects. */
  async look(
    { plan, watched, agent }: Verification,
    lane: LaneVerifier,
    signal: AbortSignal,
  ): Promise<readonly Look[]> {
    const { namespace, name } = watched;
    const target: TargetRef = { namespace, name, account: 'none', region: 'none', tool: 'none' };
    return Promise.all(
      plan.probes.map(async (probe) => {
        if (probe.probe !== 'http' && probe.probe !== 'prometheus')
          return lane.look(probe, watched, agent, AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]));
        const endpoint = this.#endpoints.get(probe.endpoint);
        if (endpoint?.kind !== probe.probe) return blind(`no ${probe.probe} probe ${probe.endpoint} is configured`);
        return probe.probe === 'http'
          ? lookByHttp(probe, endpoint, signal)
          : lookByPrometheus(probe, endpoint, target, signal);
      }),
    );
  }
}

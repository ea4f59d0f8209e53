import type { Config, Route } from '../config.ts';
import type { Described } from '../describe/action.ts';
import { createKubernetesSurface } from '../describe/kubernetes/describe.ts';
import type { Redactor } from '../describe/redact.ts';
import type { Measurer } from '../measure/facts.ts';
import type { ApiEndpoint } from '../measure/kubernetes/api-client.ts';
import { openKubernetesMeasurer } from '../measure/kubernetes/measurer.ts';
import { openUpstream, type UpstreamCredential } from './credentials.ts';
import { createForwarder, type Forwarder } from './forward.ts';
import { dryRunOf, runDry } from './kubernetes-dry-run.ts';
import type { Lane } from './lane.ts';
import { impersonationOf } from './outbound-headers.ts';
import { createKubernetesInverse } from './revert/kubernetes/inverse.ts';

export interface LaneOptions {
  readonly route: Route;
  readonly config: Config;
  readonly redactor: Redactor;
  readonly now: () => Date;
  /** Told when the namespace cache goes stale or is fresh again. */
  readonly onCacheState: (route: string, fresh: boolean, why: string) => void;
}

/** Opens everything that stands behind a route of surface `kubernetes`. */
export async function openKubernetesLane(options: LaneOptions): Promise<Lane> {
  const { route, config, redactor, now } = options;
  const upstream = await openUpstream(route.upstream);
  await upstream.authorization();
  const forwarders = new Forwarders(upstream, config.limits.upstreamTimeout);
  const surface = createKubernetesSurface({ redactor });
  const endpoint: ApiEndpoint = {
    origin: upstream.origin,
    basePath: upstream.basePath,
    get agent() {
      return forwarders.current.agent;
    },
    authorization: () => upstream.authorization(),
  };
  const measurer = await openKubernetesMeasurer({
    endpoint,
    keys: config.labels,
    routeLabels: route.labels,
    impersonate: route.impersonate,
    redactor,
    now,
    onCacheState: (fresh, why) => options.onCacheState(route.name, fresh, why),
  });
  return {
    route,
    surface,
    measurer: measurer as Measurer,
    get forwarder() {
      return forwarders.current;
    },
    upstream,
    host: new URL(upstream.origin).host,
    asDryRun: dryRunOf,
    runDry: (call, principal) =>
      runDry({
        endpoint,
        call: dryRunOf(call),
        impersonate: route.impersonate ? impersonationOf(principal) : undefined,
        timeout: config.limits.upstreamTimeout,
      }),
    inverse: createKubernetesInverse({ route, endpoint, redactor, timeout: config.limits.upstreamTimeout }),
    streams,
    close: () => {
      measurer.close();
      forwarders.close();
    },
  };
}

/** One forwarder per client certificate: when a plugin gives a new one, new calls take new connections. */
class Forwarders {
  readonly #upstream: UpstreamCredential;
  readonly #timeout: number;
  #tls: unknown;
  #forwarder: Forwarder | undefined;

  constructor(upstream: UpstreamCredential, timeout: number) {
    this.#upstream = upstream;
    this.#timeout = timeout;
  }

  get current(): Forwarder {
    const tls = this.#upstream.tls();
    if (this.#forwarder === undefined || tls !== this.#tls) {
      // The old connections end by themselves when what runs on them has ended.
      this.#forwarder = createForwarder({ origin: this.#upstream.origin, tls, timeout: this.#timeout });
      this.#tls = tls;
    }
    return this.#forwarder;
  }

  close(): void {
    this.#forwarder?.close();
  }
}

function streams(described: Described): boolean {
  const { verb, args } = described.action;
  return verb === 'watch' || args.follow === true || args.follow === 'true';
}

import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { createAgentSide } from '../agent-side/agent-side.ts';
import { holdEndpoints } from '../agent-side/endpoints/holds.ts';
import { intentEndpoints } from '../agent-side/endpoints/intents.ts';
import { preflightEndpoints } from '../agent-side/endpoints/preflight.ts';
import type { Address, Config } from '../config.ts';
import type { Bundles } from '../decide/bundles.ts';
import { messageOf, SallyportError } from '../errors.ts';
import type { Sources } from '../identify/sources.ts';
import { cleanWith } from '../intents/intent-order.ts';
import { openAuthority } from '../listen/authority.ts';
import { type CallHandler, listen } from '../listen/server.ts';
import type { BundleControl } from '../operate/endpoints/bundle.ts';
import type { Metrics } from '../operate/metrics.ts';
import { Notices } from '../operate/notify/notices.ts';
import { createOperationsApp } from '../operate/operations.ts';
import { serveOperations } from '../operate/operations-server.ts';
import type { Trust } from '../operate/trust/trust.ts';
import type { Preflight } from '../preflight/preflight.ts';
import { productVersion } from '../product-version.ts';
import type { Store } from '../record/store.ts';
import type { Reverts } from '../settle/revert/reverts.ts';
import type { Closers } from './closers.ts';
import { laddersOf } from './ladders.ts';
import { runbooksOf } from './runbooks.ts';
import { publicOrigin, type State } from './state.ts';

/** The two addresses of a gate: agents come to one, people to the other. */
export interface Doors {
  readonly listen: Address;
  readonly operate: Address & { readonly origin: string };
  /** What clients of both have to trust, PEM. */
  readonly caPem: string;
}

export interface DoorsParts {
  readonly state: State;
  readonly bundles: Bundles;
  readonly bundle: BundleControl;
  readonly metrics: Metrics;
  readonly reverts: Reverts;
  readonly trust: Trust;
  readonly gate: CallHandler;
  readonly preflight: Preflight;
  readonly sources: Sources;
  readonly logger: Logger;
}

/** Opens both, with certificates of the gate's own CA unless the configuration brings one. */
export async function openDoors(config: Config, parts: DoorsParts, closers: Closers): Promise<Doors> {
  const { state, bundles, bundle, metrics, reverts, trust, sources, logger } = parts;
  const { now } = sources;
  const own = await openAuthority(config.state, { hosts: [config.listen.host, config.operate.host], now });
  const tls = config.tls ?? { cert: own.certPem, key: own.keyPem };
  const caPem = config.tls?.cert ?? own.caPem;
  const listener = await listen({
    address: config.listen,
    tls: { ...tls, clientCas: config.identity.certificates.map(({ ca }) => ca) },
    limits: config.limits,
    routes: config.routes,
    handler: parts.gate,
    own: createAgentSide({
      identify: state.identify,
      intents: state.intents,
      endpoints: [
        ...intentEndpoints(state.intents),
        ...holdEndpoints(state.holds, cleanWith(state.redactor.redactText)),
        ...preflightEndpoints(parts.preflight),
      ],
      maxBody: config.limits.body,
      now,
      report: (error, what) => logger.error({ what, error: messageOf(error) }, 'a request could not be answered'),
    }),
  });
  closers.add(() => listener.close(config.limits.drain));

  const { store, registry, tokens, intents, operators, access, freezes, holds, feed } = state;
  const app = createOperationsApp({
    ...{
      store,
      registry,
      tokens,
      intents,
      operators,
      access,
      freezes,
      holds,
      reverts,
      bundle,
      feed,
      metrics,
      trust,
      now,
    },
    notices: new Notices(
      store,
      sources,
      config.notify.targets.map(({ name }) => name),
    ),
    ladders: () => (bundles.isLoaded ? laddersOf(bundles.current, config.bundle.site?.trust ?? []) : {}),
    runbooks: () => (bundles.isLoaded ? runbooksOf(bundles.current) : []),
    archived: (digest) => bundles.archived(digest),
    routes: config.routes,
    listener: () => ({ ...listener.address, caPem }),
    readiness: () => readiness(store, bundles),
    host: config.operate.host,
    version: productVersion(),
    report: (error, what) => logger.error({ what, error: messageOf(error) }, 'the operations API failed'),
    pages: {
      sessions: state.sessions,
      issuers: state.operatorIssuers,
      links: state.links,
      random: randomBytes,
      origin: () => state.origin.value,
      secure: state.origin.value.startsWith('https:'),
    },
  });
  const { insecure } = config.operate;
  const operate = await serveOperations(app, { address: config.operate, tls: insecure ? undefined : tls });
  closers.add(() => operate.close());
  state.origin.value = publicOrigin(config) ?? operate.address.origin;
  return { listen: listener.address, operate: operate.address, caPem };
}

async function readiness(store: Store, bundles: Bundles): Promise<{ ready: boolean; why: string }> {
  try {
    await store.size();
    if (!bundles.isLoaded) return { ready: false, why: 'there is no bundle to judge by yet' };
    return { ready: true, why: `bundle ${bundles.current.judge.revision}` };
  } catch (error) {
    return { ready: false, why: error instanceof SallyportError ? error.code : 'the store does not answer' };
  }
}

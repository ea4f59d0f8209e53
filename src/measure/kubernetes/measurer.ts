import { type Described, isReading } from '../../describe/action.ts';
import type { KubernetesRequest } from '../../describe/kubernetes/request.ts';
import type { Redactor } from '../../describe/redact.ts';
import { type Labels, NO_LABELS, UNKNOWN_LABELS } from '../../labels.ts';
import { impersonationOf } from '../../settle/outbound-headers.ts';
import type { Facts, Measurer } from '../facts.ts';
import type { ApiEndpoint } from './api-client.ts';
import { measureChange } from './change.ts';
import { FactSheet } from './fact-sheet.ts';
import { type LabelKeys, labelsOf } from './labels.ts';
import type { Measuring } from './measuring.ts';
import { NamespaceCache } from './namespace-cache.ts';
import { Probe } from './probe.ts';
import { READ_REACH } from './reach/result.ts';

export interface KubernetesMeasurerOptions {
  readonly endpoint: ApiEndpoint;
  readonly keys: LabelKeys;
  /** What the operator declares of everything behind the route. */
  readonly routeLabels: Labels;
  /** Measure as the agent (the default), or as the gate itself. */
  readonly impersonate: boolean;
  readonly redactor: Redactor;
  readonly now: () => Date;
  readonly onCacheState: (fresh: boolean, why: string) => void;
}

/** Facts about Kubernetes calls, from the API server itself: reads from a cache, changes by asking. */
export async function openKubernetesMeasurer(options: KubernetesMeasurerOptions): Promise<Measurer<KubernetesRequest>> {
  const cache = new NamespaceCache({
    endpoint: options.endpoint,
    keys: options.keys,
    now: () => options.now().getTime(),
    onState: options.onCacheState,
  });
  await cache.start();
  return {
    atHand: (_call, described) => factsAtHand(options, cache, described),
    measure: (call, described, principal, deadline) =>
      measure(options, cache, { call, described, principal, deadline }),
    close: () => cache.close(),
  };
}

/** Reads are judged on route and namespace alone, and those are here already unless the cache is down or behind. */
function factsAtHand(
  options: KubernetesMeasurerOptions,
  cache: NamespaceCache,
  described: Described<KubernetesRequest>,
): Facts | undefined {
  if (!isReading(described.action)) return undefined;
  const { namespace } = described.target;
  const sheet = new FactSheet(options.routeLabels, options.now().toISOString());
  sheet.reach = READ_REACH;
  sheet.touchesAuthority = false;
  if (namespace === 'none') {
    sheet.namespace = NO_LABELS;
    return sheet.facts();
  }
  const found = namespace === '*' ? cache.everywhere() : cache.labels(namespace);
  if (found === undefined) return undefined;
  sheet.setNamespace(found.labels, 'namespace cache', found.at);
  return sheet.facts();
}

async function measure(
  options: KubernetesMeasurerOptions,
  cache: NamespaceCache,
  measuring: Measuring,
): Promise<Facts> {
  const { described, principal, deadline } = measuring;
  const sheet = new FactSheet(options.routeLabels, options.now().toISOString());
  const probe = new Probe({
    endpoint: options.endpoint,
    agent: options.impersonate ? impersonationOf(principal) : undefined,
    signal: AbortSignal.timeout(deadline),
    now: options.now,
    sheet,
  });
  await lookUpNamespace(options, cache, described, probe, sheet);
  if (isReading(described.action)) {
    sheet.reach = READ_REACH;
    sheet.touchesAuthority = false;
  } else await measureChange({ ...measuring, keys: options.keys, redactor: options.redactor, probe, sheet });
  return sheet.facts();
}

async function lookUpNamespace(
  options: KubernetesMeasurerOptions,
  cache: NamespaceCache,
  described: Described<KubernetesRequest>,
  probe: Probe,
  sheet: FactSheet,
): Promise<void> {
  const { namespace } = described.target;
  if (namespace === 'none') {
    sheet.namespace = NO_LABELS;
    return;
  }
  const cached = namespace === '*' ? cache.everywhere() : cache.labels(namespace);
  if (cached !== undefined) return sheet.setNamespace(cached.labels, 'namespace cache', cached.at);
  if (namespace === '*')
    return sheet.gap('the namespaces could not be listed, so what all of them have in common is unknown');
  const answer = await probe.asGate('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  if (answer?.status === 200) sheet.setNamespace(labelsOf(answer.object, options.keys), 'GET namespaces', probe.time());
  else {
    sheet.namespace = UNKNOWN_LABELS;
    sheet.gap(
      answer?.status === 404
        ? `there is no namespace "${namespace}"`
        : `the labels of namespace "${namespace}" could not be read`,
    );
  }
}

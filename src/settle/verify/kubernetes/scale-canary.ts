import type { Described } from '../../../describe/action.ts';
import type { KubernetesRequest } from '../../../describe/kubernetes/request.ts';
import { isObject } from '../../../json.ts';
import type { WireCall } from '../../../listen/wire.ts';
import type { Facts } from '../../../measure/facts.ts';
import type { CanaryStep } from '../lane-verifier.ts';

/** What can be scaled in two steps: its first pods show how the others will do. */
const SCALED: ReadonlySet<string> = new Set(['deployments.apps', 'statefulsets.apps', 'replicasets.apps']);
const PATCHES: ReadonlySet<string | undefined> = new Set(['merge', 'strategic']);

/**
 * How a scaling is tried on a share of it first: at least one replica, and not all. Only what sets the replicas through the
 * scale subresource and changes nothing else; other acts cannot be split.
 */
export function scaleStep(
  { action, request }: Described<KubernetesRequest>,
  { changes, changePaths }: Facts,
  share: number,
): CanaryStep | undefined {
  const { info, body, patchType, replicas: to } = request;
  const resource = info.apiGroup === '' ? info.resource : `${info.resource}.${info.apiGroup}`;
  if (!SCALED.has(resource) || info.subresource !== 'scale' || action.dryRun !== false) return undefined;
  if (info.verb !== 'update' && !(info.verb === 'patch' && PATCHES.has(patchType))) return undefined;
  if (!isObject(body) || !isObject(body.spec) || typeof body.spec.replicas !== 'number') return undefined;
  if (changePaths === 'unknown' || changePaths.length !== 1 || changePaths[0] !== '/spec/replicas') return undefined;
  const from = changes[0]?.from;
  if (typeof from !== 'number' || typeof to !== 'number' || changes[0]?.to !== to) return undefined;
  const whole = Math.abs(to - from);
  if (whole < 2) return undefined;
  const part = Math.min(whole - 1, Math.max(1, Math.floor(whole * share)));
  return { from, first: to > from ? from + part : from - part, to };
}

/** The same call with so many replicas as the first step has; in whatever encoding it came, JSON says the same. */
export function scaledTo(call: WireCall, { request }: Described<KubernetesRequest>, { first }: CanaryStep): WireCall {
  const { body, info } = request;
  if (!isObject(body) || !isObject(body.spec))
    throw new TypeError('only what scaleStep() has split is scaled in steps');
  const headers = info.verb === 'update' ? new Map(call.headers).set('content-type', 'application/json') : call.headers;
  const scaled = { ...body, spec: { ...body.spec, replicas: first } };
  return { ...call, headers, body: Buffer.from(JSON.stringify(scaled)) };
}

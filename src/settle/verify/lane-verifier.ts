import type { Described } from '../../describe/action.ts';
import type { JsonObject } from '../../json.ts';
import type { WireCall } from '../../listen/wire.ts';
import type { Facts } from '../../measure/facts.ts';
import type { Look } from './look.ts';
import type { ProbeSpec } from './plan.ts';

/** What a verification looks at: the object that the act was about, as the upstream names it. */
export interface Watched {
  /** `deployments.apps`, `pods`, ... */
  readonly resource: string;
  /** Its path from the upstream's root, encoded. */
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
  /** What it was when the act was judged; `unknown` where it was not there yet. */
  readonly uid: string;
}

/** The steps of an act that is tried on a share first: numbers of replicas. */
export interface CanaryStep {
  readonly from: number;
  readonly first: number;
  readonly to: number;
}

/** Probes that ask the upstream itself. */
export type UpstreamProbe = Extract<ProbeSpec, { probe: 'rollout' | 'condition' | 'exists' | 'absent' }>;

/** What came of the rest of an act that was tried on a share first. */
export type Expansion = { readonly done: true } | { readonly done: false; readonly why: string };

/** What a lane can do so that it is known whether an act worked; reads, but for `expand`. */
export interface LaneVerifier {
  /** What there is to look at; undefined where the act has no one object that it is about. */
  watched(call: WireCall, described: Described, facts: Facts | undefined): Watched | undefined;
  /**
   * What an act could touch of what is watched: paths as `Watched` has them. Where it ends in a slash, everything below; nothing where
   * the act makes something new.
   */
  touches(call: WireCall, described: Described): string | undefined;
  /** Whether a probe can tell anything of this act. */
  applies(probe: UpstreamProbe, described: Described, watched: Watched): boolean;
  /** In the agent's name: what it may not see, it may not have looked at for it. Never rejects. */
  look(probe: UpstreamProbe, watched: Watched, agent: string, signal: AbortSignal): Promise<Look>;
  /** How the act can be tried on a share first; undefined where it cannot. @param share 0..1 */
  canary(described: Described, facts: Facts, share: number): CanaryStep | undefined;
  /** The call as it is sent first. */
  firstOf(call: WireCall, described: Described, step: CanaryStep): WireCall;
  /** The rest of it, unless somebody else changed the same meanwhile. Doing it twice does no harm. Never rejects. */
  expand(step: CanaryStep, watched: Watched, agent: string, signal: AbortSignal): Promise<Expansion>;
}

export function watchedToJson({ resource, path, namespace, name, uid }: Watched): JsonObject {
  return { resource, path, namespace, name, uid };
}

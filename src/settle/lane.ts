import type { Route } from '../config.ts';
import type { Described, Surface } from '../describe/action.ts';
import type { Principal } from '../identify/principal.ts';
import type { WireAnswer, WireCall } from '../listen/wire.ts';
import type { Measurer } from '../measure/facts.ts';
import type { UpstreamCredential } from './credentials.ts';
import type { Forwarder } from './forward.ts';
import type { Inverse } from './revert/plan.ts';

/** What the upstream says of a call that it ran dry. */
export type DryRun =
  | { readonly would: true }
  /** Its own answer to who would have called it in earnest. */
  | { readonly would: false; readonly answer: WireAnswer };

/** Everything that belongs to one route: how its calls are read, measured, rewritten and sent. */
export interface Lane {
  readonly route: Route;
  readonly surface: Surface;
  readonly measurer: Measurer;
  readonly forwarder: Forwarder;
  readonly upstream: UpstreamCredential;
  /** `host:port` of the upstream, as its Host header. */
  readonly host: string;
  /** The same call, turned into one that persists nothing; only of calls that can be. */
  readonly asDryRun: (call: WireCall) => WireCall;
  /** Sends that to the upstream in the agent's name, for its answer alone. @throws SallyportError when there is none */
  readonly runDry: (call: WireCall, principal: Principal) => Promise<DryRun>;
  /** Takes changes back; undefined: behind this route nothing can be. */
  readonly inverse: Inverse | undefined;
  /** The answer's head is sent at once, before there is a body (watches, followed logs). */
  readonly streams: (described: Described) => boolean;
  close(): void;
}

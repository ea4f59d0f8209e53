import type { Route } from '../config.ts';
import type { Described, Surface } from '../describe/action.ts';
import type { WireCall } from '../listen/wire.ts';
import type { Measurer } from '../measure/facts.ts';
import type { UpstreamCredential } from './credentials.ts';
import type { Forwarder } from './forward.ts';

/** Everything that belongs to one route: how its calls are read, measured, rewritten and sent. */
export interface Lane {
  readonly route: Route;
  readonly surface: Surface;
  readonly measurer: Measurer;
  readonly forwarder: Forwarder;
  readonly upstream: UpstreamCredential;
  /** `host:port` of the upstream, as its Host header. */
  readonly host: string;
  /** The same call, turned into one that persists nothing. */
  readonly asDryRun: (call: WireCall) => WireCall;
  /** The answer's head is sent at once, before there is a body (watches, followed logs). */
  readonly streams: (described: Described) => boolean;
  close(): void;
}

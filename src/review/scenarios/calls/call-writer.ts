import type { Route } from '../../../config.ts';
import type { Surface } from '../../../describe/action.ts';
import type { Json } from '../../../json.ts';
import type { WireCall } from '../../../listen/wire.ts';

/** A call as a scenario gives it. */
export interface GivenCall {
  /** `kubectl ...`, or `METHOD /path?query`. */
  readonly text: string;
  /** What `-f -` would read: the object of `apply`, `create`, `replace`. */
  readonly object: Json | undefined;
  /** The body of a raw call: text as it is, anything else as JSON. */
  readonly body: Json | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly route: Route;
  /** RFC 3339: for what clients write a time into. */
  readonly time: string;
  /** Whether the target is there: `kubectl apply` creates or patches. */
  readonly exists: boolean;
}

/** A kind of API in scenarios: what the gate reads its calls with, and how a scenario may write them. One per surface. */
export interface CallWriter {
  /** The name of the surface, as routes give it. */
  readonly surface: Route['surface'];
  /** Reads calls as the gate does. */
  readonly reader: Surface;
  /**
   * The call as it comes off the wire.
   * @throws SallyportError `request/invalid` when the text is no call that can be written; `wire/*` when the gate's own wire
   * checks refuse it
   */
  write(call: GivenCall): WireCall;
}

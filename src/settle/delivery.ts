import type { SallyportError } from '../errors.ts';
import type { Carried } from './stream/join.ts';

/** What is sent: method, path and bytes as judged, headers made by the gate. */
export interface Outbound {
  readonly method: string;
  /** Path and query, encoded from what was judged. */
  readonly url: string;
  readonly headers: Record<string, string | string[]>;
  readonly body: Uint8Array;
  /** The protocol that the connection is to be upgraded to, in lower case; such a call has no body. */
  readonly upgrade?: string | undefined;
  /** Send the answer's head at once (watches, followed logs), before there is a body. */
  readonly flush: boolean;
  /** Headers that the gate adds to the answer. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  /**
   * Asked when the connection is there and before the first byte is written. A text ends it: nothing leaves.
   */
  readonly lastLook: () => SallyportError | undefined;
  /** Told once a cut is possible. */
  readonly onOpen: (cut: (why: string) => void) => void;
}

/** How a forwarded call ended. */
export interface Delivery {
  /** False when nothing was sent: the last look refused it, there was no connection, or the caller had left. */
  readonly sent: boolean;
  /** The upstream's status, when it answered. */
  readonly status: number | undefined;
  /** Bytes of the answer's body that came from the upstream. */
  readonly bytes: number;
  /** What went each way after a switch of protocols. */
  readonly stream?: Carried;
  readonly end: 'complete' | 'caller-left' | 'upstream-broke' | 'cut' | 'refused' | 'failed';
  /** Why, when it did not end well. */
  readonly error: SallyportError | undefined;
}

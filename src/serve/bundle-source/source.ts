import type { BundleArchive } from '../../decide/bundles.ts';
import type { SallyportError } from '../../errors.ts';

/** A place that a bundle comes from, again and again. */
export interface Source {
  /** As errors, the log and the record name it: a path, or an address without its query, which may be a secret. */
  readonly name: string;
  readonly kind: 'file' | 'url';
  /** Whether it is looked at again without being asked to. */
  readonly follows: boolean;
  /** What is there now. @throws SallyportError `bundle/unavailable` when it cannot be had */
  fetch(): Promise<Arrival>;
  /** Told of an arrival that is in force: only what differs from it is news. */
  accept(arrival: Arrival): void;
  /** Looks for news until the signal. Never rejects. */
  follow(watcher: Watcher, signal: AbortSignal): Promise<void>;
}

/** A bundle as it came from a source. */
export interface Arrival extends BundleArchive {
  /** The server's name of this version of it (RFC 9110, section 8.8.3), where there is one. */
  readonly etag?: string | undefined;
}

/** What becomes of an arrival. `later`: it is not its fault, and it is worth another try. */
export type Fate = 'in-force' | 'refused' | 'later';

/** Who is told what a source finds. */
export interface Watcher {
  /** A bundle came. Resolves when it is known what becomes of it, never rejects. */
  arrived(arrival: Arrival): Promise<Fate>;
  /** The source was asked and has nothing else than what is in force. */
  unchanged(): void;
  /** It could not be asked. */
  failed(error: SallyportError): void;
}

/** What sources need of the world. */
export interface Clock {
  readonly now: () => Date;
  /** Milliseconds of a clock that never jumps. */
  readonly ticks: () => number;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

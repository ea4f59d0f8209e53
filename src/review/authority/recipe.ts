import type { WayBack } from '../../measure/facts.ts';
import type { Act } from './acts.ts';
import type { Ground } from './ground.ts';

/** When an environment's change windows are open and closed. Absent: there is no such time. */
export interface Times {
  readonly open: string | undefined;
  readonly closed: string | undefined;
  /** The data never close it: `closed` is a blackout that was added to them for the question. */
  readonly blackout: boolean;
}

/** What an act is in an environment, so that it can be told from every other thing it might be. */
export interface Play {
  readonly action: Act['action'];
  /** A runbook that covers it there. */
  readonly runbook: string | undefined;
  /** What class of incident the caller claims, and which alert. */
  readonly incidentClass: string;
  readonly alert: string;
  /** JSON pointers of what it changes. */
  readonly places: readonly string[];
  /** How it is undone where it can be undone exactly. */
  readonly wayBack: WayBack['how'];
}

/**
 * How the cells of a matrix become policy inputs: what the data say, and what the bundle itself was asked about them (when its
 * windows are open, what its runbooks cover). Plain data: workers get it as it is.
 */
export interface Recipe {
  readonly ground: Ground;
  /** RFC 3339: the time that the calls are made at where nothing depends on it. */
  readonly at: string;
  /** By the name of the place. */
  readonly times: Readonly<Record<string, Times>>;
  /** By the name of the act, then of the place. */
  readonly plays: Readonly<Record<string, Readonly<Record<string, Play>>>>;
}

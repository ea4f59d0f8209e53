import { type Blast, UNKNOWN_BLAST, UNKNOWN_WAY_BACK, type WayBack } from '../../facts.ts';

/** What an act reaches and how it is undone. */
export interface Reach {
  readonly blast: Blast;
  readonly wayBack: WayBack;
  /** What the way back does not bring back, in a word or two each. */
  readonly lost: readonly string[];
  /** The parts of the change that give more power than before; `unknown` where nobody looked. */
  readonly escalates: readonly string[] | 'unknown';
}

export const UNKNOWN_REACH: Reach = {
  blast: UNKNOWN_BLAST,
  wayBack: UNKNOWN_WAY_BACK,
  lost: [],
  escalates: 'unknown',
};

/** Reads reach nothing and need no way back. */
export const READ_REACH: Reach = {
  blast: { known: true, objects: 0, replicas: 0, pods: 0, share: 0, namespaces: 0, scope: 'none', open: false },
  wayBack: { how: 'not_needed', exact: true, captured: true },
  lost: [],
  escalates: [],
};

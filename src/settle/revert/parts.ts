import type { Ledger } from '../../decide/budget/ledger.ts';
import type { Decider } from '../../decide/decider.ts';
import type { Sources } from '../../identify/sources.ts';
import type { CaseFile } from '../../record/case-file.ts';
import type { Recorder } from '../../record/recorder.ts';
import type { Sealer } from '../../record/seal.ts';
import type { Store } from '../../record/store.ts';
import type { Epoch } from '../epoch.ts';
import type { Lane } from '../lane.ts';

/** What taking decisions back takes of a gate. */
export interface RevertParts {
  readonly store: Store;
  readonly sealer: Pick<Sealer, 'open'>;
  readonly recorder: Recorder;
  readonly ledger: Pick<Ledger, 'current' | 'reload'>;
  /** One that knows reverts: who orders them, and which freezes stop them. */
  readonly decider: Decider;
  readonly epoch: Pick<Epoch, 'value'>;
  /** The lane of a route; undefined: the configuration has no such route any more. */
  readonly laneOf: (route: string) => Lane | undefined;
  readonly sources: Sources;
  readonly newDecisionId: () => string;
  /** Milliseconds for measuring one call. */
  readonly measureWithin: number;
  /** The text with operators' ids replaced by their names. */
  readonly named: (text: string) => string;
  /** Tells of what the gate itself got wrong. */
  readonly report: (error: unknown, decision: string) => void;
  /** For tests: waited for between the record and the first byte. */
  readonly stall?: ((file: CaseFile) => Promise<void>) | undefined;
}

import { SallyportError } from '../errors.ts';
import type { CaseFile } from '../record/case-file.ts';
import type { Recorder } from '../record/recorder.ts';
import type { HoldDesk } from '../settle/hold/hold-desk.ts';
import type { Ledger } from './budget/ledger.ts';
import type { Decider } from './decider.ts';

/** Judgements of one call, at most: somebody else was quicker each time. */
const MOST_JUDGEMENTS = 5;

/**
 * Decides and records, which for a change is one step: what it takes of its budgets is written with the decision, on the
 * condition that nobody took of them since it was judged, and so is a hold that opens or is used. Where somebody was quicker,
 * it is judged again, by what is left.
 * @throws SallyportError `record/unavailable`, or `record/conflict` when others were quicker every time
 */
export async function decideOnRecord(
  { decider, ledger, recorder, desk }: DecidingParts,
  file: CaseFile,
): Promise<void> {
  for (let judgement = 1; ; judgement += 1) {
    if (ledger.current !== undefined) await ledger.current;
    decider.decide(file);
    const reserves = file.reservation !== undefined;
    const along = desk.along(file);
    try {
      await recorder.decided(file, along);
      return;
    } catch (error) {
      const outrun = (reserves || along !== undefined) && error instanceof SallyportError;
      if (!outrun || error.code !== 'record/conflict' || judgement === MOST_JUDGEMENTS) throw error;
      await along?.outrun();
      if (reserves) await ledger.reload();
    }
  }
}

interface DecidingParts {
  readonly decider: Pick<Decider, 'decide'>;
  readonly ledger: Pick<Ledger, 'current' | 'reload'>;
  readonly recorder: Pick<Recorder, 'decided'>;
  readonly desk: Pick<HoldDesk, 'along'>;
}

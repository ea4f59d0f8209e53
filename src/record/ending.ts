import type { Ending } from '../decide/budget/ledger.ts';
import type { Blast } from '../measure/facts.ts';

/** Answers that ask for another try: a conflict of versions, a disruption budget that waits for a pod. */
const TRY_AGAIN: ReadonlySet<number> = new Set([409, 429]);

/** How a change ended, as far as its budgets are concerned. What nobody knows may have happened, and badly. */
export function endingOf(
  { facts }: { readonly facts: { readonly blast: Pick<Blast, 'scope'> } | undefined },
  { sent, status }: { readonly sent: boolean; readonly status: number | undefined },
): Ending {
  if (!sent) return { kind: 'not-sent' };
  if (status === undefined) return { kind: 'failed' };
  if (status < 300) return { kind: 'done' };
  const failed = !TRY_AGAIN.has(status);
  // A collection is changed object by object: a refusal of one says nothing of those before it.
  // A redirect does nothing either, for nobody follows it.
  if (status < 500 && facts?.blast.scope === 'object') return { kind: 'refused', failed };
  return failed ? { kind: 'failed' } : { kind: 'done' };
}

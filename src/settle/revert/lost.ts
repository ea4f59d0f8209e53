import type { RevertedBy } from './actor.ts';
import { ended, recordEnd } from './ended.ts';
import type { RevertParts } from './parts.ts';
import type { RevertOrder } from './reverts.ts';
import { ending, readAttempt } from './taken-back.ts';

/**
 * Ends what was under way when the gate stopped. Whether it ran is on the record, or is not known: then another attempt may be
 * made, which looks at what is there. @throws SallyportError `record/unavailable`
 */
export async function endLost(parts: RevertParts): Promise<void> {
  for (const { id: decision } of await parts.store.list('reverts')) {
    const { attempt, version } = await readAttempt(parts.store, decision);
    if (attempt === undefined) continue;
    const { outcome } = (await parts.store.decision(attempt.revert)) ?? {};
    const ran = outcome?.state === 'answered' && typeof outcome.status === 'number' && outcome.status < 300;
    const end = ran
      ? ended('ran', 'it was taken back just before the gate stopped')
      : ended('failed', 'the gate stopped while it was being taken back: look at what is there, or order it again');
    const by: RevertedBy = attempt.by === 'gate' ? { kind: 'gate' } : { kind: 'operator', id: attempt.by };
    const order: RevertOrder = { decision, by, why: 'the gate was started again', force: false };
    const state = ran ? 'ran' : 'lost';
    await recordEnd(
      parts,
      order,
      { ...end, revert: attempt.revert },
      undefined,
      ending(decision, version, { ...attempt, state }),
    );
  }
}

import type { FreezeSubject } from '../decide/freeze-subject.ts';
import { ACTION_CLASSES, isReading } from '../describe/action.ts';
import type { HeldCall } from '../settle/hold/held-call.ts';
import type { Holds } from '../settle/hold/holds.ts';
import type { Freeze } from './freeze.ts';
import { coveringFreezes, type Freezes } from './freezes.ts';

export interface FrozenHoldsParts {
  readonly freezes: Pick<Freezes, 'active' | 'subscribe'>;
  readonly holds: Pick<Holds, 'end' | 'subscribe' | 'size'>;
  readonly now: () => Date;
}

/**
 * Ends every held call that a freeze covers, approved ones that have not run too, as soon as it is in force; by the same rule as calls.
 * What was judged before and is held after is ended as well, and so is what a gate that was killed left waiting.
 * @returns looks once more, for what could not be written; until then it cannot run either, for it is judged again when it comes
 */
export function endFrozenHolds({ freezes, holds, now }: FrozenHoldsParts): () => Promise<void> {
  const end = async (freeze: Freeze, which: (held: HeldCall) => boolean = () => true): Promise<void> => {
    if (holds.size === 0) return;
    const covered = (held: HeldCall) => which(held) && coveringFreezes([freeze], now(), subjectOf(held)).length > 0;
    await holds.end(covered, 'voided', freeze.by, reasonOf(freeze)).catch(() => undefined);
  };
  const lookAgain = async (): Promise<void> => {
    for (const freeze of freezes.active(now())) await end(freeze);
  };
  freezes.subscribe(({ what, freeze }) => {
    if (what === 'set') void end(freeze);
  });
  holds.subscribe(({ what, held }) => {
    if (what !== 'opened') return;
    const [freeze] = coveringFreezes(freezes.active(now()), now(), subjectOf(held));
    if (freeze !== undefined) void end(freeze, ({ id }) => id === held.id);
  });
  void lookAgain();
  return lookAgain;
}

/** What freezes are looked up by, as it was measured when the call was held. */
function subjectOf({ agent, route, subject }: HeldCall): FreezeSubject {
  const { environments, services, teams, runbook } = subject;
  const known = ACTION_CLASSES.find((name) => name === subject.class) ?? 'unknown';
  return { ...{ agent, route, environments, services, teams, runbook }, reading: isReading({ class: known }) };
}

/** Longer reasons are cut: the freeze itself has the whole one. */
const LONGEST_WHY = 700;

function reasonOf({ id, scope, why, by }: Freeze): string {
  const { kind, ...named } = scope;
  const what = [kind, ...Object.values(named)].join(' ');
  return `${what} was frozen: ${why.slice(0, LONGEST_WHY).toWellFormed()} (${id}, by ${by})`;
}

import type { Reason } from '../../decide/verdict.ts';
import type { Refusal } from '../../describe/action.ts';
import type { CaseFile } from '../../record/case-file.ts';
import { sentence } from '../refusal.ts';
import type { HeldCall } from './held-call.ts';
import { missing, unmet } from './quorum.ts';

export interface HoldTellings {
  readonly now: Date;
  /** Whether tries wait at all. */
  readonly waits: boolean;
}

/** What a caller is told of a call that still waits. */
export function tellHeld(held: HeldCall, file: CaseFile, { now, waits }: HoldTellings): Refusal {
  const left = unmet(held.holds, held.approvals, now);
  const retries = waits && file.described?.patience === 'retries';
  const needs = left.map((hold) => {
    if (hold.kind === 'window') return `its change window to open, ${hold.until}`;
    if (hold.kind === 'evidence') return `evidence (${hold.key})`;
    const more = missing(hold, held.approvals);
    const whom = hold.groups.length === 0 ? 'an administrator' : hold.groups.join(' or ');
    return `${more} ${held.approvals.length === 0 ? '' : 'more '}${more === 1 ? 'person' : 'people'} of ${whom} to approve it`;
  });
  const how = retries ? 'it waits' : 'send the same call again, and it runs once it is approved';
  const until = held.state === 'approved' ? `may run until ${held.runBy}` : `can be decided until ${held.decideBy}`;
  return {
    kind: 'held',
    decision: held.id,
    message: `held as ${held.id}: it needs ${needs.join(', and ')}; ${how}; it ${until}. ${sentence(held.subject.reasons, undefined)}`,
    warnings: held.subject.warnings.map(({ rule, message }) => `${rule}: ${message}`),
    hold: { id: held.id, retries, decideBy: held.decideBy, group: held.group, needs },
  };
}

const HOW: Readonly<Record<string, string>> = {
  denied: 'was denied by',
  cancelled: 'was cancelled by',
  expired: 'has expired: ended by',
  voided: 'is void: ended by',
};

/** Why a held call that is over does not run, for who waited for it and for who asks for the same again. */
export function overReason({ id, state, ended }: HeldCall): Reason {
  const by = `${HOW[state] ?? 'is over: ended by'} ${ended?.by === 'gate' ? 'the gate' : (ended?.by ?? 'nobody')}`;
  return {
    rule: 'gate/hold',
    message: `the held call ${id} ${by}: ${ended?.why ?? 'no reason was given'}`,
    fix: 'send another change, or ask who decided',
  };
}

/** What a caller who waited is told of a held call that is over. */
export function tellOver(held: HeldCall): Refusal {
  return { kind: 'denied', decision: held.id, message: sentence([overReason(held)], undefined), warnings: [] };
}

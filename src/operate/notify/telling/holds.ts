import { textAt } from '../../../cli/json-fields.ts';
import type { Json } from '../../../json.ts';
import type { Alert } from '../notice.ts';
import { plainLine } from '../plain-line.ts';
import { both, type Change, type Telling } from './change.ts';

/** What a group of held calls has in common; a hold that is in none stands alone. */
export function holdKey(change: Change): { readonly hold: string; readonly group: string } {
  const hold = change.first(['hold'], ['decision'], ['after', 'id'], ['before', 'id']);
  const group = change.first(['after', 'group'], ['before', 'group'], ['group']);
  const agent = change.first(['agent'], ['after', 'agent'], ['before', 'agent']);
  return { hold, group: group === '' || group === 'none' || group === hold ? '' : `${agent}/${group}` };
}

function alertOf(change: Change, action: Alert['action']): Alert {
  const { hold, group } = holdKey(change);
  return { key: group === '' ? `hold:${hold}` : `holds:${group}`, action };
}

/** Of the held call, which `after` shows, or `before` where there is no after. */
function ofCall(change: Change, ...path: readonly string[]): string {
  return change.first(['after', ...path], ['before', ...path]);
}

function agentOf(change: Change): string {
  return change.first(['agent'], ['after', 'agent'], ['before', 'agent']) || 'an agent';
}

function callOf(change: Change): string {
  return both(
    ofCall(change, 'subject', 'action') || 'a call',
    ofCall(change, 'subject', 'target', 'name') || ofCall(change, 'subject', 'target'),
  );
}

function groupsOf(change: Change): readonly string[] {
  const asked = change.list('groups').length > 0 ? change.list('groups') : change.list('after', 'groups');
  const named = asked.map((each) => plainLine(textAt(each), 63));
  if (named.length > 0) return named;
  const holds = change.list('after', 'holds').flatMap((hold) => textAt(hold, 'groups').split(', '));
  return [...new Set(holds.filter((group) => group !== ''))].map((group) => plainLine(group, 63));
}

function needs(hold: Json): string {
  const quorum = textAt(hold, 'quorum');
  const groups = textAt(hold, 'groups').replaceAll(', ', ' or ');
  if (textAt(hold, 'kind') === 'window')
    return `its window, which opens at ${textAt(hold, 'until') || 'no known time'}`;
  if (textAt(hold, 'kind') === 'evidence') return `evidence: ${textAt(hold, 'key')}`;
  return `${quorum || '?'} of ${groups || 'the approvers'}`;
}

function facts(change: Change) {
  const holds = change.list('after', 'holds').slice(0, 5).map(needs).join('; ');
  const reasons = change.list('after', 'subject', 'reasons').slice(0, 3);
  return [
    ['Agent', agentOf(change)],
    ['Call', callOf(change)],
    ['Environment', ofCall(change, 'subject', 'environment')],
    ['Tier', ofCall(change, 'subject', 'tier')],
    ['Reach', ofCall(change, 'subject', 'blast')],
    ['Waits for', plainLine(holds, 300)],
    ['Why', reasons.map((reason) => plainLine(textAt(reason, 'message') || textAt(reason), 200)).join(' ')],
    ['Intent', change.first(['intent'], ['after', 'intent'])],
    ['Decide by', ofCall(change, 'decideBy')],
  ] as const;
}

const page = (change: Change) => ['Open', 'approvals', holdKey(change).hold] as const;

function ended(title: (change: Change) => string): Telling {
  return {
    severity: 'info',
    title,
    text: (change) => change.why,
    facts: (change) => [
      ['Agent', agentOf(change)],
      ['Call', callOf(change)],
      ['Environment', ofCall(change, 'subject', 'environment')],
    ],
    alert: (change) => alertOf(change, 'resolve'),
    page,
    groups: groupsOf,
  };
}

/** Held calls: whom they wait for, and how that ended. */
export const HOLDS: Readonly<Record<string, Telling>> = {
  'hold.opened': {
    severity: 'warning',
    title: (change) => `${agentOf(change)} waits for approval: ${callOf(change)}`,
    facts,
    alert: (change) => alertOf(change, 'trigger'),
    page,
    groups: groupsOf,
  },
  'hold.escalated': {
    severity: 'error',
    title: (change) => `Nobody has decided yet, ${groupsOf(change).join(' and ') || 'others'} asked: ${callOf(change)}`,
    text: (change) => change.why,
    facts,
    alert: (change) => alertOf(change, 'trigger'),
    page,
    groups: groupsOf,
  },
  'hold.approval': {
    severity: 'info',
    title: (change) => `${change.by} approved, others are still asked: ${callOf(change)}`,
    text: (change) => change.why,
    alert: (change) => alertOf(change, 'acknowledge'),
    page,
    groups: groupsOf,
  },
  'hold.approved': ended((change) => `Approved by ${change.by}: ${callOf(change)}`),
  'hold.denied': ended((change) => `Denied by ${change.by}: ${callOf(change)}`),
  'hold.expired': ended((change) => `Expired, it will not run: ${callOf(change)}`),
  'hold.voided': ended((change) => `Void, it will not run: ${callOf(change)}`),
  'hold.cancelled': ended((change) => `Cancelled by ${change.by}: ${callOf(change)}`),
  'hold.used': { ...ended((change) => `An approved call ran: ${callOf(change)}`), quiet: true },
};

/** After these a hold asks for nobody any more. */
export const HOLD_ENDS: ReadonlySet<string> = new Set([
  'hold.approved',
  'hold.denied',
  'hold.expired',
  'hold.voided',
  'hold.cancelled',
]);

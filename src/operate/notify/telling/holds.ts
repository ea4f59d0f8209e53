import { at, listAt, textAt } from '../../../cli/json-fields.ts';
import type { Json } from '../../../json.ts';
import type { Alert } from '../notice.ts';
import { plainLine } from '../plain-line.ts';
import { both, type Change, type Telling } from './change.ts';

/**
 * Where an event of a held call has the whole of it, as it was when it was held: of events that tell only what moved, whoever reads
 * them fills it in.
 */
export const HELD = 'held';

/** What a group of held calls has in common; a hold that is in none stands alone. */
export function holdKey(change: Change): { readonly hold: string; readonly group: string } {
  const group = change.word(HELD, 'group');
  return { hold: change.word('hold'), group: group === '' ? '' : `${change.word('agent')}/${group}` };
}

function alertOf(change: Change, action: Alert['action']): Alert {
  const { hold, group } = holdKey(change);
  return { key: group === '' ? `hold:${hold}` : `holds:${group}`, action };
}

const agentOf = (change: Change) => change.word('agent') || 'an agent';
const subject = (change: Change, name: string) => change.word(HELD, 'subject', name);
const environments = (change: Change) =>
  change.list(HELD, 'subject', 'environments').map((each) => plainLine(textAt(each), 63));

function callOf(change: Change): string {
  const [namespace, name] = [subject(change, 'namespace'), subject(change, 'name')];
  const target = [namespace, name].filter((part) => part !== '' && part !== 'none').join('/');
  return both(subject(change, 'action') || 'a call', target);
}

/** Whom the event asks, or whom the hold does. */
function groupsOf(change: Change): readonly string[] {
  const asked = change.list('after', 'groups');
  const groups = asked.length > 0 ? asked : change.list(HELD, 'holds').flatMap((hold) => listAt(hold, 'groups'));
  return [...new Set(groups.slice(0, 50).map((group) => plainLine(textAt(group), 63)))];
}

function needs(hold: Json): string {
  const [kind, until, key] = [textAt(hold, 'kind'), textAt(hold, 'until'), textAt(hold, 'key')];
  if (kind === 'window') return until === '' ? 'its window to open' : `its window to open, at ${until}`;
  if (kind === 'evidence') return `evidence (${plainLine(key, 80)})`;
  const groups = listAt(hold, 'groups')
    .slice(0, 10)
    .map((group) => plainLine(textAt(group), 63));
  return `${textAt(hold, 'quorum')} of ${groups.join(' or ') || 'those who may approve'}`;
}

function reachOf(change: Change): string {
  const blast = change.value(HELD, 'subject', 'blast');
  if (at(blast, 'known') === false) return 'unknown';
  const counted = ['objects', 'replicas', 'pods', 'namespaces'].flatMap((name) => {
    const count = textAt(blast, name);
    if (['', '0'].includes(count) || (name === 'namespaces' && count === '1')) return [];
    return [`${count} ${count === '1' ? name.slice(0, -1) : name}`];
  });
  return counted.join(', ');
}

function movesOf(change: Change): string {
  const changes = change.list(HELD, 'subject', 'changes');
  const told = changes.slice(0, 4).map((each) => {
    const [path, from, to] = [textAt(each, 'path'), textAt(each, 'from'), textAt(each, 'to')];
    return `${plainLine(path, 80)}: ${plainLine(from, 40) || 'nothing'} → ${plainLine(to, 40) || 'nothing'}`;
  });
  return [...told, ...(changes.length > told.length ? [`${changes.length - told.length} more`] : [])].join('; ');
}

function facts(change: Change) {
  const reasons = change.list(HELD, 'subject', 'reasons').slice(0, 3);
  return [
    ['Agent', `${agentOf(change)}, level ${subject(change, 'level')}`],
    ['Call', `${callOf(change)} on route ${change.word(HELD, 'route')}`],
    ['Environment', subject(change, 'environment')],
    ['Tier', subject(change, 'tier')],
    ['Reaches', reachOf(change)],
    ['Changes', movesOf(change)],
    ['Waits for', change.list(HELD, 'holds').slice(0, 5).map(needs).join('; ')],
    ['Why', reasons.map((reason) => plainLine(textAt(reason, 'message'), 200)).join(' ')],
    [
      'The agent says',
      plainLine(textAt(change.value(HELD, 'subject', 'claims', 'reason')), 300).replace(/^unknown$/, ''),
    ],
    ['Intent', change.word(HELD, 'intent')],
    ['Decide by', change.word(HELD, 'decideBy')],
  ] as const;
}

const page = (change: Change) => ['Open', 'approvals', holdKey(change).hold] as const;
/** Where only a window is waited for people are asked nothing. */
const asksNobody = (change: Change) => change.word(HELD, 'state') === 'approved';

function ended(title: (change: Change) => string): Telling {
  return {
    severity: 'info',
    title,
    text: (change) => change.why,
    facts: (change) => [
      ['Agent', agentOf(change)],
      ['Call', `${callOf(change)} on route ${change.word(HELD, 'route')}`],
      ['Environment', subject(change, 'environment')],
    ],
    alert: (change) => alertOf(change, 'resolve'),
    ...{ page, environments, groups: groupsOf },
  };
}

/** Held calls: whom they wait for, and how that ended. */
export const HOLDS: Readonly<Record<string, Telling>> = {
  'hold.opened': {
    severity: (change) => (asksNobody(change) ? 'info' : 'warning'),
    title: (change) =>
      `${agentOf(change)} waits for ${asksNobody(change) ? 'its window' : 'approval'}: ${callOf(change)}`,
    facts,
    alert: (change) => (asksNobody(change) ? null : alertOf(change, 'trigger')),
    ...{ page, environments, groups: groupsOf },
  },
  'hold.escalated': {
    severity: 'error',
    title: (change) =>
      `Nobody has decided yet, now ${groupsOf(change).join(' and ') || 'others'} should: ${callOf(change)}`,
    text: (change) => change.why,
    facts,
    alert: (change) => alertOf(change, 'trigger'),
    targets: (change) =>
      change
        .list('after', 'notify')
        .slice(0, 50)
        .map((each) => textAt(each)),
    ...{ page, environments, groups: groupsOf },
  },
  'hold.ready': {
    severity: 'info',
    title: (change) => `Its window is open, it may run now: ${callOf(change)}`,
    text: (change) => change.why,
    ...{ page, environments, groups: groupsOf },
  },
  'hold.approval': {
    severity: 'info',
    title: (change) => `${change.by} approved, others are still asked: ${callOf(change)}`,
    text: (change) => change.why,
    alert: (change) => alertOf(change, 'acknowledge'),
    ...{ page, environments, groups: groupsOf },
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

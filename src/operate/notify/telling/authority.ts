import { textAt } from '../../../cli/json-fields.ts';
import type { Severity } from '../notice.ts';
import { plainLine } from '../plain-line.ts';
import { both, type Change, type Telling } from './change.ts';

function scopeOf(change: Change): string {
  const kind = change.first(['after', 'scope', 'kind'], ['before', 'scope', 'kind']);
  if (kind === 'everything' || kind === '') return kind || 'something';
  return both(kind, change.first(['after', 'scope', kind], ['before', 'scope', kind]));
}

const freezeSeverity = (change: Change): Severity => (scopeOf(change) === 'everything' ? 'critical' : 'error');
const freezePage = (change: Change) => ['Freezes', 'overview', change.word('freeze')] as const;
/** Those of an environment concern whoever asks for that environment; all others concern everybody. */
const environments = (change: Change) =>
  [change.first(['after', 'scope', 'environment'], ['before', 'scope', 'environment'])].filter((name) => name !== '');
const frozen = (change: Change) =>
  [
    ['Stops', change.word('after', 'reads') === 'true' ? 'reads too' : 'everything but reads'],
    ['Until', change.word('after', 'until') || 'somebody thaws it'],
  ] as const;
const levels = (change: Change) =>
  both(
    change.first(['before', 'level'], ['before', 'agent', 'level']),
    change.first(['after', 'level'], ['after', 'agent', 'level']),
    ' → ',
  );

/** What agents may do has changed. */
export const AUTHORITY: Readonly<Record<string, Telling>> = {
  'freeze.set': {
    severity: freezeSeverity,
    title: (change) => `Frozen by ${change.by}: ${scopeOf(change)}`,
    text: (change) => change.why,
    facts: frozen,
    environments,
    // The stop condition that set it says more.
    quiet: (change) => change.word('by') === 'gate',
    alert: (change) => ({ key: `freeze:${change.word('freeze')}`, action: 'trigger' }),
    page: freezePage,
  },
  'freeze.lifted': {
    severity: 'info',
    title: (change) => `Thawed by ${change.by}: ${scopeOf(change)}`,
    text: (change) => change.why,
    environments,
    alert: (change) => ({ key: `freeze:${change.word('freeze')}`, action: 'resolve' }),
    page: freezePage,
  },
  'stop.condition': {
    severity: freezeSeverity,
    title: (change) => `Stopped by itself: ${scopeOf(change)}`,
    text: (change) => change.why,
    facts: (change) => [
      ['Condition', change.word('condition')],
      ...frozen(change),
      [
        'Decisions',
        change
          .list('decisions')
          .slice(-5)
          .map((each) => plainLine(textAt(each), 40))
          .join(', '),
      ],
    ],
    alert: (change) => ({ key: `freeze:${change.word('freeze')}`, action: 'trigger' }),
    page: freezePage,
  },
  'agent.demoted': {
    severity: 'warning',
    title: (change) => `${change.word('agent')} was demoted by ${change.by}`,
    text: (change) => change.why,
    facts: (change) => [['Level', levels(change)]],
    alert: (change) => ({ key: `demotion:${change.event.id}`, action: 'trigger' }),
  },
  'agent.promoted': {
    severity: 'info',
    title: (change) => `${change.word('agent')} was promoted by ${change.by}`,
    text: (change) => change.why,
    facts: (change) => [['Level', levels(change)]],
  },
  'agent.revoked': {
    severity: 'warning',
    title: (change) => `${change.word('agent')} was revoked by ${change.by}`,
    text: (change) => change.why,
  },
};

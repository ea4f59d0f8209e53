import type { Severity } from '../notice.ts';
import { both, type Change, type Telling } from './change.ts';

function scopeOf(change: Change): string {
  const kind = change.first(['after', 'scope', 'kind'], ['before', 'scope', 'kind']);
  if (kind === 'everything' || kind === '') return kind || 'something';
  return both(kind, change.first(['after', 'scope', kind], ['before', 'scope', kind]));
}

const freezeSeverity = (change: Change): Severity => (scopeOf(change) === 'everything' ? 'critical' : 'error');
const freezePage = (change: Change) => ['Freezes', 'freezes', change.word('freeze')] as const;
const agentPage = (change: Change) => ['Agent', 'agents', change.word('agent')] as const;
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
    facts: (change) => [
      ['Stops', change.word('after', 'reads') === 'true' ? 'reads too' : 'everything but reads'],
      ['Until', change.word('after', 'until') || 'somebody thaws it'],
    ],
    alert: (change) => ({ key: `freeze:${change.word('freeze')}`, action: 'trigger' }),
    page: freezePage,
  },
  'freeze.lifted': {
    severity: 'info',
    title: (change) => `Thawed by ${change.by}: ${scopeOf(change)}`,
    text: (change) => change.why,
    alert: (change) => ({ key: `freeze:${change.word('freeze')}`, action: 'resolve' }),
    page: freezePage,
  },
  'agent.demoted': {
    severity: 'warning',
    title: (change) => `${change.word('agent')} was demoted by ${change.by}`,
    text: (change) => change.why,
    facts: (change) => [['Level', levels(change)]],
    alert: (change) => ({ key: `demotion:${change.event.id}`, action: 'trigger' }),
    page: agentPage,
  },
  'agent.promoted': {
    severity: 'info',
    title: (change) => `${change.word('agent')} was promoted by ${change.by}`,
    text: (change) => change.why,
    facts: (change) => [['Level', levels(change)]],
    page: agentPage,
  },
  'agent.revoked': {
    severity: 'warning',
    title: (change) => `${change.word('agent')} was revoked by ${change.by}`,
    text: (change) => change.why,
    page: agentPage,
  },
};

import { textAt } from '../../../cli/json-fields.ts';
import type { Alert, Severity } from '../notice.ts';
import { plainLine } from '../plain-line.ts';
import { both, type Change, type Telling } from './change.ts';

/** The change that is verified or reverted. */
const decisionOf = (change: Change) => change.word('decision');
const page = (change: Change) => ['Decision', 'decisions', decisionOf(change)] as const;

function callOf(change: Change): string {
  const target = [change.word('namespace'), change.word('name')].filter((part) => part !== '' && part !== 'none');
  return both(change.word('action'), target.join('/'));
}

const titled = (title: string) => (change: Change) =>
  `${title}: ${both(change.word('agent'), callOf(change)) || decisionOf(change)}`;

function verified(severity: Severity, title: string, action: Alert['action']): Telling {
  return {
    severity,
    title: titled(title),
    text: (change) => change.why,
    facts: (change) => [
      ['Agent', change.word('agent')],
      ['Call', both(callOf(change), change.word('route'), ' on route ')],
      ['Environment', change.word('environment')],
      ['Runbook', change.word('runbook')],
      ['Falls back', change.word('after', 'fallback') === 'due' ? 'it is reverted now' : ''],
    ],
    alert: (change) => ({ key: `verification:${decisionOf(change)}`, action }),
    page,
  };
}

function reverted(severity: Severity, title: string, action: Alert['action']): Telling {
  return {
    severity,
    title: titled(title),
    text: (change) => both(plainLine(change.long('after', 'message'), 400), change.why, '. Why: '),
    facts: (change) => [
      ['By', change.by],
      ['Agent', change.word('agent')],
      [
        'Not brought back',
        change
          .list('after', 'lost')
          .slice(0, 5)
          .map((each) => plainLine(textAt(each), 80))
          .join(', '),
      ],
      ['Changed since', conflicts(change)],
    ],
    alert: (change) => ({ key: `revert:${decisionOf(change)}`, action }),
    page,
  };
}

function conflicts(change: Change): string {
  return change
    .list('after', 'conflicts')
    .slice(0, 5)
    .map((each) => plainLine(textAt(each, 'path') || textAt(each), 80))
    .join(', ');
}

const quietly = (title: string): Telling => ({ ...verified('info', title, 'resolve'), quiet: true, alert: () => null });

/** What became of changes: verification, canaries and reverts. */
export const CONSEQUENCES: Readonly<Record<string, Telling>> = {
  'verification.started': quietly('A change is being verified'),
  'verification.passed': verified('info', 'A change was verified', 'resolve'),
  'verification.failed': verified('error', 'A change did not bring about what it should', 'trigger'),
  'verification.inconclusive': verified('warning', 'Nobody knows whether a change did what it should', 'trigger'),
  'canary.started': quietly('A change was made to a share first'),
  'canary.expanding': quietly('The first share is well, the rest follows'),
  'canary.expanded': quietly('A change was made to the rest too'),
  'canary.aborted': verified('error', 'A change stays with its first share', 'trigger'),
  'revert.ran': reverted('warning', 'A change was reverted', 'resolve'),
  'revert.failed': reverted('critical', 'A revert failed', 'trigger'),
  'revert.conflict': reverted('error', 'A change was not reverted, because others have changed the same', 'trigger'),
  'revert.refused': reverted('error', 'A change could not be reverted', 'trigger'),
  'revert.blocked': reverted('critical', 'A change should be reverted, and people must decide it', 'trigger'),
};

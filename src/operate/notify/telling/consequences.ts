import type { Alert } from '../notice.ts';
import { both, type Change, type Telling } from './change.ts';

const decisionOf = (change: Change) => change.first(['decision'], ['verification'], ['reverts'], ['revert']);
const agentOf = (change: Change) => change.first(['agent'], ['after', 'agent'], ['before', 'agent']);
const page = (change: Change) => ['Decision', 'decisions', decisionOf(change)] as const;
const alert = (of: string, action: Alert['action']) => (change: Change) => ({
  key: `${of}:${decisionOf(change)}`,
  action,
});
const facts = (change: Change) =>
  [
    ['Agent', agentOf(change)],
    ['Call', both(change.first(['after', 'action'], ['after', 'subject', 'action']), change.word('after', 'target'))],
    ['Decision', decisionOf(change)],
    ['Found', change.first(['after', 'found'], ['after', 'reason'], ['after', 'message'])],
  ] as const;

function verified(severity: 'info' | 'error', title: string, action: Alert['action']): Telling {
  return {
    severity,
    title: (change) => both(title, agentOf(change), ': '),
    text: (change) => change.why,
    facts,
    alert: alert('verification', action),
    page,
  };
}

function reverted(severity: 'info' | 'warning' | 'critical', title: string, action: Alert['action'] | null): Telling {
  return {
    severity,
    title: (change) => both(`${title}, by ${change.by}`, agentOf(change), ': '),
    text: (change) => change.why,
    facts,
    alert: action === null ? () => null : alert('revert', action),
    page,
  };
}

/** What became of changes: verification and reverts. */
export const CONSEQUENCES: Readonly<Record<string, Telling>> = {
  'verification.failed': verified('error', 'A change did not bring about what it should', 'trigger'),
  'verification.passed': verified('info', 'A change was verified', 'resolve'),
  'revert.ran': reverted('warning', 'A change was reverted', 'resolve'),
  'revert.failed': reverted('critical', 'A change could not be reverted', 'trigger'),
};

import { both, type Change, type Telling } from './change.ts';

const refused = (change: Change) => change.first(['refused', 'message'], ['after', 'message']);

/** The gate itself: its policy, its record, its notices. */
export const GATE: Readonly<Record<string, Telling>> = {
  'bundle.refused': {
    severity: 'error',
    title: (change) => `A policy bundle was refused: ${change.first(['refused', 'code']) || 'see the record'}`,
    text: (change) => both(change.why, refused(change), ': '),
    alert: () => ({ key: 'bundle', action: 'trigger' }),
  },
  'bundle.rolled-back': {
    severity: 'warning',
    title: (change) => `An older policy bundle was loaded by ${change.by}`,
    text: (change) => change.why,
  },
  'bundle.loaded': {
    severity: 'info',
    quiet: true,
    title: (change) => both('A policy bundle was loaded', change.word('after', 'revision'), ': '),
    text: (change) => change.why,
    alert: () => ({ key: 'bundle', action: 'resolve' }),
  },
  'gate.lost': {
    severity: 'error',
    title: (change) => `The gate started again; of ${change.word('lost')} calls nobody knows the end`,
    text: () => 'It stopped without ending them. Each is marked lost on the record: look whether it ran.',
    alert: (change) => ({ key: `lost:${change.event.id}`, action: 'trigger' }),
  },
  'notice.test': {
    severity: 'info',
    quiet: true,
    title: (change) => `A test, asked for by ${change.by}: ${change.word('target')} can be told`,
    text: (change) => change.why,
    alert: (change) => ({ key: `test:${change.event.id}`, action: 'trigger' }),
    targets: (change) => [change.word('target')],
  },
  'notice.dead': {
    severity: 'error',
    title: (change) => `${change.word('target')} could not be told: ${change.word('after', 'title')}`,
    text: (change) => change.why,
    facts: (change) => [
      ['Target', change.word('target')],
      ['Notice', change.word('notice')],
    ],
    alert: (change) => ({ key: `notice:${change.word('target')}`, action: 'trigger' }),
  },
};

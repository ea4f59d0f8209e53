import type { Json } from '../../../json.ts';
import { type Report, type ReportSection, tableOr, text } from '../report.ts';
import { counted, moment } from '../words.ts';
import type { HandoffPackage } from './package.ts';

/** The handoff package as a report. @param nameOf how an operator's id is shown */
export function handoffReport(handed: HandoffPackage, nameOf: (id: string) => string): Report {
  const { intent, agent, from, to, record } = handed;
  const what = textOf(handed.statement.incident) || textOf(handed.statement.alert) || intent || agent;
  return {
    title: `Handoff of ${what}`,
    about: `Agent ${agent}${intent === undefined ? '' : `, intent ${intent}`}, ${moment(from)} to ${moment(to)}, told from ${counted(record.leaves, 'leaf').replace('leafs', 'leaves')} of the log (${record.from ?? '-'} to ${record.to ?? '-'}).`,
    summary: summaryOf(handed),
    sections: [
      nextSection(handed, nameOf),
      statementSection(handed),
      evidenceSection(handed, nameOf),
      actionsSection(handed),
      approvalsSection(handed, nameOf),
      agentSection(handed, nameOf),
      timelineSection(handed, nameOf),
    ],
  };
}

function summaryOf({ actions, reads, state, statement, closed, next, freezes }: HandoffPackage): Report['summary'] {
  const many = (test: (one: (typeof actions)[number]) => boolean) => actions.filter(test).length;
  const [done, held, denied] = [
    many(({ outcome }) => outcome === 'done'),
    many(({ did }) => did === 'hold'),
    many(({ did }) => did === 'deny'),
  ];
  const [unverified, reverted] = [
    many(({ verification }) => verification === 'failed'),
    many(({ revert }) => revert === 'ran'),
  ];
  const urgent = actions.some(({ verification, revert }) => verification === 'failed' && revert !== 'ran');
  const waiting = actions.some(({ hold }) => hold === 'waiting') || freezes.some(({ lifted }) => !lifted);
  return {
    state: urgent ? 'refuse' : waiting || reverted > 0 || state === 'open' ? 'look' : 'clear',
    sentence: textOf(statement.reason) || 'No reason was given.',
    lines: [
      `${counted(reads.allowed, 'read')}, ${counted(actions.length, 'change')} asked for: ${done} done, ${held} held, ${denied} denied.`,
      `${counted(unverified, 'failed verification')}, ${counted(reverted, 'revert')}.`,
      state === 'open' ? 'It is still open.' : `It was closed as ${state}: ${closed?.why ?? ''}`,
      ...next.slice(0, 1).map(({ step }) => `Next: ${step}`),
    ],
  };
}

function nextSection({ next, cut }: HandoffPackage, nameOf: (id: string) => string): ReportSection {
  return {
    id: 'next',
    title: 'What to do next',
    blocks: [
      { kind: 'list', ordered: true, items: next.map(({ step, because }) => `${step} ${withNames(because, nameOf)}.`) },
      ...(cut ? [text('There is more in the record than is told here.')] : []),
    ],
  };
}

const SAID: readonly (readonly [name: string, of: string])[] = [
  ['Incident', 'incident'],
  ['Class', 'incidentClass'],
  ['Alert', 'alert'],
  ['Hypothesis', 'hypothesis'],
  ['Confidence', 'confidence'],
  ['Plan', 'plan'],
  ['Runbook', 'runbook'],
  ['Success signal', 'successSignal'],
  ['Way back', 'wayBack'],
  ['Links', 'links'],
];

function statementSection({ statement }: HandoffPackage): ReportSection {
  const fields = SAID.map(([name, of]) => [name, textOf(statement[of])] as const).filter(([, value]) => value !== '');
  return {
    id: 'statement',
    title: 'What the agent said',
    blocks: [
      text('In its own words: claims, which nobody has checked.'),
      fields.length === 0 ? text('Nothing.') : { kind: 'fields', fields },
    ],
  };
}

function evidenceSection({ evidence }: HandoffPackage, nameOf: (id: string) => string): ReportSection {
  const rows = evidence.map(({ time, source, stance, says, by }) => [moment(time), source, stance, says, nameOf(by)]);
  return {
    id: 'evidence',
    title: 'Evidence',
    blocks: [
      tableOr(
        'No source was named.',
        'What sources said, as it was told',
        ['Observed', 'Source', 'Speaks', 'Says', 'Told by'],
        rows,
      ),
    ],
  };
}

function actionsSection({ actions, reads }: HandoffPackage): ReportSection {
  const rows = actions.map(
    ({ time, decision, action, target, environment, tier, did, outcome, hold, verification, revert }) => [
      moment(time),
      decision,
      `${action} ${target}`,
      `${environment}, tier ${tier}`,
      hold === '' ? did : `${did}: ${hold}`,
      outcome || '-',
      verification || '-',
      revert || '-',
    ],
  );
  return {
    id: 'actions',
    title: 'What it did',
    blocks: [
      text(`${counted(reads.allowed, 'read')} besides, and ${counted(reads.denied, 'denied read')}.`),
      tableOr(
        'It asked for no change.',
        'Changes',
        ['When', 'Decision', 'What', 'Where', 'Gate', 'Outcome', 'Verified', 'Taken back'],
        rows,
      ),
    ],
  };
}

function approvalsSection({ actions }: HandoffPackage, nameOf: (id: string) => string): ReportSection {
  const rows = actions.flatMap(({ decision, approvals }) =>
    approvals.map(({ time, what, by, why }) => [moment(time), decision, what.replace('hold.', ''), nameOf(by), why]),
  );
  return {
    id: 'approvals',
    title: 'Who decided',
    blocks: [
      tableOr(
        'Nobody was asked, or nobody has answered.',
        'Decisions of people',
        ['When', 'Held call', 'What', 'Who', 'Why'],
        rows,
      ),
    ],
  };
}

function agentSection({ levels, freezes }: HandoffPackage, nameOf: (id: string) => string): ReportSection {
  return {
    id: 'agent',
    title: 'What became of the agent',
    blocks: [
      tableOr(
        'Its level did not change.',
        'Levels',
        ['When', 'What', 'Who', 'Why'],
        levels.map(({ time, what, by, why }) => [moment(time), what.replace('agent.', ''), nameOf(by), why]),
      ),
      tableOr(
        'It was not frozen.',
        'Freezes',
        ['When', 'Freeze', 'Who', 'Why', 'Lifted'],
        freezes.map(({ time, about, by, why, lifted }) => [
          moment(time),
          about,
          nameOf(by),
          why,
          lifted ? 'yes' : 'no',
        ]),
      ),
    ],
  };
}

function timelineSection({ timeline }: HandoffPackage, nameOf: (id: string) => string): ReportSection {
  const rows = timeline.map(({ time, what, by, why, about, seq }) => [
    moment(time),
    what,
    nameOf(by),
    why,
    about || '-',
    String(seq),
  ]);
  return {
    id: 'timeline',
    title: 'Timeline',
    blocks: [
      tableOr('Nothing happened.', 'Everything, in order', ['When', 'What', 'Who', 'Why', 'About', 'Leaf'], rows),
    ],
  };
}

/** Ids of operators in a sentence of ours. */
function withNames(sentence: string, nameOf: (id: string) => string): string {
  return sentence.replace(/ by ([^\s,:]+)/g, (whole, id: string) => (nameOf(id) === id ? whole : ` by ${nameOf(id)}`));
}

function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return Array.isArray(value) ? value.map(textOf).join(', ') : '';
}

import { type Block, type Report, type ReportSection, tableOr } from '../report.ts';
import { counted, moment, percent } from '../words.ts';
import { agentsSection, incidentsSection, levelsSection, peopleSection } from './people-sections.ts';
import { type Done, RATES, type Rates, ratesOf, type WeeklyReview, type WeekNumbers } from './week-numbers.ts';

const PARTS = [
  { name: 'allowed', tone: 'good' },
  { name: 'held', tone: 'warn' },
  { name: 'denied', tone: 'bad' },
] as const;

/** Rows that a table of names shows; the JSON has all. */
const MOST_ROWS = 20;

/** The weekly review as a report. @param nameOf how an operator's id is shown */
export function weeklyReport(review: WeeklyReview, nameOf: (id: string) => string): Report {
  const { from, to, agent, log, week, before } = review;
  const whose = agent === undefined ? 'all agents' : `agent ${agent}`;
  return {
    title: `Review of ${whose}, ${from.slice(0, 10)} to ${lastDay(to)}`,
    about: `From ${moment(from)} until before ${moment(to)}${log === null ? ', and the record has nothing of it' : `, from leaves ${log.from} to ${log.to} of the log`}.`,
    summary: summaryOf(week),
    sections: [
      decisionsSection(week),
      comparisonSection(week, before),
      peopleSection(week, nameOf),
      outcomesSection(week),
      incidentsSection(week),
      levelsSection(week, nameOf),
      agentsSection(week),
    ],
  };
}

function summaryOf(week: WeekNumbers): Report['summary'] {
  const { decisions, changes, unverified, reverted, stops } = week;
  const stopped = stops.reduce((sum, { count }) => sum + count, 0);
  const rates = ratesOf(week);
  const bad = stopped > 0 ? 'refuse' : unverified + reverted > 0 ? 'look' : 'clear';
  const total = decisions.allow + decisions.hold + decisions.deny;
  return {
    state: bad,
    sentence: `${counted(total, 'decision')}: ${decisions.allow} allowed, ${decisions.hold} held, ${decisions.deny} denied.`,
    lines: [
      `${counted(changes.allow, 'change')} let through, ${percent(rates.autonomous_share)} of them without anybody's approval.`,
      `${percent(rates.success_rate)} of the changes that ended were a success; ${counted(unverified, 'failed verification')}, ${counted(reverted, 'revert')}.`,
      stopped === 0 ? 'No stop condition was met.' : `${counted(stopped, 'stop condition')} met.`,
    ],
  };
}

function decisionsSection(week: WeekNumbers): ReportSection {
  const named = (name: string, rows: readonly (Done & { readonly name: string })[]): Block =>
    tableOr(
      `There were no decisions by ${name.toLowerCase()}.`,
      `By ${name.toLowerCase()}`,
      [name, 'Allowed', 'Held', 'Denied'],
      rows.map(doneRow),
    );
  return {
    id: 'decisions',
    title: 'Decisions',
    blocks: [
      {
        kind: 'chart',
        caption: 'Decisions by day',
        parts: PARTS,
        bars: week.by_day.map(({ day, ...done }) => ({ name: day, values: valuesOf(done) })),
      },
      tableOr(
        'There were no decisions.',
        'By day (UTC)',
        ['Day', 'Allowed', 'Held', 'Denied'],
        week.by_day.map(({ day, ...done }) => doneRow({ name: day, ...done })),
      ),
      named('Tier', week.by_tier),
      named('Environment', week.by_environment),
      named('Level', week.by_level),
      {
        kind: 'chart',
        caption: 'Rules that held or denied most often',
        parts: PARTS.slice(1),
        bars: week.by_rule.slice(0, 10).map(({ name, hold, deny }) => ({ name, values: [hold, deny] })),
      },
      tableOr(
        'No rule held or denied anything.',
        'Rules that held or denied',
        ['Rule', 'Held', 'Denied'],
        week.by_rule.slice(0, MOST_ROWS).map(({ name, hold, deny }) => [name, hold, deny]),
      ),
    ],
  };
}

const WORDS: Readonly<Record<keyof Rates, string>> = {
  block_rate: 'Denied, of all decisions',
  autonomous_share: 'Without approval, of the changes let through',
  success_rate: 'Success, of the changes that ended',
  verification_rate: 'Passed, of the verifications',
  revert_rate: 'Taken back, of the changes done',
  takeover_rate: 'Taken over by people, of the changes asked for',
};

function comparisonSection(week: WeekNumbers, before: WeekNumbers): ReportSection {
  const [now, then] = [ratesOf(week), ratesOf(before)];
  const counts: readonly (readonly [string, (of: WeekNumbers) => number])[] = [
    ['Decisions', ({ decisions }) => decisions.allow + decisions.hold + decisions.deny],
    ['Changes asked for', ({ changes }) => changes.allow + changes.hold + changes.deny],
    ['Changes done', ({ changes }) => changes.done],
    ['Changes failed', ({ changes }) => changes.failed],
    ['Failed verifications', ({ unverified }) => unverified],
    ['Reverts', ({ reverted }) => reverted],
    ['Takeovers', ({ taken_over }) => taken_over],
    ['Stop conditions', ({ stops }) => stops.reduce((sum, { count }) => sum + count, 0)],
  ];
  return {
    id: 'comparison',
    title: 'Compared with the time before',
    blocks: [
      {
        kind: 'table',
        caption: 'Counts',
        headings: ['What', 'Before', 'Now', 'Difference'],
        rows: counts.map(([name, of]) => [name, of(before), of(week), signed(of(week) - of(before))]),
      },
      {
        kind: 'table',
        caption: 'Shares',
        headings: ['Share', 'Before', 'Now'],
        rows: RATES.map((name) => [WORDS[name], percent(then[name]), percent(now[name])]),
      },
    ],
  };
}

function outcomesSection(week: WeekNumbers): ReportSection {
  const { changes, verified, unverified, reverted, reverted_by_gate: byGate } = week;
  return {
    id: 'outcomes',
    title: 'What came of it',
    blocks: [
      {
        kind: 'chart',
        caption: 'Changes and what became of them',
        parts: [
          { name: 'went well', tone: 'good' },
          { name: 'did not', tone: 'bad' },
        ],
        bars: [
          { name: 'changes that ended', values: [changes.done, changes.failed] },
          { name: 'verifications', values: [verified, unverified] },
          { name: 'changes done', values: [Math.max(0, changes.done - changes.spoiled), changes.spoiled] },
        ],
      },
      {
        kind: 'fields',
        fields: [
          ['Changes done', `${changes.done}, and ${changes.failed} failed`],
          ['Verifications', `${verified} passed, ${unverified} failed`],
          ['Reverts', `${reverted}, ${byGate} of them by the gate itself`],
        ],
      },
      tableOr(
        'No stop condition was met.',
        'Stop conditions',
        ['Condition', 'Times'],
        week.stops.map(({ name, count }) => [name, count]),
      ),
    ],
  };
}

function doneRow({ name, ...done }: Done & { readonly name: string }): readonly (string | number)[] {
  return [name, ...valuesOf(done)];
}

function valuesOf({ allow, hold, deny }: Done): readonly number[] {
  return [allow, hold, deny];
}

function signed(difference: number): string {
  return difference > 0 ? `+${difference}` : String(difference);
}

/** The last day that is whole part of it, where it ends at midnight. */
function lastDay(to: string): string {
  return new Date(Date.parse(to) - 1).toISOString().slice(0, 10);
}

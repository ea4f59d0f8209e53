import { type ReportSection, tableOr, text } from '../report.ts';
import { duration, moment } from '../words.ts';
import type { WeekNumbers } from './week-numbers.ts';

/** Rows that a table shows; the JSON has all. */
const MOST_ROWS = 20;

export function peopleSection(week: WeekNumbers, nameOf: (id: string) => string): ReportSection {
  return {
    id: 'people',
    title: 'People',
    blocks: [
      tableOr(
        'Nobody was asked.',
        'How long people took, by tier',
        ['Tier', 'Approved', 'Denied', 'Not decided', 'Median', '9 of 10 within'],
        week.approvals.map(({ tier, approved, denied, expired, median, p90 }) => [
          tier,
          approved,
          denied,
          expired,
          duration(median),
          duration(p90),
        ]),
      ),
      tableOr(
        'Nobody took anything over.',
        'Where people took over',
        ['When', 'Agent', 'What', 'Who', 'Why'],
        week.takeovers
          .slice(-MOST_ROWS)
          .map(({ time, agent, what, by, why }) => [moment(time), agent, what, nameOf(by), why]),
      ),
    ],
  };
}

export function incidentsSection(week: WeekNumbers): ReportSection {
  return {
    id: 'incidents',
    title: 'Incidents',
    blocks: [
      {
        kind: 'fields',
        fields: [
          ['Until a person acted', half(week.incidents.map(({ acknowledged }) => acknowledged))],
          ['Until it was done', half(week.incidents.map(({ mitigated }) => mitigated))],
        ],
      },
      tableOr(
        'No intent was opened.',
        'What agents were trying to do',
        ['Opened', 'Intent', 'Agent', 'Incident', 'Until a person acted', 'Until it was done', 'Outcome'],
        week.incidents.map(({ openedAt, intent, agent, incident, acknowledged, mitigated, outcome }) => [
          moment(openedAt),
          intent,
          agent,
          incident || 'none',
          duration(acknowledged),
          duration(mitigated),
          outcome,
        ]),
      ),
      ...(week.cut.includes('incidents') ? [text('There were more than are listed.')] : []),
    ],
  };
}

/** The time within which it was so for half of those for which it was. */
function half(seconds: readonly (number | null)[]): string {
  const known = seconds.filter((one) => one !== null).toSorted((a, b) => a - b);
  const median = known[Math.max(0, Math.ceil(known.length / 2) - 1)];
  return `${known.length} of ${seconds.length}${median === undefined ? '' : `, half of them within ${duration(median)}`}`;
}

export function levelsSection(week: WeekNumbers, nameOf: (id: string) => string): ReportSection {
  return {
    id: 'levels',
    title: 'Levels',
    blocks: [
      tableOr(
        'No level changed.',
        'Who was promoted or demoted',
        ['When', 'Agent', 'What', 'Level', 'Who', 'Why'],
        week.levels.map(({ time, agent, what, from, to, by, why }) => [
          moment(time),
          agent,
          what.replace('agent.', ''),
          from === null ? `${to ?? '?'}` : `${from} to ${to ?? '?'}`,
          nameOf(by),
          why,
        ]),
      ),
    ],
  };
}

export function agentsSection(week: WeekNumbers): ReportSection {
  const rows = week.agents.map((one) => [
    one.agent,
    one.allow,
    one.hold,
    one.deny,
    one.changes,
    one.alone,
    one.done,
    one.failed,
    one.unverified,
    one.reverted,
    one.taken_over,
  ]);
  return {
    id: 'agents',
    title: 'Agents',
    blocks: [
      tableOr(
        'No agent asked for anything.',
        'Each agent',
        [
          'Agent',
          'Allowed',
          'Held',
          'Denied',
          'Changes',
          'Alone',
          'Done',
          'Failed',
          'Not verified',
          'Reverted',
          'Taken over',
        ],
        rows,
      ),
    ],
  };
}

import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { Store } from '../../record/store.ts';
import { type Answer, type Endpoint, endpoint, nothing } from '../endpoint.ts';
import { handoffOfAgent, handoffOfIntent } from '../report/handoff/handoff.ts';
import { handoffReport } from '../report/handoff/handoff-report.ts';
import { type HandoffPackage, packageJson } from '../report/handoff/package.ts';
import { reportMarkdown } from '../report/markdown.ts';
import { reportPage } from '../report/page.ts';
import type { Report } from '../report/report.ts';
import { ReportTurns } from '../report/report-turns.ts';
import { ratesOf } from '../report/weekly/week-numbers.ts';
import { reviewWeek } from '../report/weekly/weekly.ts';
import { weeklyReport } from '../report/weekly/weekly-report.ts';

export interface ReportParts {
  readonly store: Store;
  /** An operator's name with their id; others as they are. */
  readonly nameOf: (id: string) => string;
}

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 92;

const format = z.enum(['json', 'markdown', 'html']).default('json');
const instant = z.iso.datetime({ offset: true });
const agentId = z.string().min(1).max(63);
const weeklyQuery = z.strictObject({
  from: instant.optional(),
  to: instant.optional(),
  agent: agentId.optional(),
  format,
});
const spanQuery = z.strictObject({ agent: agentId, from: instant.optional(), to: instant.optional(), format });
const formatQuery = z.strictObject({ format });

/** Handoff packages and weekly reviews, made from the record alone. */
export function reportEndpoints({ store, nameOf }: ReportParts): readonly Endpoint[] {
  const turns = new ReportTurns();
  const handed = (made: HandoffPackage, as: z.infer<typeof format>): Answer =>
    answerOf(
      as,
      () => packageJson(made),
      () => handoffReport(made, nameOf),
    );
  return [
    endpoint(
      'reports.read',
      {
        method: 'get',
        path: '/v1/reports/weekly',
        summary:
          'Decisions and outcomes of a span, by default the last seven whole days (UTC), compared with the one before',
        body: nothing,
        query: weeklyQuery,
      },
      async ({ query, now }) => {
        const span = spanOf(query, now);
        const review = await turns.take(() => reviewWeek(store, { ...span, agent: query.agent }));
        const { agent, week, before, ...rest } = review;
        const value = () => ({
          ...rest,
          agent: agent ?? null,
          rates: ratesOf(week),
          rates_before: ratesOf(before),
          week,
          before,
        });
        return answerOf(query.format, value, () => weeklyReport(review, nameOf));
      },
    ),
    endpoint(
      'reports.read',
      {
        method: 'get',
        path: '/v1/reports/handoff/:id',
        summary: 'All that whoever takes over an intent has to know, as JSON, Markdown or a page',
        body: nothing,
        query: formatQuery,
      },
      async ({ id, query }) => handed(await turns.take(() => handoffOfIntent(store, id)), query.format),
    ),
    endpoint(
      'reports.read',
      {
        method: 'get',
        path: '/v1/reports/handoff',
        summary: 'The same of an agent and a span of time, where there are no intents',
        body: nothing,
        query: spanQuery,
      },
      async ({ query, now }) => {
        const span = spanOf(query, now);
        return handed(await turns.take(() => handoffOfAgent(store, query.agent, span)), query.format);
      },
    ),
  ];
}

function answerOf(as: z.infer<typeof format>, value: () => object, report: () => Report): Answer {
  switch (as) {
    case 'json':
      return { kind: 'json', value: value() };
    case 'markdown':
      return { kind: 'text', type: 'text/markdown; charset=utf-8', text: reportMarkdown(report()) };
    case 'html':
      return { kind: 'text', type: 'text/html; charset=utf-8', text: reportPage(report()) };
  }
}

/** The last seven whole days where nothing is said: what is over does not change any more. */
function spanOf(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: Date,
): { from: string; to: string } {
  const midnight = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const to = query.to === undefined ? midnight : Date.parse(query.to);
  const from = query.from === undefined ? to - 7 * DAY_MS : Date.parse(query.from);
  if (from < to && to - from <= LONGEST_DAYS * DAY_MS)
    return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  throw new SallyportError('request/invalid', 'query.from must be before query.to, and no more than 92 days');
}

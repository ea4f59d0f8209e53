import type { JsonObject } from '../../json.ts';
import type { Page } from './page.ts';

const SPAN = ['agent', 'from', 'to'];

/** Weekly reviews and handoff packages, as the API makes them. */
export const reportPages: readonly Page[] = [
  {
    method: 'get',
    path: '/reports/weekly',
    permission: 'reports.read',
    run: async ({ query, askDocument }) => {
      const span = Object.fromEntries(SPAN.flatMap((name) => (query.has(name) ? [[name, query.get(name) ?? '']] : [])));
      return { kind: 'document', text: await askDocument('get /v1/reports/weekly', { query: asHtml(span) }) };
    },
  },
  {
    method: 'get',
    path: '/reports/handoff/:id',
    permission: 'reports.read',
    run: async ({ id, askDocument }) => {
      return { kind: 'document', text: await askDocument('get /v1/reports/handoff/:id', { id, query: asHtml({}) }) };
    },
  },
];

function asHtml(query: JsonObject): JsonObject {
  return { ...query, format: 'html' };
}

import { listAt, textAt } from '../../cli/json-fields.ts';
import type { Json } from '../../json.ts';
import { type Content, html, type Markup } from '../../review/report/page/html.ts';
import { table } from '../../review/report/page/table.ts';
import { actOf } from './held.ts';
import { time } from './layout.ts';

const TONES: Readonly<Record<string, string>> = { allow: 'good', hold: 'warn', deny: 'bad' };

/** Decisions as `GET /v1/decisions` gives them. */
export function decisionList(records: readonly Json[]): Markup {
  if (records.length === 0) return html`<p>Nothing yet.</p>`;
  return table('Newest first', ['When', 'Agent', 'Asked for', 'Gate', 'Rule'], records.map(row));
}

function row(record: Json): readonly Content[] {
  const decided = (...path: readonly string[]) => textAt(record, 'decided', ...path);
  const did = decided('did');
  const agent = decided('agent', 'id');
  const target = [decided('call', 'namespace'), decided('call', 'name')].filter((part) => !['', 'none'].includes(part));
  return [
    html`<a href="/decisions/${encodeURIComponent(textAt(record, 'id'))}">${time(decided('time'))}</a>`,
    agent === '' ? 'nobody known' : html`<a href="/agents/${encodeURIComponent(agent)}">${agent}</a>`,
    `${actOf(decided('call', 'action'))} ${target.join('/')}`,
    html`<span class="word ${TONES[did] ?? ''}">${did}</span>`,
    textAt(listAt(record, 'decided', 'reasons')[0], 'rule'),
  ];
}

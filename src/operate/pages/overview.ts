import { listAt, textAt } from '../../cli/json-fields.ts';
import type { Json } from '../../json.ts';
import { type Content, html } from '../../review/report/page/html.ts';
import { table } from '../../review/report/page/table.ts';
import { freezeList, stopForms } from './freeze-forms.ts';
import { actOf, waitingList } from './held.ts';
import { time } from './layout.ts';
import type { Page } from './page.ts';

const RECENT = 15;
const TONES: Readonly<Record<string, string>> = { allow: 'good', hold: 'warn', deny: 'bad' };

/** What is stopped, what waits, what was decided last, and the stop button. */
export const overviewPage: Page = {
  method: 'get',
  path: '/',
  permission: 'decisions.read',
  run: async (visit) => {
    const { ask } = visit;
    const freezes = await ask('get /v1/freezes');
    const held = listAt(await ask('get /v1/approvals'), 'approvals');
    const recent = listAt(await ask('get /v1/decisions', { query: { limit: RECENT } }), 'decisions');
    const body = html`${freezeList(freezes, visit)}
<h2>Waiting calls</h2>${waitingList(held)}
<h2 id="stop">Stop</h2>${stopForms(visit)}
<h2>Decided last</h2>${recent.length === 0 ? html`<p>Nothing yet.</p>` : decisions(recent)}`;
    return { kind: 'page', title: 'Overview', body };
  },
};

function decisions(records: readonly Json[]) {
  return table('Newest first', ['When', 'Agent', 'Asked for', 'Gate', 'Rule'], records.map(row));
}

function row(record: Json): readonly Content[] {
  const decided = (...path: readonly string[]) => textAt(record, 'decided', ...path);
  const did = decided('did');
  const target = [decided('call', 'namespace'), decided('call', 'name')].filter((part) => !['', 'none'].includes(part));
  return [
    html`<a href="/decisions/${encodeURIComponent(textAt(record, 'id'))}">${time(decided('time'))}</a>`,
    decided('agent', 'id') || 'nobody known',
    `${actOf(decided('call', 'action'))} ${target.join('/')}`,
    html`<span class="word ${TONES[did] ?? ''}">${did}</span>`,
    textAt(listAt(record, 'decided', 'reasons')[0], 'rule'),
  ];
}

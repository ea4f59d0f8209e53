import { decisionAccountFields } from '../../cli/explain-account.ts';
import { decisionFields } from '../../cli/explain-decision.ts';
import { at, listAt, textAt } from '../../cli/json-fields.ts';
import type { Json } from '../../json.ts';
import { html, type Markup } from '../../review/report/page/html.ts';
import { table } from '../../review/report/page/table.ts';
import { actOf, facts } from './held.ts';
import { lineFields } from './layout.ts';
import type { Page, Visit } from './page.ts';
import { wayBackForms } from './revert-pages.ts';

/** One decision: what was asked, what the gate did and why, and the way back. */
export const decisionPage: Page = {
  method: 'get',
  path: '/decisions/:id',
  permission: 'decisions.read',
  run: async (visit) => {
    const record = await visit.ask('get /v1/decisions/:id', { id: visit.id });
    const account = await visit.ask('get /v1/decisions/:id/account', { id: visit.id });
    const title = `${actOf(textAt(record, 'decided', 'call', 'action'))}: ${textAt(record, 'decided', 'did')}`;
    return { kind: 'page', title, body: decisionBody(record, account, visit) };
  },
};

function decisionBody(record: Json, account: Json, visit: Visit): Markup {
  const isHeld = textAt(record, 'decided', 'did') === 'hold';
  const waits = html`<p><a href="/approvals/${encodeURIComponent(visit.id)}">What became of the held call</a></p>`;
  const intent = textAt(record, 'decided', 'agent', 'intent');
  const told = html`<p><a href="/reports/handoff/${encodeURIComponent(intent)}">All of intent ${intent}</a></p>`;
  return html`${isHeld ? waits : ''}${intent === '' ? '' : told}${changes(record)}
<h2>The way back</h2>${wayBack(record, visit)}
<h2>Authority</h2>${lineFields(decisionAccountFields(account, visit.nameOf))}
<h2>Explained</h2>${lineFields(decisionFields(record, visit.nameOf))}`;
}

function changes(record: Json): Markup | '' {
  const found = listAt(record, 'decided', 'facts', 'changes');
  if (found.length === 0) return '';
  const code = (text: string) => html`<code>${text}</code>`;
  const rows = found.map((change) => [
    code(textAt(change, 'path') || '/'),
    code(JSON.stringify(at(change, 'from') ?? null)),
    code(JSON.stringify(at(change, 'to') ?? null)),
  ]);
  return html`<h2>The exact change</h2>${table('Recorded change', ['Field', 'From', 'To'], rows)}`;
}

function wayBack(record: Json, visit: Visit): Markup {
  const known = facts(at(record, 'decided', 'input', 'action', 'way_back')) || html`<p>Nobody knows.</p>`;
  const lost = listAt(record, 'decided', 'facts', 'lost').map(String);
  return html`${known}${lost.length === 0 ? '' : html`<p>It does not bring back: ${lost.join(', ')}.</p>`}${wayBackForms(record, visit)}`;
}

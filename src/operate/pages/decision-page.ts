import { decisionFields } from '../../cli/explain-decision.ts';
import { at, listAt, textAt } from '../../cli/json-fields.ts';
import { may } from '../../identify/permissions.ts';
import type { Json } from '../../json.ts';
import { html, type Markup } from '../../review/report/page/html.ts';
import { table } from '../../review/report/page/table.ts';
import { actOf, facts } from './held.ts';
import { fields, form, reasonField } from './layout.ts';
import type { Page, Visit } from './page.ts';

const REVERT = 'post /v1/reverts';

/** One decision: what was asked, what the gate did and why, and the way back with the button that takes it. */
export function decisionPages(): readonly Page[] {
  return [
    {
      method: 'get',
      path: '/decisions/:id',
      permission: 'decisions.read',
      run: async (visit) => {
        const record = await visit.ask('get /v1/decisions/:id', { id: visit.id });
        const did = textAt(record, 'decided', 'did');
        const title = `${actOf(textAt(record, 'decided', 'call', 'action'))}: ${did}`;
        return { kind: 'page', title, body: decisionBody(record, visit) };
      },
    },
    {
      method: 'post',
      path: '/decisions/:id/revert',
      permission: 'reverts.write',
      run: async ({ id, form: given, ask }) => {
        const done = await ask(REVERT, { body: { decision: id, why: given.get('why') ?? '' } });
        return {
          kind: 'page',
          title: 'Reverted',
          body: html`${facts(done)}<p><a href="/decisions/${encodeURIComponent(id)}">The decision</a></p>`,
        };
      },
    },
  ];
}

function decisionBody(record: Json, visit: Visit): Markup {
  const changes = listAt(record, 'decided', 'facts', 'changes');
  const rows = changes.map((change) => [
    html`<code>${textAt(change, 'path') || '/'}</code>`,
    html`<code>${JSON.stringify(at(change, 'from') ?? null)}</code>`,
    html`<code>${JSON.stringify(at(change, 'to') ?? null)}</code>`,
  ]);
  const isHeld = textAt(record, 'decided', 'did') === 'hold';
  const waits = html`<p><a href="/approvals/${encodeURIComponent(visit.id)}">What became of the held call</a></p>`;
  return html`${isHeld ? waits : ''}${changes.length === 0 ? '' : html`<h2>The exact change</h2>${table('Recorded change', ['Field', 'From', 'To'], rows)}`}
<h2>The way back</h2>${wayBack(record, visit)}
<h2>Explained</h2>${explained(record, visit.nameOf)}`;
}

function wayBack(record: Json, { id, caller, session, has }: Visit): Markup {
  const known = facts(at(record, 'decided', 'input', 'action', 'way_back')) || html`<p>Nobody knows.</p>`;
  const lost = listAt(record, 'decided', 'facts', 'lost').map(String);
  const happened = textAt(record, 'outcome', 'state') === 'answered' && textAt(record, 'decided', 'did') === 'allow';
  const button = html`${reasonField('why')}<div class="row"><button class="no">Revert</button></div>`;
  const offered = happened && has(REVERT) && may(caller, 'reverts.write');
  return html`${known}${lost.length === 0 ? '' : html`<p>It does not bring back: ${lost.join(', ')}.</p>`}
${offered ? form(session, `/decisions/${encodeURIComponent(id)}/revert`, button, 'act') : ''}`;
}

/** What `sallyport decisions show` says. */
function explained(record: Json, nameOf: (id: string) => string): Markup {
  return fields(
    decisionFields(record, nameOf).map(([name, lines]) => [name, lines.map((line) => html`<p>${line}</p>`)]),
  );
}

import { at, listAt, textAt } from '../../cli/json-fields.ts';
import { SallyportError } from '../../errors.ts';
import type { Admitted } from '../../identify/operator-access.ts';
import { may } from '../../identify/permissions.ts';
import { isObject, type Json } from '../../json.ts';
import { html, type Markup } from '../../review/report/page/html.ts';
import { table } from '../../review/report/page/table.ts';
import { readHeldCall } from '../../settle/hold/held-call.ts';
import { checkApprover } from '../../settle/hold/quorum.ts';
import { stopAgent } from './freeze-forms.ts';
import { claimed, facts, type Held, standing, titleOf } from './held.ts';
import { fields, form, reasonField, time } from './layout.ts';
import type { Visit } from './page.ts';

/** One held call: what exactly would happen, how far it reaches, why it waits, and what may be done about it. */
export function approvalBody(held: Held, visit: Visit): Markup {
  const { nameOf } = visit;
  return html`${standing(held, nameOf)}
${decideForms(held, visit)}
<h2>The exact change</h2>${changes(held)}
<h2>How far it reaches</h2>${reach(held)}
<h2>Why it waits</h2>${reasons(held)}
<h2>Who asks, and where</h2>${asking(held)}
<h2>What the agent says</h2><div class="claims"><p class="soft">The agent’s own words, not facts.</p>${claims(held)}</div>
<h2>Approvals so far</h2>${approvals(held, nameOf)}
<h2>What an approval is bound to</h2>${bound(held)}`;
}

function decideForms(held: Held, { caller, session, has }: Visit): Markup {
  const state = textAt(held, 'state');
  const isOpen = state === 'waiting' || state === 'approved';
  const refused = isOpen ? whyNot(held, caller) : undefined;
  const mayDecide = isOpen && may(caller, 'approvals.decide') && refused === undefined;
  const hasApproved = listAt(held, 'approvals').some((each) => textAt(each, 'by') === caller.id);
  const buttons = [
    ...(mayDecide && state === 'waiting' && !hasApproved ? [button('approve', 'Approve', 'yes')] : []),
    ...(mayDecide ? [button('deny', 'Deny', 'no')] : []),
    ...(isOpen && may(caller, 'holds.cancel') ? [button('cancel', 'Cancel', '')] : []),
  ];
  const path = `/approvals/${encodeURIComponent(textAt(held, 'id'))}`;
  const told = hasApproved ? 'You have approved it.' : refused === undefined ? '' : `You do not decide: ${refused}.`;
  return html`${told === '' ? '' : html`<p>${told}</p>`}
${buttons.length === 0 ? '' : form(session, path, html`${reasonField('why')}<div class="row">${buttons}</div>`, 'act')}
${has('post /v1/freezes') ? stopAgent(textAt(held, 'agent'), caller, session) : ''}`;
}

function button(act: string, text: string, tone: string): Markup {
  return html`<button class="${tone}" name="do" value="${act}">${text}</button>`;
}

/** Why this person may not decide about this call, whatever their role. */
function whyNot(held: Held, caller: Admitted): string | undefined {
  const { needs: _, ...body } = isObject(held) ? held : {};
  try {
    checkApprover(readHeldCall(textAt(held, 'id'), body), caller);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof SallyportError && thrown.code === 'operator/forbidden') return thrown.message;
    throw thrown;
  }
}

function changes(held: Held): Markup {
  const from = textAt(held, 'subject', 'changeFrom');
  const found = listAt(held, 'subject', 'changes');
  const source = { 'dry-run': 'As a dry run by the server shows it', body: 'As the request says it' }[from];
  if (found.length === 0) return html`<p>${WITHOUT_FIELDS[textAt(held, 'subject', 'class')] ?? NOT_KNOWN}</p>`;
  return table(source ?? 'As it was measured', ['Field', 'From', 'To'], found.map(changeRow));
}

const NOT_KNOWN = 'Which fields would change is not known.';
/** What has no fields that change, by the class of the act. */
const WITHOUT_FIELDS: Readonly<Record<string, string>> = {
  delete: 'It goes as a whole, with what goes after it.',
  connect: 'It opens a way into a program: what is done through it is not known beforehand.',
  sensitive_read: 'Nothing changes; it reads what is secret.',
};

function changeRow(change: Json): readonly Markup[] {
  const shown = (name: string) => html`<code>${JSON.stringify(at(change, name) ?? null)}</code>`;
  return [html`<code>${textAt(change, 'path') || '/'}</code>`, shown('from'), shown('to')];
}

function reach(held: Held): Markup {
  const how = textAt(held, 'subject', 'wayBack', 'how');
  const lost = listAt(held, 'subject', 'lost').map(String);
  return html`${facts(at(held, 'subject', 'blast')) || html`<p>Nobody knows: it counts as too far.</p>`}
<h3>The way back</h3>${facts(at(held, 'subject', 'wayBack')) || html`<p>Unknown.</p>`}
${how === 'none' ? html`<p class="word bad">It cannot be undone.</p>` : ''}
${lost.length === 0 ? '' : html`<p>The way back does not bring back: ${lost.join(', ')}.</p>`}`;
}

function reasons(held: Held): Markup {
  const all = [
    ...listAt(held, 'subject', 'reasons').map((each) => ['hold', each] as const),
    ...listAt(held, 'subject', 'warnings').map((each) => ['warning', each] as const),
  ];
  return html`<ol class="findings">${all.map(
    ([kind, each]) =>
      html`<li><p><span class="word warn">${kind}</span> ${textAt(each, 'message')}</p>${
        textAt(each, 'fix') === '' ? '' : html`<p class="soft">${textAt(each, 'fix')}</p>`
      }<p class="soft"><code>${textAt(each, 'rule')}</code></p></li>`,
  )}</ol>`;
}

function asking(held: Held): Markup {
  const subject = at(held, 'subject');
  const known = (...path: readonly string[]) => {
    const text = textAt(subject, ...path);
    return text === 'none' ? '' : text;
  };
  const [ranAs, intent] = [textAt(held, 'ranAs'), textAt(held, 'intent')];
  return fields([
    ['Agent', `${textAt(held, 'agent')}, level ${known('level')}, owned by ${textAt(held, 'owner')}`],
    ['Action', `${known('action')} (${known('class')}, tier ${known('tier')})`],
    ['Call', html`<code>${known('method')} ${known('path')}</code>`],
    ['Target', titleOf(held)],
    ['Route', textAt(held, 'route')],
    ['Environment', known('environment')],
    ['Services', known('services')],
    ['Teams', known('teams')],
    ['Runbook', known('runbook')],
    ['Intent', intent === '' ? '' : html`<a href="/reports/handoff/${encodeURIComponent(intent)}">${intent}</a>`],
    ['Command', textAt(held, 'group')],
    ['Since', time(textAt(held, 'openedAt'))],
    ['To be decided by', time(textAt(held, 'decideBy'))],
    ['May run until', time(textAt(held, 'runBy'))],
    ['Ran as', ranAs === '' ? '' : html`<a href="/decisions/${encodeURIComponent(ranAs)}">decision ${ranAs}</a>`],
  ]);
}

function claims(held: Held): Markup {
  return claimed(at(held, 'subject', 'claims')) || html`<p>Nothing.</p>`;
}

function approvals(held: Held, nameOf: (id: string) => string): Markup {
  const found = listAt(held, 'approvals');
  if (found.length === 0) return html`<p>Nobody has approved it.</p>`;
  const rows = found.map((each) => [
    nameOf(textAt(each, 'by')),
    textAt(each, 'any') === 'true' ? 'any' : textAt(each, 'groups'),
    time(textAt(each, 'at')),
    textAt(each, 'why'),
  ]);
  return table('Approvals', ['Who', 'Counts for', 'When', 'Reason'], rows);
}

function bound(held: Held): Markup {
  const digest = (text: string) => html`<span class="digest">${text}</span>`;
  return fields([
    ['Held call', digest(textAt(held, 'id'))],
    ['Change', digest(textAt(held, 'digests', 'change'))],
    ['Request', digest(textAt(held, 'digests', 'request'))],
    ['Object', digest(textAt(held, 'uid'))],
    ['Held under policy', digest(textAt(held, 'subject', 'bundle'))],
  ]);
}

import { at, listAt, textAt } from '../../cli/json-fields.ts';
import { may } from '../../identify/permissions.ts';
import type { Json } from '../../json.ts';
import { html, type Markup } from '../../review/report/page/html.ts';
import { table } from '../../review/report/page/table.ts';
import { fields, form, reasonField } from './layout.ts';
import type { Page, PageAnswer, Visit } from './page.ts';

const REVERT = 'post /v1/reverts';
const WAY_BACK = 'get /v1/decisions/:id/way-back';
/** What can be taken back; the rest needs no way back or has none. */
const WAYS: ReadonlySet<string> = new Set(['inverse', 'revision', 'recreate']);

/** Taking a decision back: what it would do, and the button. */
export const revertPages: readonly Page[] = [
  { method: 'get', path: '/decisions/:id/revert', permission: 'decisions.read', run: look },
  { method: 'post', path: '/decisions/:id/revert', permission: 'reverts.write', run: revert },
];

/** The way back of a decision that happened, if there is one: a look at it first, or at once with a reason. */
export function wayBackForms(record: Json, visit: Visit): Markup | '' {
  const happened = textAt(record, 'decided', 'did') === 'allow' && textAt(record, 'outcome', 'state') !== '';
  const how = textAt(record, 'decided', 'input', 'action', 'way_back', 'how');
  if (!happened || !WAYS.has(how) || !visit.has(WAY_BACK)) return '';
  return html`<p><a href="${pathOf(visit.id)}">Look at what a revert would do now</a></p>${button(visit, false)}`;
}

async function look(visit: Visit): Promise<PageAnswer> {
  const now = await visit.ask(WAY_BACK, { id: visit.id });
  const offered = textAt(now, 'state') === 'possible' || textAt(now, 'state') === 'conflict';
  const body = html`${told(now, visit)}${offered ? button(visit, textAt(now, 'state') === 'conflict') : ''}`;
  return { kind: 'page', title: 'The way back', body };
}

async function revert(visit: Visit): Promise<PageAnswer> {
  const { id, form: given, ask } = visit;
  const force = given.get('force') === 'yes';
  const done = await ask(REVERT, { body: { decision: id, why: given.get('why') ?? '', force } });
  const body = html`${told(done, visit)}${textAt(done, 'state') === 'conflict' ? button(visit, true) : ''}`;
  return { kind: 'page', title: 'Revert', body };
}

const TONES: Readonly<Record<string, string>> = {
  ran: 'clear',
  possible: 'clear',
  'nothing-to-do': 'clear',
  conflict: 'look',
};

function told(answer: Json, { id }: Visit): Markup {
  const state = textAt(answer, 'state');
  const own = textAt(answer, 'revert');
  const code = (value: Json | undefined) => html`<code>${JSON.stringify(value ?? null)}</code>`;
  const row = (each: Json, names: readonly string[]) => [
    html`<code>${textAt(each, 'path') || '/'}</code>`,
    ...names.map((name) => code(at(each, name))),
  ];
  const changes = listAt(answer, 'changes').map((each) => row(each, ['from', 'to']));
  const conflicts = listAt(answer, 'conflicts').map((each) => row(each, ['set', 'now', 'wanted']));
  const lost = listAt(answer, 'lost').map(String);
  return html`<section class="summary ${TONES[state] ?? 'refuse'}" aria-label="Result"><p class="verdict">${textAt(answer, 'message')}</p></section>
${fields([
  ['State', state],
  ['Of', html`<a href="/decisions/${encodeURIComponent(id)}">decision ${id}</a>`],
  ['Recorded as', own === '' ? '' : html`<a href="/decisions/${encodeURIComponent(own)}">decision ${own}</a>`],
  ['Way back', textAt(answer, 'how')],
  ['Not brought back', lost.join(', ')],
])}
${changes.length === 0 ? '' : table('It would change', ['Field', 'From', 'To'], changes)}
${conflicts.length === 0 ? '' : table('Others have changed since', ['Field', 'The change set', 'Now', 'Before'], conflicts)}`;
}

function button({ id, caller, session, has }: Visit, force: boolean): Markup | '' {
  if (!has(REVERT) || !may(caller, 'reverts.write')) return '';
  const overrides = html`<input type="hidden" name="force" value="yes">`;
  const text = force ? 'Revert over what others changed' : 'Revert';
  const content = html`${force ? overrides : ''}${reasonField('why')}<div class="row"><button class="no">${text}</button></div>`;
  return form(session, pathOf(id), content, 'act');
}

function pathOf(decision: string): string {
  return `/decisions/${encodeURIComponent(decision)}/revert`;
}

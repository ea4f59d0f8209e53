import { agentAccountFields } from '../../cli/explain-account.ts';
import { at, listAt, textAt, toText } from '../../cli/json-fields.ts';
import { SallyportError } from '../../errors.ts';
import { may, permissionForLevels } from '../../identify/permissions.ts';
import type { Level } from '../../identify/principal.ts';
import { isObject, type Json } from '../../json.ts';
import { type Content, html, type Markup } from '../../review/report/page/html.ts';
import { table } from '../../review/report/page/table.ts';
import { decisionList } from './decision-list.ts';
import { stopAgent } from './freeze-forms.ts';
import { facts } from './held.ts';
import { fields, form, lineFields, reasonField, time } from './layout.ts';
import type { Page, PageAnswer, Visit } from './page.ts';

const ONE = 'get /v1/agents/:id';
const ACCOUNT = 'get /v1/agents/:id/account';
const CHANGE = 'patch /v1/agents/:id';
const LEVELS: readonly Level[] = [0, 1, 2, 3, 4, 5];
const RECENT = 15;

/** Agents: what each may, on whose authority and on what record; its level, and its stop button. */
export const agentPages: readonly Page[] = [
  { method: 'get', path: '/agents', permission: 'agents.read', run: list },
  { method: 'get', path: '/agents/:id', permission: 'agents.read', run: one },
  { method: 'post', path: '/agents/:id/level', permission: 'agents.write', run: changeLevel },
];

async function list({ ask }: Visit): Promise<PageAnswer> {
  const agents = listAt(await ask('get /v1/agents'), 'agents');
  const body =
    agents.length === 0
      ? html`<p>There is no agent yet: <code>sallyport agent add</code>.</p>`
      : table('All agents', ['Agent', 'Level', 'Team', 'Owner', 'State'], agents.map(row), [1]);
  const review = html`<p><a href="/reports/weekly">Weekly review of all agents</a></p>`;
  return { kind: 'page', title: 'Agents', body: html`${body}${review}` };
}

function row(agent: Json): readonly Content[] {
  const id = textAt(agent, 'id');
  const revoked = textAt(agent, 'revokedAt');
  return [
    html`<a href="/agents/${encodeURIComponent(id)}">${id}</a>`,
    textAt(agent, 'level'),
    textAt(agent, 'team'),
    textAt(agent, 'owner'),
    revoked === '' ? html`until ${time(textAt(agent, 'expires'))}` : html`revoked ${time(revoked)}`,
  ];
}

async function one(visit: Visit): Promise<PageAnswer> {
  const { id, ask, nameOf, caller, session } = visit;
  const agent = await ask(ONE, { id });
  const account = await ask(ACCOUNT, { id });
  const recent = listAt(await ask('get /v1/decisions', { query: { agent: id, limit: RECENT } }), 'decisions');
  const isRevoked = textAt(agent, 'revokedAt') !== '';
  const body = html`${grant(agent, nameOf)}
${isRevoked ? '' : html`${levelForm(agent, visit)}${stopAgent(id, caller, session)}`}
<h2>Authority</h2>${lineFields(agentAccountFields(account, nameOf))}
<h2>Decided last</h2>${decisionList(recent)}
<p><a href="/reports/weekly?agent=${encodeURIComponent(id)}">Weekly review of this agent</a></p>`;
  return { kind: 'page', title: `Agent ${id}`, body };
}

function grant(agent: Json, nameOf: (id: string) => string): Markup {
  const revoked = textAt(agent, 'revokedAt');
  const scope = at(agent, 'scope');
  const dimensions = isObject(scope) ? Object.entries(scope).filter(([, values]) => toText(values) !== '') : [];
  return fields([
    ['Level', [textAt(agent, 'level'), ...listAt(agent, 'narrowed').map(toText)].join('; ')],
    ['Team', textAt(agent, 'team')],
    ['Owner', textAt(agent, 'owner')],
    ['Scope', dimensions.length === 0 ? 'nothing' : facts(Object.fromEntries(dimensions))],
    [
      'Granted',
      html`${time(textAt(agent, 'grantedAt'))}, ${nameOf(textAt(agent, 'grantedBy'))}: ${textAt(agent, 'why')}`,
    ],
    ['Until', revoked === '' ? time(textAt(agent, 'expires')) : ''],
    ['Revoked', time(revoked)],
  ]);
}

/** Every level that this person may set: trust is given one step at a time, and taken back at once. */
function levelForm(agent: Json, { id, caller, session }: Visit): Markup | '' {
  const now = LEVELS.find((level) => String(level) === textAt(agent, 'level'));
  if (now === undefined || !may(caller, 'agents.write')) return '';
  const open = LEVELS.filter(
    (level) => level < now || (level === now + 1 && may(caller, permissionForLevels(now, level))),
  );
  if (open.length === 0) return '';
  const choices = open.map(
    (level) => html`<option value="${level}">${level > now ? 'promote' : 'demote'} to ${level}</option>`,
  );
  const content = html`<label for="level">Level</label><select id="level" name="level">${choices}</select>${reasonField('level-why')}<div class="row"><button>Change the level</button></div>`;
  const path = `/agents/${encodeURIComponent(id)}/level`;
  return html`<details><summary>Change its level</summary>${form(session, path, content, 'act')}</details>`;
}

async function changeLevel({ id, form: given, ask }: Visit): Promise<PageAnswer> {
  const level = LEVELS.find((each) => String(each) === given.get('level'));
  if (level === undefined) throw new SallyportError('request/invalid', 'the form does not say which level');
  await ask(CHANGE, { id, body: { level, why: given.get('why') ?? '' } });
  return { kind: 'redirect', to: `/agents/${encodeURIComponent(id)}` };
}

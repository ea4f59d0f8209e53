import { listAt, textAt } from '../../cli/json-fields.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { may } from '../../identify/permissions.ts';
import { html, type Markup } from '../../review/report/page/html.ts';
import type { ApprovalLinks } from '../approval-links.ts';
import { approvalBody } from './approval-page.ts';
import { card, groupsOf, type Held, titleOf, waitingList } from './held.ts';
import { form, reasonField } from './layout.ts';
import type { Page, PageAnswer, Visit } from './page.ts';

const LIST = 'get /v1/approvals';
const ONE = 'get /v1/approvals/:id';
const ACTS: Readonly<Record<string, string>> = {
  approve: 'post /v1/approvals/:id/approve',
  deny: 'post /v1/approvals/:id/deny',
  cancel: 'post /v1/approvals/:id/cancel',
};
const LIST_SECONDS = 15;

/** Calls that wait for people: the list, one with its exact change, and those of one command together. */
export function approvalPages(links: Pick<ApprovalLinks, 'check'>): readonly Page[] {
  return [
    { method: 'get', path: '/approvals', permission: 'approvals.read', run: list },
    { method: 'get', path: '/approvals/group', permission: 'approvals.read', run: group },
    { method: 'post', path: '/approvals/group', permission: 'approvals.read', run: decideGroup },
    { method: 'get', path: '/approvals/:id', permission: 'approvals.read', run: (visit) => one(visit, links) },
    { method: 'post', path: '/approvals/:id', permission: 'approvals.read', run: decide },
  ];
}

async function list({ ask }: Visit): Promise<PageAnswer> {
  const held = listAt(await ask(LIST), 'approvals');
  return {
    kind: 'page',
    title: 'Waiting calls',
    body: waitingList(held),
    refresh: { seconds: LIST_SECONDS, to: '/approvals' },
  };
}

async function one(visit: Visit, links: Pick<ApprovalLinks, 'check'>): Promise<PageAnswer> {
  const state = links.check(visit.id, visit.query.get('k') ?? undefined, visit.now);
  if (state === 'tampered' || state === 'expired') return badLink(state);
  const held = await visit.ask(ONE, { id: visit.id });
  return { kind: 'page', title: titleOf(held), body: approvalBody(held, visit) };
}

function badLink(state: 'tampered' | 'expired'): PageAnswer {
  const told =
    state === 'expired'
      ? 'This link is too old. What still waits is on the list.'
      : 'This link was not made by this gate, or somebody changed it. Trust nothing that came with it; what really waits is on the list.';
  const body = html`<p class="word bad" role="alert">${told}</p><p><a href="/approvals">Waiting calls</a></p>`;
  return { kind: 'page', title: 'This link is not good', status: state === 'expired' ? 410 : 400, body };
}

async function decide({ id, form: given, ask }: Visit): Promise<PageAnswer> {
  await ask(actOf(given), { id, body: { why: given.get('why') ?? '' } });
  return { kind: 'redirect', to: `/approvals/${encodeURIComponent(id)}` };
}

/** The calls that wait now of the command that a held call is of. */
async function ofGroup({ ask }: Visit, id: string): Promise<readonly Held[]> {
  const waiting = listAt(await ask(LIST), 'approvals').filter((held) => textAt(held, 'state') === 'waiting');
  const found = groupsOf(waiting).find((held) => held.some((one) => textAt(one, 'id') === id));
  if (found !== undefined) return found;
  throw new SallyportError('request/not-found', 'nothing of this command waits any more', {
    fix: 'look at the list of waiting calls',
  });
}

async function group(visit: Visit): Promise<PageAnswer> {
  const held = await ofGroup(visit, visit.query.get('of') ?? '');
  const [first] = held;
  return {
    kind: 'page',
    title: `${held.length} calls of one command`,
    body: html`<p>By ${textAt(first ?? null, 'agent')}, which says that they belong together. Look at each before you decide about all.</p>
${groupForm(held, visit)}
${held.map(card)}`,
  };
}

/** Carries the calls that are shown: what comes later has not been looked at. */
function groupForm(held: readonly Held[], { caller, session }: Visit): Markup | '' {
  if (!may(caller, 'approvals.decide')) return '';
  const shown = held.map((one) => html`<input type="hidden" name="hold" value="${textAt(one, 'id')}">`);
  const buttons = html`<button class="yes" name="do" value="approve">Approve all ${held.length}</button><button class="no" name="do" value="deny">Deny all ${held.length}</button>`;
  return form(session, '/approvals/group', html`${shown}${reasonField('why')}<div class="row">${buttons}</div>`, 'act');
}

const MOST_AT_ONCE = 500;

async function decideGroup({ form: given, ask }: Visit): Promise<PageAnswer> {
  const act = actOf(given);
  const ids = [...new Set(given.getAll('hold'))];
  if (ids.length === 0 || ids.length > MOST_AT_ONCE) {
    throw new SallyportError('request/invalid', `a form is about 1 to ${MOST_AT_ONCE} calls`);
  }
  const told: Markup[] = [];
  for (const id of ids) {
    const link = html`<a href="/approvals/${encodeURIComponent(id)}">${id}</a>`;
    try {
      const held = await ask(act, { id, body: { why: given.get('why') ?? '' } });
      told.push(html`<li>${link} ${titleOf(held)}: <span class="word good">${textAt(held, 'state')}</span></li>`);
    } catch (thrown) {
      if (!(thrown instanceof SallyportError)) throw thrown;
      told.push(html`<li>${link}: <span class="word bad">not done</span>, ${messageOf(thrown)}</li>`);
    }
  }
  return { kind: 'page', title: 'Decided', body: html`<ul>${told}</ul><p><a href="/">Back to the overview</a></p>` };
}

function actOf(given: URLSearchParams): string {
  const act = given.get('do') ?? '';
  const found = Object.hasOwn(ACTS, act) ? ACTS[act] : undefined;
  if (found !== undefined) return found;
  throw new SallyportError('request/invalid', 'the form does not say what to do', { fix: 'load the page again' });
}

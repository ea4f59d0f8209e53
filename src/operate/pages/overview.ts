import { listAt } from '../../cli/json-fields.ts';
import { html } from '../../review/report/page/html.ts';
import { decisionList } from './decision-list.ts';
import { freezeList, stopForms } from './freeze-forms.ts';
import { waitingList } from './held.ts';
import type { Page } from './page.ts';

const RECENT = 15;

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
<h2>Decided last</h2>${decisionList(recent)}`;
    return { kind: 'page', title: 'Overview', body };
  },
};

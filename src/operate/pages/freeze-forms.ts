import { listAt, textAt } from '../../cli/json-fields.ts';
import { SallyportError } from '../../errors.ts';
import type { Admitted } from '../../identify/operator-access.ts';
import { may } from '../../identify/permissions.ts';
import type { Json } from '../../json.ts';
import { html, type Markup } from '../../review/report/page/html.ts';
import { NAMED_SCOPES } from '../freeze-scope.ts';
import type { Session } from '../sessions/sessions.ts';
import { fields, form, reasonField, time } from './layout.ts';
import type { Page, Visit } from './page.ts';

/** The stop button: one click and a reason. */
export function freezePages(): readonly Page[] {
  return [
    {
      method: 'post',
      path: '/freezes',
      permission: 'freezes.write',
      run: async ({ form: given, ask }) => {
        const body = { scope: scopeOf(given), why: given.get('why') ?? '', reads: given.get('reads') === 'yes' };
        await ask('post /v1/freezes', { body });
        return { kind: 'redirect', to: '/' };
      },
    },
    {
      method: 'post',
      path: '/freezes/:id/lift',
      permission: 'freezes.lift',
      run: async ({ id, form: given, ask }) => {
        await ask('post /v1/freezes/:id/lift', { id, body: { why: given.get('why') ?? '' } });
        return { kind: 'redirect', to: '/' };
      },
    },
  ];
}

function scopeOf(given: URLSearchParams) {
  const kind = given.get('kind') ?? '';
  if (kind === 'everything') return { kind };
  const known = NAMED_SCOPES.find((each) => each === kind);
  if (known === undefined) throw new SallyportError('request/invalid', 'the form does not say what to freeze');
  return { kind: known, [known]: (given.get('name') ?? '').trim() };
}

/** Freezes in force, each with the way to lift it for who may. */
export function freezeList(freezes: Json, visit: Visit): Markup {
  return html`${listAt(freezes, 'freezes').map((freeze, index) => frozen(freeze, index, visit))}`;
}

function frozen(freeze: Json, index: number, { caller, session, nameOf }: Visit): Markup {
  const kind = textAt(freeze, 'scope', 'kind');
  const what = kind === 'everything' ? 'everything' : `${kind} ${textAt(freeze, 'scope', kind)}`;
  const permission = kind === 'everything' ? 'freezes.lift-everything' : 'freezes.lift';
  const path = `/freezes/${encodeURIComponent(textAt(freeze, 'id'))}/lift`;
  const until = textAt(freeze, 'until');
  const lift = form(
    session,
    path,
    html`${reasonField(`lift-${index}`)}<div class="row"><button>Lift this freeze</button></div>`,
    'act',
  );
  return html`<section class="card frozen"><h3>Frozen: ${what}</h3>${fields([
    ['By', nameOf(textAt(freeze, 'by'))],
    ['Reason', textAt(freeze, 'why')],
    ['Since', time(textAt(freeze, 'since'))],
    ['Until', until === '' ? 'somebody lifts it' : time(until)],
    ['Stops', textAt(freeze, 'reads') === 'true' ? 'everything, reads too' : 'everything but reads'],
  ])}${may(caller, permission) ? lift : ''}</section>`;
}

/** The stop button of one agent, where its call is looked at. */
export function stopAgent(agent: string, caller: Admitted, session: Session): Markup | '' {
  if (!may(caller, 'freezes.write')) return '';
  const content = html`<input type="hidden" name="kind" value="agent"><input type="hidden" name="name" value="${agent}">${reasonField('stop-agent')}<div class="row"><button class="stop">Freeze ${agent}</button></div>`;
  return html`<details><summary>Stop this agent</summary>${form(session, '/freezes', content, 'act')}</details>`;
}

/** What an operator presses when something goes wrong. */
export function stopForms({ caller, session }: Visit): Markup | '' {
  if (!may(caller, 'freezes.write')) return '';
  const reads = (id: string) =>
    html`<label class="inline" for="${id}"><input type="checkbox" id="${id}" name="reads" value="yes"> Reads too</label>`;
  const everything = html`<input type="hidden" name="kind" value="everything">${reasonField('stop-why')}${reads('stop-reads')}<div class="row"><button class="stop">Freeze everything</button></div>`;
  const kinds = NAMED_SCOPES.map((kind) => html`<option value="${kind}">${kind}</option>`);
  const some = html`<div class="row"><div><label for="kind">Freeze one</label><select id="kind" name="kind">${kinds}</select></div><div><label for="name">Named</label><input type="text" id="name" name="name" required maxlength="253" autocomplete="off"></div></div>${reasonField('some-why')}${reads('some-reads')}<div class="row"><button class="no">Freeze it</button></div>`;
  return html`<div class="card frozen">${form(session, '/freezes', everything, 'act')}</div>
<details><summary>Freeze only an agent, an environment, a route ...</summary>${form(session, '/freezes', some, 'act')}</details>`;
}

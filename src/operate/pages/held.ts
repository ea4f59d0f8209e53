import { at, listAt, textAt, toText } from '../../cli/json-fields.ts';
import { isObject, type Json } from '../../json.ts';
import { type Content, html, type Markup } from '../../review/report/page/html.ts';
import { fields, time } from './layout.ts';

/** A held call as `GET /v1/approvals` gives it. */
export type Held = Json;

/** What it would do, in a line: `patch deployments shop/web`. */
export function titleOf(held: Held): string {
  const [namespace, name] = [textAt(held, 'subject', 'namespace'), textAt(held, 'subject', 'name')];
  const target = [namespace, name].filter((part) => part !== '' && part !== 'none').join('/');
  return `${actOf(textAt(held, 'subject', 'action'))} ${target}`.trim();
}

/** `kubernetes:deployments.apps:patch` → `patch deployments.apps`. */
export function actOf(action: string): string {
  const [, resource, verb, ...more] = action.split(':');
  return resource === undefined || verb === undefined || more.length > 0 ? action : `${verb} ${resource}`;
}

/** What it still waits for, a line for each; empty when for nothing. */
export function needsOf(held: Held): readonly string[] {
  return listAt(held, 'needs').map((need) => {
    const kind = textAt(need, 'kind');
    if (kind === 'window') return `the window that opens ${textAt(need, 'until') || 'at a time nobody declared'}`;
    if (kind !== 'people') return `evidence: ${textAt(need, 'key')}`;
    const groups = listAt(need, 'groups').map(String).join(' or ');
    return `${textAt(need, 'missing')} more of ${groups === '' ? 'the administrators' : groups}`;
  });
}

const STATES: Readonly<Record<string, string>> = {
  waiting: 'It waits.',
  approved: 'It is approved, and runs when its agent sends it again unchanged.',
  used: 'It was approved and has run.',
  denied: 'It was denied.',
  expired: 'Nobody decided in time, so it is denied.',
  cancelled: 'It was taken off the list.',
  voided: 'What was to be decided is not so any more.',
};

/** Where it stands: a sentence, and how it ended if it did. */
export function standing(held: Held, nameOf: (id: string) => string): Markup {
  const state = textAt(held, 'state');
  const tone = state === 'waiting' ? 'look' : state === 'approved' || state === 'used' ? 'clear' : 'refuse';
  const needs = needsOf(held);
  const ended = at(held, 'ended');
  const lines: Content[] = [];
  if (state === 'waiting')
    lines.push(html`It needs ${needs.join(', and ')}, before ${time(textAt(held, 'decideBy'))}.`);
  if (state === 'approved') lines.push(html`It may run until ${time(textAt(held, 'runBy'))}.`);
  if (isObject(ended)) {
    lines.push(html`${time(textAt(ended, 'at'))}, ${nameOf(textAt(ended, 'by'))}: ${textAt(ended, 'why')}`);
  }
  return html`<section class="summary ${tone}" aria-label="State"><p class="verdict">${STATES[state] ?? state}</p><ul>${lines.map(
    (line) => html`<li>${line}</li>`,
  )}</ul></section>`;
}

/** One waiting call in a list. */
export function card(held: Held): Markup {
  const needs = textAt(held, 'state') === 'approved' ? ['its agent to send it again'] : needsOf(held);
  const reason = textAt(listAt(held, 'subject', 'reasons')[0], 'message');
  return html`<article class="card"><h3><a href="/approvals/${encodeURIComponent(textAt(held, 'id'))}">${titleOf(held)}</a></h3>
<p><a href="/agents/${encodeURIComponent(textAt(held, 'agent'))}">${textAt(held, 'agent')}</a>, in ${textAt(held, 'subject', 'environment')}, tier ${textAt(held, 'subject', 'tier')}. ${reason}</p>
<p class="soft">Needs ${needs.length === 0 ? 'nothing more' : needs.join(', and ')}. To be decided by ${time(textAt(held, 'decideBy'))}.</p></article>`;
}

/** Calls of one command or plan, in the order in which the first of each came. */
export function groupsOf(held: readonly Held[]): readonly (readonly Held[])[] {
  const groups = new Map<string, Held[]>();
  for (const one of held) {
    const group = textAt(one, 'group');
    // A group is the agent's word, so it never reaches beyond the agent and the route.
    const key = JSON.stringify([
      textAt(one, 'agent'),
      textAt(one, 'route'),
      group === '' ? textAt(one, 'id') : `g ${group}`,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** Waiting calls, those of one command together. */
export function waitingList(held: readonly Held[]): Markup {
  if (held.length === 0) return html`<p>Nothing waits.</p>`;
  return html`${groupsOf(held).map((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group.map(card);
    const query = `of=${encodeURIComponent(textAt(first, 'id'))}`;
    return html`<section class="card"><h3><a href="/approvals/group?${query}">${group.length} calls of one command by ${textAt(first, 'agent')}</a></h3>${group.map(card)}</section>`;
  })}`;
}

/** What somebody claims, as names and values; what they do not say is left out. */
export function claimed(value: Json | undefined): Markup | '' {
  const rows = isObject(value) ? Object.entries(value) : [];
  return facts(Object.fromEntries(rows.filter(([, each]) => each !== 'unknown')));
}

/** Values that are numbers, words or lists, as names and values; what is unknown says so. */
export function facts(value: Json | undefined): Markup | '' {
  const said = isObject(value) ? Object.entries(value).filter(([, each]) => each !== null) : [];
  return said.length === 0 ? '' : fields(said.map(([name, each]) => [labelOf(name), wordOf(name, each)]));
}

/** `success_signal` and `successSignal` → `Success signal`. */
function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function wordOf(name: string, value: Json): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (name === 'share' && typeof value === 'number') return `${Math.round(value * 1000) / 10} % of the service`;
  return toText(value);
}

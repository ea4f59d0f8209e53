import type { CallsReport } from '../../calls/compare-calls.ts';
import type { Flip } from '../../calls/flips.ts';
import type { Review } from '../../review.ts';
import type { DifferenceSummary } from '../../summary/difference-summary.ts';
import { counted } from '../words.ts';
import type { Section } from './document.ts';
import { type Content, html, type Markup } from './html.ts';
import { table } from './table.ts';

const TONES = { 'more permissive': 'bad', different: 'warn', stricter: '' } as const;

/** What changes by the bundle: more permissive first. Undefined where there was nothing to compare it with. */
export function changesSection({ difference, calls }: Review): Section | undefined {
  if (difference === null && calls === null) return undefined;
  const body = html`${difference === null ? '' : differencePart(difference)}${calls === null ? '' : callsPart(calls)}`;
  return { id: 'changes', title: 'What changes', body };
}

function differencePart({ against, compared, rows, rules, settings }: DifferenceSummary): Markup {
  const name = against.revision === '' ? 'the old bundle' : `revision ${against.revision}`;
  return html`<p>Compared with ${name} by what both say to ${compared} calls.</p>
<p class="soft digest">${against.contentDigest}</p>
${
  rows.length === 0
    ? html`<p>They say the same to all of them.</p>`
    : table(
        'Calls that are judged otherwise, more permissive first',
        ['Change', 'Calls', 'What'],
        rows.map(({ direction, cells, says }) => [
          html`<span class="word ${TONES[direction]}">${direction}</span>`,
          cells,
          says,
        ]),
        [1],
      )
}
${
  rules.length === 0
    ? html`<p>No rule came or went.</p>`
    : table(
        'Rules that came, went, or say otherwise of themselves',
        ['Rule', 'Change', 'Title'],
        rules.map(({ id, change, title, fields }) => [
          id,
          html`<span class="word ${change === 'removed' ? 'warn' : ''}">${change}</span>${fields.length === 0 ? '' : `: ${fields.join(', ')}`}`,
          title,
        ]),
      )
}
${
  settings.length === 0
    ? html`<p>No setting changed.</p>`
    : table(
        'Settings that are not what they were',
        ['Setting', 'Before', 'Now'],
        settings.map(({ path, before, after }) => [path, html`<code>${before}</code>`, html`<code>${after}</code>`]),
      )
}`;
}

function callsPart({ source, against, judged, alone, same, flips, unusable }: CallsReport): Markup {
  return html`<p>${counted(judged, 'call')} of ${source}, ${judged - alone} compared with ${against}: ${same} came out the same.</p>
${unusable.map(({ why, calls: count }) => html`<p class="soft">${counted(count, 'decision')} not judged: ${why}.</p>`)}
${
  flips.length === 0
    ? html`<p>No verdict of them changes.</p>`
    : table(
        'Calls whose verdict changes, more permissive first',
        ['Change', 'Calls', 'What', 'Where', 'Why now', 'For example'],
        flips.map(flipRow),
        [1],
      )
}`;
}

function flipRow({ direction, from, to, calls, action, environment, rules, why, examples }: Flip): readonly Content[] {
  const change = from === to ? `${to}, on other terms` : `${from} becomes ${to}`;
  const looser = direction === 'looser';
  return [
    html`<span class="word ${looser ? 'bad' : ''}">${looser ? 'more permissive' : 'stricter'}</span><br>${change}`,
    calls,
    html`<code>${action}</code>`,
    environment,
    html`${why} <span class="soft">(${rules.join(', ')})</span>`,
    html`<code>${examples.slice(0, 2).join(', ')}</code>`,
  ];
}

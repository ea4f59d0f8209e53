import type { Flip } from '../../calls/flips.ts';
import type { Review } from '../../review.ts';
import { counted } from '../words.ts';
import { type Content, html } from './html.ts';
import type { Section } from './page.ts';
import { table } from './table.ts';

/** What changes by the bundle: more permissive first. Undefined where there was nothing to compare it with. */
export function changesSection({ calls }: Review): Section | undefined {
  if (calls === null) return undefined;
  const { source, against, judged, alone, same, flips, unusable } = calls;
  const body = html`<p>${counted(judged, 'call')} of ${source}, ${judged - alone} compared with ${against}: ${same} came out the same.</p>
${unusable.map(({ why, calls: count }) => html`<p class="soft">${counted(count, 'decision')} not judged: ${why}.</p>`)}
${
  flips.length === 0
    ? html`<p>No verdict changes.</p>`
    : table(
        'Calls whose verdict changes, more permissive first',
        ['Change', 'Calls', 'What', 'Where', 'Why now', 'For example'],
        flips.map(flipRow),
        [1],
      )
}`;
  return { id: 'changes', title: 'What changes', body };
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

import type { Review } from '../../review.ts';
import { type AloneGroup, groupAlone } from '../../summary/alone-groups.ts';
import type { AloneLine, AuthorityRow } from '../../summary/authority-summary.ts';
import type { Section } from './document.ts';
import { html, type Markup } from './html.ts';
import { table } from './table.ts';

/** Who may do what without a person, then the whole matrix. */
export function authoritySection({ authority }: Review): Section {
  const body = html`<p>What the bundle says to ${authority.cells} calls, found by asking it. What is not listed here is refused, or waits for people.</p>
${groupAlone(authority).map(aloneTable)}
<details><summary>The whole matrix, folded into ${authority.rows.length} rows</summary>
<p>Each call is in exactly one row; what a row does not mention makes no difference there.</p>
${matrixTable('Every usual call', authority.rows)}
${authority.special.map(({ title, rows }) => matrixTable(`Ordinary calls, by ${title}`, rows))}
</details>`;
  return { id: 'authority', title: 'Who may do what without a person', body };
}

function aloneTable({ environments, rows }: AloneGroup): Markup {
  return table(
    `In ${environments.join(', ')}`,
    ['Level', 'May do without a person'],
    rows.map(({ levels, may }) => [html`${levels.map((level) => html`<p>${level}</p>`)}`, mayDo(may)]),
  );
}

function mayDo(may: readonly AloneLine[]): Markup {
  if (may.length === 0) return html`<span class="soft">nothing</span>`;
  return html`${may.map(
    ({ acts, circumstances, obligations }) =>
      html`<p><strong>${acts.join(', ')}</strong>${circumstances === 'every call' ? '' : `: ${circumstances}`}${
        obligations.length === 0 ? '' : html` <span class="soft">(the gate: ${obligations.join(', ')})</span>`
      }</p>`,
  )}`;
}

function matrixTable(caption: string, rows: readonly AuthorityRow[]): Markup {
  return table(
    caption,
    ['Calls', 'Verdict', 'How many'],
    rows.map(({ calls, outcome, people, cells }) => [
      calls,
      html`<span class="word ${outcome}">${verdict(outcome, people)}</span>`,
      cells,
    ]),
    [2],
  );
}

function verdict(outcome: AuthorityRow['outcome'], people: number): string {
  if (outcome === 'deny') return 'refused';
  if (outcome === 'allow') return 'runs alone';
  return people === 0 ? 'waits' : `waits for ${people} ${people === 1 ? 'person' : 'people'}`;
}

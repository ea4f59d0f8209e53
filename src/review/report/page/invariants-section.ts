import type { Review } from '../../review.ts';
import type { InvariantSummary } from '../../summary/invariants-summary.ts';
import type { Section } from './document.ts';
import { html } from './html.ts';
import { table } from './table.ts';

/** What must hold whatever the settings say: the broken ones in full, the others in a list that opens. */
export function invariantsSection({ invariants, authority }: Review): Section {
  const broken = invariants.filter((one) => one.broken > 0);
  const kept = invariants.filter((one) => one.broken === 0);
  const body = html`<p>Statements that must hold whatever the settings say, each held against every one of ${authority.cells} calls that it is about.</p>
${
  broken.length === 0
    ? html`<p><span class="word good">All ${kept.length} hold.</span></p>`
    : table(
        'Broken: each with the call that differs least from an ordinary one',
        ['Statement', 'Counterexample', 'Broken in', 'Where it stands'],
        broken.map((one) => [named(one), one.counterexample ?? '', `${one.broken} of ${one.checked}`, placeOf(one)]),
      )
}
${
  kept.length === 0
    ? ''
    : html`<details><summary>The ${kept.length} that hold</summary>${table(
        'Statements that hold',
        ['Statement', 'Why', 'Calls', 'Where it stands'],
        kept.map((one) => [one.name, one.why, one.checked, placeOf(one)]),
        [2],
      )}</details>`
}`;
  return { id: 'invariants', title: 'Invariants', body };
}

function named({ name, why }: InvariantSummary) {
  return html`<span class="word bad">${name}</span><br><span class="soft">${why}</span>`;
}

function placeOf({ file, line }: InvariantSummary): string {
  return `${file}:${line}`;
}

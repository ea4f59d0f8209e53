import type { RuleContent } from '../../contents/rules.ts';
import type { Review } from '../../review.ts';
import type { Section } from './document.ts';
import { type Content, html } from './html.ts';
import { table } from './table.ts';

/** What is in the bundle: rules, settings, builtins, what it costs. */
export function contentsSection({ contents: has, cost }: Review): Section {
  const body = html`${table(
    'Rules, as their METADATA says',
    ['Rule', 'What it does', 'Strongest effect', 'Needs', 'Asked about'],
    has.rules.map(ruleRow),
  )}
${table(
  'Settings',
  ['Name', 'Bytes', 'Members'],
  has.settings.map(({ name, bytes, members }) => [name, bytes, members.join(', ')]),
  [1],
)}
<h3>Size and cost</h3>
<dl>
<dt>Entrypoints</dt><dd>${has.entrypoints.join(', ')}</dd>
<dt>Module</dt><dd>${has.moduleBytes} bytes, data ${has.dataBytes} bytes</dd>
<dt>Memory</dt><dd>at most ${cost.memory} bytes over ${cost.calls} calls</dd>
<dt>Builtins of the host</dt><dd>${has.builtins.host.join(', ') || 'none'}</dd>
<dt>Native builtins</dt><dd>${has.builtins.native.join(', ') || 'not known'}</dd>
</dl>
${table(
  'The dearest calls',
  ['Call', 'Fuel'],
  cost.slowest.map(({ what, fuel }) => [what, fuel]),
  [1],
)}`;
  return { id: 'contents', title: 'Contents', body };
}

function ruleRow({ id, title, description, effect, needs, classes, asked, at }: RuleContent): readonly Content[] {
  const about = asked.length === 0 ? html`<span class="word bad">nothing</span>` : asked.join(', ');
  return [
    id,
    html`<p><strong>${title}</strong></p><p>${description}</p>${
      at === undefined
        ? html`<p class="soft">no source</p>`
        : html`<p class="soft file"><code>${at.file}:${at.line}</code></p>`
    }`,
    effect,
    needs,
    asked.length === 10 && classes.length === 10 ? 'every class' : about,
  ];
}

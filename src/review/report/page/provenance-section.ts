import type { Review } from '../../review.ts';
import { siteFacts } from '../site-words.ts';
import { builtInWords, moduleInWords, signatureInWords } from '../words.ts';
import type { Section } from './document.ts';
import { html, type Markup } from './html.ts';
import { table } from './table.ts';

const SIGNATURE = { verified: 'good', unsigned: 'warn', unchecked: 'warn', refused: 'bad' } as const;
const MODULE = { same: 'good', unchecked: 'warn', differs: 'bad' } as const;

/** Where the bundle comes from, and whether it is what it says. */
export function provenanceSection({ provenance: from, site }: Review): Section {
  const fact = (name: string, value: Markup | string) => html`<dt>${name}</dt><dd>${value}</dd>`;
  const checked = (tone: string, words: string) =>
    html`<span class="word ${tone}">${words.split(/[:;,]/)[0] ?? ''}</span>${words.slice((words.split(/[:;,]/)[0] ?? '').length)}`;
  const body = html`<dl>
${fact('Signature', checked(SIGNATURE[from.signature.state], signatureInWords(from.signature)))}
${fact('Module', checked(MODULE[from.module.state], moduleInWords(from.module)))}
${fact('Built', builtInWords(from.built).join('; '))}
${fact('Revision', from.revision === '' ? 'none' : from.revision)}
${fact('Content', html`<span class="digest">${from.contentDigest}</span>`)}
${fact('Archive', html`<span class="digest">${from.archiveDigest}</span>`)}
${fact('Roots', from.roots.join(', '))}
</dl>
<details><summary>${from.files.length} files with their digests</summary>${table(
    'Files, with what sha256sum prints of them',
    ['File', 'Bytes', 'SHA-256'],
    from.files.map(({ name, bytes, sha256 }) => [name, bytes, html`<span class="digest">${sha256}</span>`]),
    [1],
  )}</details>
${
  site === null
    ? ''
    : html`<h3>The site's bundle beside it</h3><dl>${siteFacts(site).map(([name, value]) => fact(name, value))}</dl>`
}`;
  return { id: 'provenance', title: 'Provenance', body };
}

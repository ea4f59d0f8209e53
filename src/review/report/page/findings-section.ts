import type { Review } from '../../review.ts';
import type { Finding } from '../finding.ts';
import type { Section } from './document.ts';
import { html, type Markup } from './html.ts';

const TONES = { error: 'bad', warning: 'warn', note: '' } as const;

/** What somebody has to look at, errors first. */
export function findingsSection({ findings }: Review): Section {
  const body =
    findings.length === 0 ? html`<p>Nothing was found.</p>` : html`<ol class="findings">${findings.map(line)}</ol>`;
  return { id: 'findings', title: 'Findings', body };
}

function line({ level, rule, message, fix, at }: Finding): Markup {
  const place = at === undefined ? '' : `${at.file}${at.line === undefined ? '' : `:${at.line}`}`;
  return html`<li><p><span class="word ${TONES[level]}">${level}</span> ${message}</p>${
    fix === undefined ? '' : html`<p class="soft">To do: ${fix}.</p>`
  }<p class="soft file"><code>${rule}</code>${place === '' ? '' : html` in <code>${place}</code>`}</p></li>`;
}

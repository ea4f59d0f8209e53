import type { Review } from '../../review.ts';
import { verdictOf } from '../words.ts';
import { authoritySection } from './authority-section.ts';
import { changesSection } from './changes-section.ts';
import { contentsSection } from './contents-section.ts';
import { findingsSection } from './findings-section.ts';
import { html, type Markup, pageText, stylesheet } from './html.ts';
import { invariantsSection } from './invariants-section.ts';
import { provenanceSection } from './provenance-section.ts';
import { signOff } from './sign-off.ts';
import { STYLE } from './style.ts';

/** No script, no request, no form: whatever a bundle brings along can only be read. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A section of the page: what the contents call it, and its markup. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** A review as one page that needs nothing else: to be attached to a change, printed, signed. @param version the product's */
export function reviewPage(review: Review, version: string): string {
  const sections = [
    changesSection(review),
    authoritySection(review),
    invariantsSection(review),
    findingsSection(review),
    provenanceSection(review),
    contentsSection(review),
  ].filter((section) => section !== undefined);
  const { revision } = review.provenance;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Review of bundle ${revision === '' ? review.file : revision}</title>
${stylesheet(STYLE)}
</head>
<body>
<header>
<h1>Review of bundle ${revision === '' ? 'without a revision' : revision}</h1>
<p class="soft file">${review.file}, reviewed ${review.time} by Sallyport ${version}</p>
${summary(review)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}<li><a href="#sign-off">Sign-off</a></li></ul></nav>
</header>
<main>
${sections.map(({ id, title, body }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`)}
${signOff(review)}
</main>
</body>
</html>
`;
  return pageText(page);
}

function summary(review: Review): Markup {
  const { state, sentence } = verdictOf(review);
  return html`<section class="summary ${state}" aria-label="Summary"><p class="verdict">${sentence}</p><ul>${lines(
    review,
  ).map((line) => html`<li>${line}</li>`)}</ul></section>`;
}

/** What else a reviewer wants to know first. */
function lines(review: Review): readonly string[] {
  const { provenance, invariants, authority } = review;
  const broken = invariants.filter((one) => one.broken > 0).length;
  const signature = {
    verified: 'It is signed by a key that was given.',
    unsigned: 'Nobody signed it.',
    unchecked: 'Its signature was not checked.',
    refused: 'Its signature is refused.',
  }[provenance.signature.state];
  const module = {
    same: 'Its module is what its sources give.',
    differs: 'It is not what its sources give.',
    unchecked: 'Whether its module is what its sources give was not checked.',
  }[provenance.module.state];
  const held =
    broken === 0
      ? `All ${invariants.length} invariants hold in ${authority.cells} calls.`
      : `${broken} of ${invariants.length} invariants do not hold.`;
  return [signature, module, held];
}

import { html, type Markup, pageText, stylesheet } from './html.ts';

/** No script, no request, no form: whatever was brought along can only be read. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A section of the page: what the contents call it, and its markup. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** What every report's page consists of. */
export interface PageDocument {
  /** Of the window. */
  readonly title: string;
  readonly heading: string;
  /** Our own style sheet. */
  readonly style: string;
  /** Of what and when, in a line. */
  readonly about: string;
  readonly summary: {
    readonly state: 'refuse' | 'look' | 'clear';
    readonly sentence: string;
    readonly lines: readonly string[];
  };
  readonly sections: readonly Section[];
  /** What comes last and has a frame of its own. */
  readonly last?: Section;
}

/** A report as one page that needs nothing else: to be attached, printed, signed. */
export function documentText(given: PageDocument): string {
  const { title, heading, style, about, summary, sections, last } = given;
  const named = last === undefined ? sections : [...sections, last];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
${stylesheet(style)}
</head>
<body>
<header>
<h1>${heading}</h1>
<p class="soft file">${about}</p>
<section class="summary ${summary.state}" aria-label="Summary"><p class="verdict">${summary.sentence}</p><ul>${summary.lines.map(
    (line) => html`<li>${line}</li>`,
  )}</ul></section>
<nav aria-label="Sections"><ul>${named.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(({ id, title: name, body }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2>${body}</section>`)}
${last?.body ?? ''}
</main>
</body>
</html>
`;
  return pageText(page);
}

import { createHash } from 'node:crypto';
import { STYLE } from '../../review/report/page/style.ts';

/** The report's style, and what forms and lists of waiting calls need besides. */
export const PAGE_STYLE = `${STYLE}
.top { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; align-items: center; border-bottom: 1px solid var(--line); padding-bottom: 0.75rem; margin-bottom: 1.5rem; }
.top nav { flex: 1 1 auto; } .top nav ul { margin: 0; } .top .name { font-weight: 700; }
.top form, .who { margin: 0; }
.who { overflow-wrap: anywhere; max-width: 100%; }
main > h1 { overflow-wrap: anywhere; }
.card { border: 1px solid var(--line); background: var(--panel); border-radius: 0.25rem; padding: 0.75rem 1rem; margin: 0.75rem 0; }
.card h3 { margin: 0 0 0.25rem; overflow-wrap: anywhere; }
.card p { max-width: none; overflow-wrap: anywhere; }
.frozen { border-left: 0.4rem solid var(--bad); }
dd p:first-child, dd dl { margin-top: 0; } dd dl { margin-bottom: 0; }
.claims { border-left: 0.4rem dashed var(--line); padding-left: 1rem; }
form.act { margin: 1rem 0; max-width: 46rem; }
label { display: block; margin: 0.5rem 0 0.15rem; font-weight: 600; }
label.inline { font-weight: 400; display: flex; gap: 0.5rem; align-items: center; }
input[type="text"], input[type="password"], select {
  width: 100%; font: inherit; color: var(--text); background: var(--ground); border: 1px solid var(--soft); border-radius: 0.25rem; padding: 0.45rem 0.6rem;
}
.row { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; margin-top: 0.75rem; }
.row > div { flex: 1 1 12rem; }
button {
  font: inherit; font-weight: 600; padding: 0.5rem 1.1rem; border-radius: 0.25rem; cursor: pointer;
  border: 1px solid var(--soft); background: var(--ground); color: var(--text);
}
button.yes { border-color: var(--good); color: var(--good); }
button.no { border-color: var(--bad); color: var(--bad); }
button.stop { background: var(--bad); border-color: var(--bad); color: var(--ground); }
button.plain { border: 0; background: none; color: var(--link); padding: 0; font-weight: 400; text-decoration: underline; }
button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) {
  .row button { width: 100%; }
  main dl { grid-template-columns: minmax(5rem, max-content) 1fr; gap: 0.2rem 0.75rem; }
  dd { margin-bottom: 0; }
}
`;

const HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');

/**
 * What a page may do: our style, forms to this origin, and nothing else; no script at all. `same-origin` for the referrer,
 * because a browser that sends none sends no origin with a form either.
 */
export const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** A report brings its own style, and has no form. */
export const DOCUMENT_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
} as const;

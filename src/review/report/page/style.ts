/** The style of the report: light and dark, on a screen of any width and on paper. No colour says what words do not. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --ground: #ffffff; --panel: #f6f8fa;
  --good: #116329; --warn: #7a4b00; --bad: #a40e26; --link: #0550ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --soft: #9aa4af; --line: #3d444d; --ground: #0d1117; --panel: #161b22;
    --good: #56d364; --warn: #e3b341; --bad: #ff8a80; --link: #79b8ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem; max-width: 72rem;
  color: var(--text); background: var(--ground);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
a { color: var(--link); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 0.25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.75rem; padding-top: 0.75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0.5rem 0; max-width: 46rem; }
code, .digest { font: 0.875em/1.45 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.file { overflow-wrap: anywhere; }
.summary { border: 1px solid var(--line); border-left: 0.4rem solid var(--soft); background: var(--panel); padding: 1rem 1.25rem; margin: 1.25rem 0; border-radius: 0.25rem; }
.summary .verdict { font-size: 1.15rem; font-weight: 600; max-width: none; margin-top: 0; }
.summary ul { margin: 0.5rem 0 0; padding-left: 1.25rem; }
.refuse { border-left-color: var(--bad); } .look { border-left-color: var(--warn); } .clear { border-left-color: var(--good); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; margin: 0.75rem 0; list-style: none; }
.scroll { overflow-x: auto; margin: 0.75rem 0; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 0.925rem; }
caption { text-align: left; font-weight: 600; padding: 0.75rem 0 0.25rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); }
thead th { border-bottom-width: 2px; white-space: nowrap; }
tbody th { font-weight: 600; }
td.number, th.number { text-align: right; } td.number { font-variant-numeric: tabular-nums; }
td { min-width: 5rem; }
td p, th p { margin: 0 0 0.25rem; max-width: none; }
table code, table .digest { white-space: nowrap; }
table .file code { white-space: normal; }
.word { font-weight: 600; white-space: nowrap; }
.word.bad, .word.deny { color: var(--bad); } .word.warn, .word.hold { color: var(--warn); } .word.good, .word.allow { color: var(--good); }
ol.findings { padding-left: 0; list-style: none; margin: 0; }
ol.findings li { border-bottom: 1px solid var(--line); padding: 0.6rem 0; }
ol.findings p { margin: 0.1rem 0; max-width: none; }
details { margin: 0.75rem 0; }
summary { cursor: pointer; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.25rem; margin: 0.75rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.signoff { border: 1px solid var(--line); padding: 0.25rem 1.25rem 1.25rem; border-radius: 0.25rem; break-inside: avoid; }
.signoff h2 { border-top: 0; margin-top: 0.5rem; }
.lines { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 2.5rem 1.5rem; margin-top: 3rem; }
.lines div { border-top: 1px solid var(--text); padding-top: 0.25rem; color: var(--soft); font-size: 0.875rem; }
@media (max-width: 40rem) {
  body { padding: 1rem; }
  dl { grid-template-columns: 1fr; gap: 0 0; }
  dd { margin-bottom: 0.5rem; }
}
@media print {
  :root { --text: #000; --soft: #444; --line: #999; --ground: #fff; --panel: #fff; --good: #000; --warn: #000; --bad: #000; --link: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  .scroll { overflow: visible; }
  thead { display: table-header-group; }
  tr, li, .summary { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;

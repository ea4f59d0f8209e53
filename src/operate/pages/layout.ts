import type { Admitted } from '../../identify/operator-access.ts';
import { type Content, html, type Markup, pageText, stylesheet } from '../../review/report/page/html.ts';
import type { Session } from '../sessions/sessions.ts';
import type { Shown } from './page.ts';
import { PAGE_STYLE } from './style.ts';

/** A whole page. @param session of who looks at it; undefined at the door */
export function layout({ title, body, refresh }: Shown, session: Session | undefined): string {
  const again =
    refresh === undefined ? '' : html`<meta http-equiv="refresh" content="${refresh.seconds}; url=${refresh.to}">`;
  return pageText(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${again}
<title>${title} - Sallyport</title>
${stylesheet(PAGE_STYLE)}
</head>
<body>
${session === undefined ? '' : top(session)}
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`);
}

function top(session: Session): Markup {
  return html`<header class="top"><span class="name">Sallyport</span>
<nav aria-label="Pages"><ul><li><a href="/">Overview</a></li><li><a href="/approvals">Waiting calls</a></li><li><a href="/agents">Agents</a></li><li><a href="/#stop">Stop</a></li></ul></nav>
<p class="who soft">${whoIs(session.caller)}</p>
${form(session, '/logout', html`<button class="plain">Log out</button>`)}</header>`;
}

function whoIs({ name, role, groups }: Admitted): string {
  return `${name}, ${role}${groups.length === 0 ? '' : ` of ${groups.join(', ')}`}`;
}

/** A form of this session. @param kind `act` for those that take a reason */
export function form(session: Session, action: string, content: Content, kind: 'act' | 'small' = 'small'): Markup {
  return html`<form method="post" action="${action}" class="${kind}"><input type="hidden" name="csrf" value="${session.csrf}">${content}</form>`;
}

/** The reason that every act of an operator has. @param id unique on the page */
export function reasonField(id: string): Markup {
  return html`<label for="${id}">Reason, for those who read the record later</label><input type="text" id="${id}" name="why" required maxlength="1000" autocomplete="off">`;
}

/** Names and values, those without a value left out. */
export function fields(rows: readonly (readonly [name: string, value: Content])[]): Markup {
  const said = rows.filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0));
  return html`<dl>${said.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** What a command would print of something, as names and lines. */
export function lineFields(rows: readonly (readonly [name: string, lines: readonly string[]])[]): Markup {
  return fields(rows.map(([name, lines]) => [name, lines.map((line) => html`<p>${line}</p>`)]));
}

/** A time of the record as people read it: to the second, in UTC; the exact one is behind it. */
export function time(instant: string): Content {
  if (instant === '') return '';
  return html`<time datetime="${instant}">${instant.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}</time>`;
}

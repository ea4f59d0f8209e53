import express, { type Request, type RequestHandler, type Response } from 'express';
import { SallyportError } from '../../errors.ts';
import type { OperatorAccess } from '../../identify/operator-access.ts';
import { html } from '../../review/report/page/html.ts';
import { requirePermission } from '../permissions.ts';
import { problemOf } from '../problem.ts';
import type { CookieJar } from '../sessions/cookies.ts';
import { isFromElsewhere, isFromHere, localPath } from '../sessions/same-origin.ts';
import { carriesCsrf, type Session, type Sessions } from '../sessions/sessions.ts';
import type { InnerApi } from './asking.ts';
import { layout } from './layout.ts';
import type { ClosedPage, OpenPage, Page, PageAnswer, Shown } from './page.ts';
import { DOCUMENT_HEADERS, PAGE_HEADERS } from './style.ts';

export interface RouterParts {
  readonly pages: readonly Page[];
  readonly api: InnerApi;
  readonly sessions: Sessions;
  readonly access: Pick<OperatorAccess, 'list'>;
  readonly cookies: CookieJar;
  /** The door, with what the visitor is to be told and where they wanted to go. */
  readonly door: (told: string, to: string) => Shown;
  readonly origin: () => string;
  readonly now: () => Date;
  /** Told of what the gate itself got wrong (status 500 and above). */
  readonly report: (error: unknown, what: string) => void;
}

const MAX_FORM = 32 * 1024;

/** The pages as they are mounted: one guard in front of each, one place where errors become pages. */
export function pagesRouter(parts: RouterParts): RequestHandler {
  const router = express.Router({ caseSensitive: true, strict: true });
  const readForm = express.text({ type: 'application/x-www-form-urlencoded', limit: MAX_FORM, inflate: false });
  for (const page of parts.pages) {
    const what = `${page.method} ${page.path}`;
    const run = async (request: Request, response: Response) => {
      response.set(PAGE_HEADERS);
      const session = parts.sessions.find(parts.cookies.read(request, 'session'));
      try {
        const answer = await visit(page, request, session, parts);
        send(response, answer, session);
      } catch (error) {
        const refused = problemOf(error);
        if (refused.status >= 500) parts.report(error, what);
        send(response, refusal(refused), session);
      }
    };
    if (page.method === 'get') router.get(page.path, run);
    else router.post(page.path, readForm, run);
  }
  return router;
}

async function visit(
  page: Page,
  request: Request,
  session: Session | undefined,
  parts: RouterParts,
): Promise<PageAnswer> {
  return page.permission === 'open'
    ? visitOpen(page, request, session, parts)
    : visitClosed(page, request, session, parts);
}

async function visitOpen(page: OpenPage, request: Request, session: Session | undefined, parts: RouterParts) {
  if (page.method === 'post' && !isFromHere(request, parts.origin())) throw foreignForm();
  return page.run({ request, session, query: queryOf(request), form: formOf(request), now: parts.now() });
}

async function visitClosed(
  page: ClosedPage,
  request: Request,
  session: Session | undefined,
  parts: RouterParts,
): Promise<PageAnswer> {
  const wanted = page.method === 'get' ? localPath(request.originalUrl) : '/';
  if (session === undefined) {
    // The browser kept the cookie back because a link elsewhere led here; coming again from here, it will not.
    if (page.method === 'get' && isFromElsewhere(request)) return stepInside(wanted);
    return parts.door('', wanted);
  }
  const form = formOf(request);
  if (page.method === 'post') {
    if (!isFromHere(request, parts.origin())) throw foreignForm();
    if (!carriesCsrf(session, form.get('csrf') ?? undefined)) throw staleForm();
  }
  const { caller } = session;
  requirePermission(caller, page.permission);
  const names = new Map(parts.access.list().map(({ id, name }) => [id, name]));
  return page.run({
    caller,
    session,
    id: String(request.params.id ?? ''),
    query: queryOf(request),
    form,
    now: parts.now(),
    ...parts.api.as(caller),
    has: (name) => parts.api.has(name),
    nameOf: (id) => (names.has(id) ? `${names.get(id)} (${id})` : id),
  });
}

function stepInside(to: string): Shown {
  const body = html`<p><a href="${to}">Go on</a></p>`;
  return { kind: 'page', title: 'One moment', status: 401, body, refresh: { seconds: 0, to } };
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, 'https://here.invalid').searchParams;
}

function formOf(request: Request): URLSearchParams {
  return new URLSearchParams(typeof request.body === 'string' ? request.body : '');
}

function refusal({ status, detail, fix, title }: ReturnType<typeof problemOf>): Shown {
  const body = html`<p>${detail}.</p>${fix === undefined ? '' : html`<p>To do: ${fix}.</p>`}<p><a href="/">Back to the overview</a></p>`;
  return { kind: 'page', title, status, body };
}

function send(response: Response, answer: PageAnswer, session: Session | undefined): void {
  if (answer.cookies !== undefined) response.set('set-cookie', [...answer.cookies]);
  if (answer.kind === 'redirect') {
    response.status(303).set('location', answer.to).end();
    return;
  }
  if (answer.kind === 'document') {
    response.set(DOCUMENT_HEADERS).type('text/html; charset=utf-8').send(answer.text);
    return;
  }
  if (answer.status === 401) response.set('www-authenticate', 'Bearer realm="sallyport operators"');
  response
    .status(answer.status ?? 200)
    .type('text/html; charset=utf-8')
    .send(layout(answer, session));
}

function foreignForm(): SallyportError {
  return new SallyportError(
    'operator/forbidden',
    'this form was not sent by a page of this gate, so nothing was done',
    {
      fix: 'open the page here and try again',
    },
  );
}

function staleForm(): SallyportError {
  return new SallyportError('operator/forbidden', 'this form is of another session, so nothing was done', {
    fix: 'go back, load the page again, and try again',
  });
}

import type { IncomingMessage } from 'node:http';
import type { Admitted } from '../../identify/operator-access.ts';
import type { Permission } from '../../identify/permissions.ts';
import type { JsonObject } from '../../json.ts';
import type { Markup } from '../../review/report/page/html.ts';
import type { Session } from '../sessions/sessions.ts';

/** What a page gives back. */
export type PageAnswer = Shown | Sent | Whole;

export interface Shown {
  readonly kind: 'page';
  readonly title: string;
  readonly body: Markup;
  readonly status?: number;
  /** Where the browser goes by itself, and after how many seconds. */
  readonly refresh?: { readonly seconds: number; readonly to: string };
  readonly cookies?: readonly string[];
}

/** See Other: after a form, so that loading the page again sends nothing twice. */
export interface Sent {
  readonly kind: 'redirect';
  readonly to: string;
  readonly cookies?: readonly string[];
}

/** A document that is a page already, as reports are: no form, no script, its own style. */
export interface Whole {
  readonly kind: 'document';
  readonly text: string;
  readonly cookies?: undefined;
}

interface AnyVisit {
  readonly query: URLSearchParams;
  /** What the form says; empty for a page that is read. */
  readonly form: URLSearchParams;
  readonly now: Date;
}

/** One visit of somebody with a session. */
export interface Visit extends AnyVisit {
  readonly caller: Admitted;
  readonly session: Session;
  /** The path's `:id`, or empty. */
  readonly id: string;
  /** Runs an endpoint of the operations API as the visitor, with all its checks. */
  readonly ask: Ask;
  /** The same of an endpoint that answers with a document. */
  readonly askDocument: (...asked: Parameters<Ask>) => Promise<string>;
  /** Whether the API has an endpoint. */
  readonly has: (name: string) => boolean;
  /** An operator's name with their id; others as they are. */
  readonly nameOf: (id: string) => string;
}

/** @param name as `post /v1/freezes/:id/lift` */
export type Ask = (
  name: string,
  asked?: { readonly id?: string; readonly query?: JsonObject; readonly body?: JsonObject },
) => Promise<JsonObject>;

/** A visit of anybody, at the door. */
export interface OpenVisit extends AnyVisit {
  readonly request: IncomingMessage;
  readonly session: Session | undefined;
}

/** One page or form. The table of these is what is mounted and what the authorization tests run through. */
export type Page = ClosedPage | OpenPage;

interface Place {
  readonly method: 'get' | 'post';
  /** An express path; its only parameter is `:id`. */
  readonly path: string;
}

export interface ClosedPage extends Place {
  /** What the visitor's role must have; the endpoints that it asks check theirs besides. */
  readonly permission: Permission;
  run(visit: Visit): Promise<PageAnswer>;
}

/** Without a session; a form of it is taken from this origin only. */
export interface OpenPage extends Place {
  readonly permission: 'open';
  run(visit: OpenVisit): Promise<PageAnswer>;
}

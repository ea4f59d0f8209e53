import type { RequestHandler } from 'express';
import type { OperatorIssuers } from '../../identify/oidc/operator-issuers.ts';
import type { OperatorAccess } from '../../identify/operator-access.ts';
import type { RandomBytes } from '../../identify/sources.ts';
import type { ApprovalLinks } from '../approval-links.ts';
import type { Endpoint } from '../endpoint.ts';
import { cookieJar } from '../sessions/cookies.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { agentPages } from './agent-pages.ts';
import { approvalPages } from './approval-pages.ts';
import { InnerApi } from './asking.ts';
import { decisionPage } from './decision-page.ts';
import { door, doorPages } from './door.ts';
import { freezePages } from './freeze-forms.ts';
import { issuerLoginPages } from './issuer-login.ts';
import { overviewPage } from './overview.ts';
import type { Page } from './page.ts';
import { pagesRouter } from './pages-router.ts';
import { reportPages } from './report-pages.ts';
import { revertPages } from './revert-pages.ts';

/** What the pages need besides the endpoints that they ask. */
export interface PagesParts {
  readonly sessions: Sessions;
  readonly access: OperatorAccess;
  readonly issuers: OperatorIssuers;
  readonly links: ApprovalLinks;
  readonly random: RandomBytes;
  /** `https://host[:port]` by which people reach the pages. */
  readonly origin: () => string;
  /** Whether browsers come over TLS. */
  readonly secure: boolean;
}

/** The whole table: what is mounted and tested. */
export function operationsPages(parts: PagesParts): readonly Page[] {
  const cookies = cookieJar(parts.secure);
  return [
    overviewPage,
    ...agentPages,
    ...doorPages({ ...parts, cookies }),
    ...issuerLoginPages({ ...parts, cookies }),
    ...approvalPages(parts.links),
    ...freezePages(),
    decisionPage,
    ...revertPages,
    ...reportPages,
  ];
}

/** The pages over the endpoints of a gate, ready to be mounted. */
export function createPages(
  parts: PagesParts & {
    readonly endpoints: readonly Endpoint[];
    readonly now: () => Date;
    readonly report: (error: unknown, what: string) => void;
  },
): RequestHandler {
  return pagesRouter({
    pages: operationsPages(parts),
    api: new InnerApi(parts.endpoints, parts.now),
    sessions: parts.sessions,
    access: parts.access,
    cookies: cookieJar(parts.secure),
    door: (told, to) => door(parts, told, to),
    origin: parts.origin,
    now: parts.now,
    report: parts.report,
  });
}

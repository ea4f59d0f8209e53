import { SallyportError } from '../../errors.ts';
import type { OperatorIssuers } from '../../identify/oidc/operator-issuers.ts';
import type { OperatorAccess } from '../../identify/operator-access.ts';
import { html } from '../../review/report/page/html.ts';
import type { CookieJar } from '../sessions/cookies.ts';
import { localPath } from '../sessions/same-origin.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Page, Shown } from './page.ts';

export interface DoorParts {
  readonly sessions: Sessions;
  readonly access: Pick<OperatorAccess, 'admit'>;
  readonly issuers: Pick<OperatorIssuers, 'logins'>;
  readonly cookies: CookieJar;
}

/** Where somebody without a session logs in: with a token of the gate's, or with an issuer. 401, whoever asks. */
export function door({ issuers }: Pick<DoorParts, 'issuers'>, told: string, to: string): Shown {
  const query = `to=${encodeURIComponent(to)}`;
  const logins = issuers.logins.map(
    ({ issuer }, index) => html`<li><a href="/login/issuer?n=${index}&amp;${query}">Log in with ${issuer}</a></li>`,
  );
  const body = html`${told === '' ? '' : html`<p class="word bad" role="alert">${told}.</p>`}
${logins.length === 0 ? '' : html`<ul>${logins}</ul>`}
<form method="post" action="/login" class="act"><input type="hidden" name="to" value="${to}">
<label for="token">Operator’s token</label><input type="password" id="token" name="token" required maxlength="16384" autocomplete="off">
<p class="soft">As <code>sallyport operator add</code> printed it; on the gate’s own machine it is in <code>operator.token</code> of the state folder.</p>
<div class="row"><button>Log in</button></div></form>`;
  return { kind: 'page', title: 'Log in to Sallyport', status: 401, body };
}

/** Logging in with a token, and logging out. */
export function doorPages(parts: DoorParts): readonly Page[] {
  const { sessions, access, cookies } = parts;
  return [
    {
      method: 'get',
      path: '/login',
      permission: 'open',
      run: async ({ query }) => ({ ...door(parts, '', localPath(query.get('to') ?? undefined)), status: 200 }),
    },
    {
      method: 'post',
      path: '/login',
      permission: 'open',
      run: async ({ request, form }) => {
        const to = localPath(form.get('to') ?? undefined);
        try {
          const { caller, expires } = await access.admit(`Bearer ${(form.get('token') ?? '').trim()}`);
          const before = cookies.read(request, 'session');
          const { secret } = await sessions.begin(caller, { kind: 'token', until: expires, before });
          return { kind: 'redirect', to, cookies: [cookies.write('session', secret)] };
        } catch (thrown) {
          if (!(thrown instanceof SallyportError) || thrown.code !== 'operator/unauthorized') throw thrown;
          return door(parts, thrown.message, to);
        }
      },
    },
    {
      method: 'post',
      path: '/logout',
      permission: 'decisions.read',
      run: async ({ session }) => {
        await sessions.end(session);
        return { kind: 'redirect', to: '/login', cookies: [cookies.write('session', undefined)] };
      },
    },
  ];
}

import type { OperatorIssuer } from '../../../src/config.ts';
import type { OperationsParts } from '../../../src/operate/operations.ts';
import type { HeldCall } from '../../../src/settle/hold/held-call.ts';
import { type Answered, type OperationsLab, openOperationsLab } from '../operations-lab.ts';

/** A browser in as far as it matters: keeps cookies, says where a request comes from, sends forms as pages have them. */
export class Browser {
  readonly #lab: Pick<OperationsLab, 'ask' | 'origin'>;
  readonly cookies = new Map<string, string>();

  constructor(lab: Pick<OperationsLab, 'ask' | 'origin'>) {
    this.#lab = lab;
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    return this.#keep(await this.#lab.ask('GET', path, { headers: { ...this.#cookie(), ...headers } }));
  }

  /** Sends a form as a page of this origin does. @param headers replace or add to what the browser says */
  async post(path: string, form: Form, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const body = new URLSearchParams(typeof form === 'function' ? [...form()] : Object.entries(form)).toString();
    const said = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
      origin: this.#lab.origin,
      'sec-fetch-site': 'same-origin',
      ...this.#cookie(),
    };
    return this.#keep(await this.#lab.ask('POST', path, { body, headers: { ...said, ...headers } }));
  }

  /** Logs in with a token; the session's form token is what forms need from then on. */
  async logIn(token: string, to = '/'): Promise<string> {
    const answer = await this.post('/login', { token, to });
    if (answer.status !== 303) throw new Error(`not let in: ${answer.text}`);
    return this.csrf();
  }

  /** What the forms of this session carry. */
  async csrf(): Promise<string> {
    return csrfIn((await this.get('/')).text);
  }

  #cookie(): Record<string, string> {
    const sent = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return sent === '' ? {} : { cookie: sent };
  }

  #keep(answer: Answered): Answered {
    for (const header of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      if (/; Max-Age=0(;|$)/.test(header)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }
}

type Form = Readonly<Record<string, string>> | (() => Iterable<[string, string]>);

export function csrfIn(page: string): string {
  return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
}

export interface PagesLab {
  readonly lab: OperationsLab;
  browser(): Browser;
  /** A browser in which an operator of the role has logged in, and the token of its forms. */
  as(role: keyof OperationsLab['tokens']): Promise<{ readonly browser: Browser; readonly csrf: string }>;
  /** A call that waits. */
  hold(changed?: Partial<HeldCall>): Promise<HeldCall>;
}

export async function openPagesLab(
  changed: Partial<OperationsParts> = {},
  issuers: readonly OperatorIssuer[] = [],
): Promise<PagesLab> {
  const lab = await openOperationsLab(changed, issuers);
  let ids = 0;
  return {
    lab,
    browser: () => new Browser(lab),
    as: async (role) => {
      const browser = new Browser(lab);
      return { browser, csrf: await browser.logIn(lab.tokens[role]) };
    },
    hold: async (given = {}) => {
      ids += 1;
      const held = heldCall({ id: `hold-${ids}`, ...given }, lab.parts.now());
      const { puts, events, done } = lab.parts.holds.opening(held);
      await lab.store.transact(puts, events);
      done();
      return held;
    },
  };
}

const HOUR = 3_600_000;

/** A scaling in production that needs two of `sre` or `payments`. */
export function heldCall(changed: Partial<HeldCall>, now: Date): HeldCall {
  const id = changed.id ?? 'hold-1';
  return {
    id,
    state: 'waiting',
    agent: 'fixer',
    owner: 'ana',
    route: 'staging',
    intent: null,
    openedBy: null,
    group: null,
    openedAt: now.toISOString(),
    decideBy: new Date(now.getTime() + HOUR).toISOString(),
    runWithin: 300_000,
    runBy: null,
    holds: [{ kind: 'people', key: 'level', groups: ['sre', 'payments'], quorum: 2, until: '' }],
    approvals: [],
    subject: {
      action: 'kubernetes:deployments.apps/scale:patch',
      class: 'change',
      tier: 'B',
      level: 2,
      environment: 'prod',
      environments: ['prod'],
      services: ['shop'],
      teams: ['payments'],
      runbook: 'none',
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      namespace: 'shop',
      name: 'web',
      blast: { known: true, objects: 1, replicas: 9, pods: 9, share: 1, namespaces: ['shop'], scope: 'object' },
      wayBack: { how: 'inverse', exact: true, captured: true },
      lost: ['the addresses of the pods that end'],
      changes: [{ path: '/spec/replicas', from: 3, to: 12 }],
      changeFrom: 'dry-run',
      reasons: [{ rule: 'levels/verdict', message: 'level 2 needs two people in production', fix: 'wait for them' }],
      warnings: [{ rule: 'blast/share', message: 'it is the whole service', fix: '' }],
      claims: { ...NO_CLAIMS, reason: 'the queue grows', confidence: 0.8 },
      bundle: `sha256:${'b'.repeat(64)}`,
    },
    digests: { request: `sha256:${id}-request`, change: `sha256:${id}-change` },
    uid: '7d0b3f8e-1f0e-4a51-8f39-bd30b0b4a001',
    nonce: `nonce of ${id}`,
    ended: null,
    ranAs: null,
    ...changed,
  };
}

const NO_CLAIMS = { intent: 'unknown', incident: 'unknown', links: 'unknown' };

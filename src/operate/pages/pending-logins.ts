import { createHash } from 'node:crypto';
import { newSecret } from '../../identify/operator-token.ts';
import type { RandomBytes } from '../../identify/sources.ts';

/** A login that waits for its browser to come back from the issuer. */
export interface PendingLogin {
  readonly issuer: string;
  /** The local path that the visitor wanted to see. */
  readonly to: string;
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE; never leaves the gate but to the token endpoint. */
  readonly verifier: string;
}

interface Kept extends PendingLogin {
  readonly browser: string;
  readonly until: number;
}

const LIFE_MS = 600_000;
const MOST = 10_000;

/** Logins under way, each of which can be finished once, within ten minutes, by the browser that began it. */
export class PendingLogins {
  readonly #random: RandomBytes;
  readonly #kept = new Map<string, Kept>();

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** @param begun.browser what the browser's cookie holds */
  begin(begun: { readonly issuer: string; readonly to: string; readonly browser: string }, now: Date): PendingLogin {
    this.#forget(now);
    const login: PendingLogin = {
      issuer: begun.issuer,
      to: begun.to,
      state: newSecret(this.#random),
      nonce: newSecret(this.#random),
      verifier: newSecret(this.#random),
    };
    this.#kept.set(login.state, { ...login, browser: hashOf(begun.browser), until: now.getTime() + LIFE_MS });
    return login;
  }

  /** The login of this state and this browser, which is taken with that; a state that another browser brings is spent too. */
  take(state: string, browser: string | undefined, now: Date): PendingLogin | undefined {
    const kept = this.#kept.get(state);
    this.#kept.delete(state);
    if (kept === undefined || browser === undefined || kept.browser !== hashOf(browser)) return undefined;
    return now.getTime() < kept.until ? kept : undefined;
  }

  /** What is over, and the oldest beyond the bound. */
  #forget(now: Date): void {
    for (const [state, { until }] of this.#kept) {
      if (now.getTime() < until && this.#kept.size < MOST) return;
      this.#kept.delete(state);
    }
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

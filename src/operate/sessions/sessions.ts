import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { changedEvent } from '../../identify/changed-event.ts';
import type { Admitted, OperatorAccess } from '../../identify/operator-access.ts';
import { newSecret } from '../../identify/operator-token.ts';
import type { RandomBytes, Sources } from '../../identify/sources.ts';
import type { LogEvent, Put, Store } from '../../record/store.ts';
import { type KeptSession, type LoginKind, readSession } from './kept-session.ts';

/** A session of a browser whose operator may act now. */
export interface Session {
  /** As the record has it; opens nothing. */
  readonly id: string;
  readonly caller: Admitted;
  /** What each form of the session carries, and nobody else's page can know. */
  readonly csrf: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly expires: string;
}

export interface SessionsParts {
  readonly store: Store;
  readonly sources: Sources;
  readonly random: RandomBytes;
  readonly access: Pick<OperatorAccess, 'find'>;
  /** Milliseconds of the longest session. */
  readonly longest: number;
}

/** Of one operator at once; the oldest gives way. */
const MOST = 10;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * The sessions of browsers: 256 random bits in a cookie, of which only the SHA-256 is kept. A session ends with its time,
 * with its operator, or when they log out; each login makes a new one.
 */
export class Sessions {
  readonly #parts: SessionsParts;
  /** By hash of the secret. */
  readonly #kept = new Map<string, KeptSession>();

  private constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** Loads those that are there. @throws SallyportError `record/unavailable` when one cannot be read */
  static async open(parts: SessionsParts): Promise<Sessions> {
    const sessions = new Sessions(parts);
    for (const document of await parts.store.list('sessions')) sessions.#kept.set(document.id, readSession(document));
    return sessions;
  }

  /**
   * Begins a session, ends the one that `before` is the secret of, and forgets those that are over.
   * @param until milliseconds since 1970; the session is over then at the latest
   * @throws SallyportError `record/unavailable`
   */
  async begin(
    caller: Admitted,
    login: { readonly kind: LoginKind; readonly until: number; readonly before: string | undefined },
  ): Promise<{ readonly secret: string; readonly session: Session }> {
    const { sources, random, longest } = this.#parts;
    const now = sources.now();
    const secret = newSecret(random);
    const kept: KeptSession = {
      id: sources.newId(),
      operator: caller.id,
      kind: login.kind,
      openedAt: now.toISOString(),
      expires: new Date(Math.min(now.getTime() + longest, login.until)).toISOString(),
    };
    const opened: Put = { collection: 'sessions', id: hashOf(secret), expect: 0, body: { ...kept } };
    await this.#write([opened], this.#over(caller.id, login.before), this.#event('opened', kept));
    this.#kept.set(hashOf(secret), kept);
    return { secret, session: { id: kept.id, caller, csrf: csrfOf(secret), expires: kept.expires } };
  }

  /** The session of a cookie, with its operator as they are now; undefined when either is over. */
  find(secret: string | undefined): Session | undefined {
    if (secret === undefined || !SECRET.test(secret)) return undefined;
    const kept = this.#kept.get(hashOf(secret));
    const caller = kept === undefined ? undefined : this.#callerOf(kept);
    if (kept === undefined || caller === undefined) return undefined;
    return { id: kept.id, caller, csrf: csrfOf(secret), expires: kept.expires };
  }

  /** Ends a session; that there is none is fine. @throws SallyportError `record/unavailable` */
  async end(session: Pick<Session, 'id'>): Promise<void> {
    const [id, kept] = [...this.#kept].find(([, each]) => each.id === session.id) ?? [];
    if (id === undefined || kept === undefined) return;
    await this.#write([], [id], this.#event('ended', kept));
  }

  /** Ended sessions are taken off before anything waits, so that two logins at once do not both end the same ones. */
  async #write(opened: readonly Put[], over: readonly string[], event: LogEvent): Promise<void> {
    const before = over.map((id) => [id, this.#kept.get(id)] as const);
    for (const id of over) this.#kept.delete(id);
    try {
      const ends = over.map((id): Put => ({ collection: 'sessions', id, expect: 1, body: null }));
      await this.#parts.store.transact([...opened, ...ends], [event]);
    } catch (thrown) {
      for (const [id, kept] of before) if (kept !== undefined) this.#kept.set(id, kept);
      throw thrown;
    }
  }

  #event(what: 'opened' | 'ended', kept: KeptSession): LogEvent {
    const { sources } = this.#parts;
    const { id: session, operator, kind } = kept;
    const opening = kind === 'token' ? 'logged in with a token' : 'logged in with their issuer';
    const opened = what === 'opened';
    const change = {
      what: `session.${what}`,
      by: operator,
      why: opened ? opening : 'logged out',
      about: { session, operator },
      before: opened ? null : { ...kept },
      after: opened ? { ...kept } : null,
    };
    return changedEvent(change, sources, sources.now());
  }

  #callerOf({ operator, expires }: KeptSession): Admitted | undefined {
    return this.#parts.sources.now().toISOString() < expires ? this.#parts.access.find(operator) : undefined;
  }

  /** What goes when `operator` logs in: their former session, what is over, and their oldest beyond the bound. */
  #over(operator: string, before: string | undefined): readonly string[] {
    const former = before === undefined ? undefined : hashOf(before);
    const gone = new Set<string>();
    const theirs: (readonly [id: string, openedAt: string])[] = [];
    for (const [id, kept] of this.#kept) {
      if (id === former || this.#callerOf(kept) === undefined) gone.add(id);
      else if (kept.operator === operator) theirs.push([id, kept.openedAt]);
    }
    theirs.sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
    for (const [id] of theirs.slice(0, Math.max(0, theirs.length + 1 - MOST))) gone.add(id);
    return [...gone];
  }
}

/** Whether a form carries what the pages of its session do, in a time that does not depend on where they differ. */
export function carriesCsrf(session: Session, given: string | undefined): boolean {
  const [a, b] = [Buffer.from(session.csrf), Buffer.from(given ?? '')];
  return a.length === b.length && timingSafeEqual(a, b);
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Bound to the session and one-way: a page that leaks does not give the cookie away. */
function csrfOf(secret: string): string {
  return createHmac('sha256', secret).update('sallyport form').digest('base64url');
}

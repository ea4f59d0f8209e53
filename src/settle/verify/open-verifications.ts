import type { LogEvent, Put, Store } from '../../record/store.ts';
import { readVerification, type Verification, verificationToJson } from './verification.ts';

/** A verification with the version that its next change must find. */
export interface Kept {
  readonly verification: Verification;
  readonly version: number;
}

/** What is written with the next state of a verification. */
export interface Step {
  readonly events?: readonly LogEvent[];
  /** What becomes of its task. */
  readonly task: Put;
  /** It is over and is looked up by its id alone from now on. */
  readonly closed?: boolean;
}

/** How the last verification of a target stands; `none`: nothing is being verified, or what was is well. */
export type Standing = 'none' | 'running' | 'failed' | 'inconclusive';

/** The verifications that are not over, and those that did not succeed a short while ago: in the store, and here. */
export class OpenVerifications {
  readonly #store: Pick<Store, 'transact'>;
  readonly #open = new Map<string, Kept>();

  private constructor(store: Pick<Store, 'transact'>) {
    this.#store = store;
  }

  /** @throws SallyportError `record/unavailable` when one cannot be read */
  static async load(store: Pick<Store, 'transact' | 'list'>): Promise<OpenVerifications> {
    const open = new OpenVerifications(store);
    for (const document of await store.list('verifications'))
      open.#open.set(document.id, { verification: readVerification(document), version: document.version });
    return open;
  }

  get(id: string): Kept | undefined {
    return this.#open.get(id);
  }

  /** As they are now; changes meanwhile do not matter. */
  list(): readonly Kept[] {
    return [...this.#open.values()];
  }

  /** @throws SallyportError `record/unavailable` */
  async add(verification: Verification): Promise<void> {
    await this.#store.transact([put(verification, 0)], []);
    this.#open.set(verification.id, { verification, version: 1 });
  }

  /**
   * The next state, with its events and what becomes of its task, or nothing at all. With one that passed go the earlier failures at
   * its target.
   */
  async write({ version }: Kept, next: Verification, { events = [], task, closed = false }: Step): Promise<void> {
    const overtaken = next.state === 'passed' ? this.#failedBefore(next) : [];
    const own = closed ? closing({ verification: next, version }) : [put(next, version)];
    await this.#store.transact([...own, ...overtaken.flatMap(closing), task], events);
    for (const { verification } of overtaken) this.#open.delete(verification.id);
    if (closed) this.#open.delete(next.id);
    else this.#open.set(next.id, { verification: next, version: version + 1 });
  }

  /** It came to nothing before it began. */
  async drop(kept: Kept): Promise<void> {
    await this.#store.transact(closing(kept), []);
    this.#open.delete(kept.verification.id);
  }

  /**
   * @param touched the target's path, or one that ends in a slash for everything below it; undefined: nothing that there is
   * @param but the call that is asked for, whose own verification does not count
   */
  standing(route: string, touched: string | undefined, but: string): Standing {
    let newest: Verification | undefined;
    for (const { verification } of this.#open.values()) {
      if (verification.id === but || verification.route !== route || !isIn(touched, verification.watched.path))
        continue;
      if (verification.state === 'awaiting' || verification.state === 'running') return 'running';
      if (newest === undefined || (verification.ended ?? '') > (newest.ended ?? '')) newest = verification;
    }
    return newest?.state === 'failed' || newest?.state === 'inconclusive' ? newest.state : 'none';
  }

  /** Their tasks find nothing any more, and go. */
  #failedBefore({ id, route, watched }: Verification): readonly Kept[] {
    return this.list().filter(({ verification }) => {
      const same = verification.route === route && verification.watched.path === watched.path;
      return same && verification.ended !== null && verification.fallback !== 'due' && verification.id !== id;
    });
  }
}

function isIn(touched: string | undefined, path: string): boolean {
  return touched === path || (touched?.endsWith('/') === true && path.startsWith(touched));
}

function put(verification: Verification, expect: number): Put {
  return { collection: 'verifications', id: verification.id, expect, body: verificationToJson(verification) };
}

function closing({ verification, version }: Kept): readonly Put[] {
  const { id } = verification;
  return [
    { collection: 'verifications', id, expect: version, body: null },
    { collection: 'closed', id: `verifications:${id}`, expect: 0, body: verificationToJson(verification) },
  ];
}

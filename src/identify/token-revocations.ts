import { z } from 'zod';
import { SallyportError } from '../errors.ts';
import type { Document, LogEvent, Put, Store } from '../record/store.ts';

const DAY = 86_400_000;
const schema = z.strictObject({
  by: z.string(),
  why: z.string(),
  at: z.iso.datetime({ precision: 3 }),
  until: z.iso.datetime({ precision: 3 }).nullable(),
});

/** A credential that is no longer good although its agent is. Times are RFC 3339, UTC. */
export interface TokenRevocation {
  readonly by: string;
  readonly why: string;
  readonly at: string;
  /** The credential's own end, after which the entry may be forgotten; null keeps it for ever. */
  readonly until: string | null;
}

/** The ids of revoked credentials, in memory and in the store. */
export class TokenRevocations {
  readonly #store: Store;
  readonly #ids: Set<string>;

  private constructor(store: Store, ids: Set<string>) {
    this.#store = store;
    this.#ids = ids;
  }

  /**
   * Loads what is revoked and forgets what ended more than a day ago (clocks and tolerated skew differ by less).
   * @throws SallyportError `record/unavailable` when an entry cannot be read.
   */
  static async open(store: Store, now: Date): Promise<TokenRevocations> {
    const ids = new Set<string>();
    const forgotten: Put[] = [];
    const before = new Date(now.getTime() - DAY).toISOString();
    for (const document of await store.list('revocations')) {
      const { until } = read(document);
      if (until === null || until >= before) ids.add(document.id);
      else forgotten.push({ collection: 'revocations', id: document.id, expect: document.version, body: null });
    }
    if (forgotten.length > 0) await store.transact(forgotten, []);
    return new TokenRevocations(store, ids);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Revokes with the event of it. @throws SallyportError `record/conflict` when it is revoked already. */
  async add(id: string, revocation: TokenRevocation, event: LogEvent): Promise<void> {
    await this.#store.transact([{ collection: 'revocations', id, expect: 0, body: { ...revocation } }], [event]);
    this.#ids.add(id);
  }
}

function read(document: Document): TokenRevocation {
  const parsed = schema.safeParse(document.body);
  if (parsed.success) return parsed.data;
  throw new SallyportError('record/unavailable', `revocation ${document.id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}

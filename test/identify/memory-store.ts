import { createHash } from 'node:crypto';
import { SallyportError } from '../../src/errors.ts';
import { canonicalJson, type JsonObject } from '../../src/json.ts';
import type { AccountHead, StoredReservation } from '../../src/record/reservation.ts';
import type { Collection, DecisionRecord, Document, Leaf, LogEvent, Put, Store } from '../../src/record/store.ts';

/**
 * A store in memory, for tests of state that is kept in documents and `changed` events: conditional updates and the log are
 * real, decisions and sealed bytes are not there and say so.
 */
export class MemoryStore implements Store {
  readonly #documents = new Map<string, Document>();
  readonly #leaves: Leaf[] = [];
  readonly #links = new Map<number, readonly string[]>();
  #broken = false;

  /** From now on nothing can be written. */
  break(): void {
    this.#broken = true;
  }

  async append(event: LogEvent): Promise<number> {
    const [seq] = await this.transact([], [event]);
    return seq ?? -1;
  }

  async transact(puts: readonly Put[], events: readonly LogEvent[]): Promise<readonly number[]> {
    await Promise.resolve();
    if (this.#broken) throw new SallyportError('record/unavailable', 'the store cannot be written');
    const keys = new Set(puts.map(keyOf));
    const stale = puts.some((put) => (this.#documents.get(keyOf(put))?.version ?? 0) !== put.expect);
    const known = events.some(({ kind, id }) => this.#leaves.some((leaf) => leaf.kind === kind && leaf.id === id));
    if (stale || known || keys.size < puts.length)
      throw new SallyportError('record/conflict', 'a condition did not hold');
    for (const put of puts) this.#apply(put);
    return events.map((event) => this.#push(event));
  }

  async get(collection: Collection, id: string): Promise<Document | undefined> {
    return this.#documents.get(keyOf({ collection, id }));
  }

  async list(collection: Collection): Promise<readonly Document[]> {
    return [...this.#documents.values()].filter((document) => document.collection === collection);
  }

  async leaves(from: number, limit: number): Promise<readonly Leaf[]> {
    return this.#leaves.slice(from, from + limit);
  }

  async related(link: string, from: number, limit: number): Promise<readonly Leaf[]> {
    const found = this.#leaves.filter(({ seq }) => seq >= from && this.#links.get(seq)?.includes(link));
    return found.slice(0, limit);
  }

  async size(): Promise<number> {
    return this.#leaves.length;
  }

  decisions(): Promise<readonly DecisionRecord[]> {
    return Promise.reject(new Error('the memory store keeps no decisions'));
  }

  decision(): Promise<DecisionRecord | undefined> {
    return Promise.reject(new Error('the memory store keeps no decisions'));
  }

  closeLost(): Promise<readonly string[]> {
    return Promise.reject(new Error('the memory store keeps no decisions'));
  }

  sealed(): Promise<Uint8Array | undefined> {
    return Promise.reject(new Error('the memory store keeps no sealed bytes'));
  }

  eraseSealed(): Promise<number> {
    return Promise.reject(new Error('the memory store keeps no sealed bytes'));
  }

  reservations(): Promise<readonly StoredReservation[]> {
    return Promise.reject(new Error('the memory store keeps no reservations'));
  }

  accounts(): Promise<readonly AccountHead[]> {
    return Promise.reject(new Error('the memory store keeps no reservations'));
  }

  forgetReservations(): Promise<number> {
    return Promise.reject(new Error('the memory store keeps no reservations'));
  }

  async close(): Promise<void> {}

  #apply({ collection, id, expect, body }: Put): void {
    if (body === null) this.#documents.delete(keyOf({ collection, id }));
    else this.#documents.set(keyOf({ collection, id }), { collection, id, version: expect + 1, body: copy(body) });
  }

  #push({ kind, id, time, body, links = [] }: LogEvent): number {
    const seq = this.#leaves.length;
    this.#links.set(seq, links);
    const leaf = canonicalJson({ v: 1, kind, id, time, ...body });
    this.#leaves.push({ seq, kind, id, time, leaf, hash: createHash('sha256').update(`\0${leaf}`).digest() });
    return seq;
  }
}

function keyOf({ collection, id }: { readonly collection: Collection; readonly id: string }): string {
  return `${collection} ${id}`;
}

function copy(body: JsonObject): JsonObject {
  return structuredClone(body);
}

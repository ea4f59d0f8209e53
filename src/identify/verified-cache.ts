import { hash } from 'node:crypto';
import type { Verified } from './verified.ts';

const MAX_ENTRIES = 10_000;

/**
 * Credentials that were verified a short while ago, by the SHA-256 of their bytes; the least recently used goes first.
 * A refusal is never kept.
 */
export class VerifiedCache {
  readonly #entries = new Map<string, Verified>();
  readonly #max: number;

  constructor(max: number = MAX_ENTRIES) {
    if (!Number.isInteger(max) || max < 1) throw new RangeError('a cache holds at least one entry');
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The key of a credential; the credential itself is not kept. */
  static keyOf(credential: string | Uint8Array): string {
    return hash('sha256', credential, 'base64url');
  }

  /** @param now milliseconds since 1970. */
  get(key: string, now: number): Verified | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    if (now >= found.cacheUntil) return undefined;
    this.#entries.set(key, found);
    return found;
  }

  set(key: string, verified: Verified): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#max) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, verified);
  }
}

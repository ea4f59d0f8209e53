import { hash } from 'node:crypto';
import type { Verified } from './verified.ts';

const MAX_ENTRIES = 10_000;

/**
 * Credentials that were verified a short while ago, by the SHA-256 of their bytes; those that were not used for longest
 * go first, half of all at once. A refusal is never kept.
 */
export class VerifiedCache {
  readonly #half: number;
  /** Used since the halves changed places. */
  #recent = new Map<string, Verified>();
  /** Used before that, and not since. */
  #older: ReadonlyMap<string, Verified> = new Map();

  constructor(max: number = MAX_ENTRIES) {
    if (!Number.isInteger(max) || max < 2) throw new RangeError('a cache holds at least two entries');
    this.#half = Math.floor(max / 2);
  }

  /** The key of a credential; the credential itself is not kept. */
  static keyOf(credential: string | Uint8Array): string {
    return hash('sha256', credential, 'base64url');
  }

  /** @param now milliseconds since 1970. */
  get(key: string, now: number): Verified | undefined {
    const recent = this.#recent.get(key);
    const found = recent ?? this.#older.get(key);
    if (found === undefined || now >= found.cacheUntil) return undefined;
    if (recent === undefined) this.set(key, found);
    return found;
  }

  set(key: string, verified: Verified): void {
    if (this.#recent.size >= this.#half && !this.#recent.has(key)) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, verified);
  }
}

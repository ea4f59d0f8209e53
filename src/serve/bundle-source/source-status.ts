import type { SallyportError } from '../../errors.ts';
import type { SourceState } from '../../operate/endpoints/bundle.ts';
import type { Source } from './source.ts';

/** What an attempt to have what the source has came to. */
export type Attempt = 'loaded' | 'unchanged' | 'refused' | 'failed';

/** What came of a source so far, for whoever asks. */
export class SourceStatus {
  readonly #source: Source;
  readonly #now: () => Date;
  readonly #attempts = new Map<Attempt, number>();
  #lastAttempt: Date | undefined;
  #lastSuccess: Date | undefined;
  #error: SourceState['lastError'] = null;
  /** True while what is in force was kept from an earlier run. */
  kept = false;

  constructor(source: Source, now: () => Date) {
    this.#source = source;
    this.#now = now;
  }

  /** By what they came to. */
  get attempts(): ReadonlyMap<Attempt, number> {
    return this.#attempts;
  }

  get lastSuccess(): Date | undefined {
    return this.#lastSuccess;
  }

  succeeded(attempt: 'loaded' | 'unchanged'): void {
    this.#count(attempt);
    this.#lastSuccess = this.#lastAttempt;
    this.#error = null;
    this.kept = false;
  }

  /** @returns whether this is another problem than before: what goes on is said once */
  failed(attempt: 'refused' | 'failed', error: SallyportError, archive: string | null): boolean {
    const at = this.#count(attempt).toISOString();
    const { code, message } = error;
    const isNew = this.#error?.message !== message || this.#error.archive !== archive;
    this.#error = { at, code, message, archive };
    return isNew;
  }

  get state(): SourceState {
    const { name, kind, follows } = this.#source;
    return {
      from: name,
      follows: follows ? kind : 'nothing',
      lastAttempt: this.#lastAttempt?.toISOString() ?? null,
      lastSuccess: this.#lastSuccess?.toISOString() ?? null,
      lastError: this.#error,
      lastGood: this.kept,
    };
  }

  #count(attempt: Attempt): Date {
    this.#attempts.set(attempt, (this.#attempts.get(attempt) ?? 0) + 1);
    this.#lastAttempt = this.#now();
    return this.#lastAttempt;
  }
}

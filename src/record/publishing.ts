import type { CaseFile } from './case-file.ts';
import type { LogEvent } from './store.ts';

/** Told of each event of a call once it is durable; it must be quick and must not throw. */
export type CallListener = (event: LogEvent, file: CaseFile) => void;

/** Who wants to know what became of calls: metrics, verification, trust, stop conditions. */
export class Publishing {
  readonly #listeners = new Set<CallListener>();

  /** The result ends it. */
  subscribe(listener: CallListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: LogEvent, file: CaseFile): void {
    for (const listener of this.#listeners) listener(event, file);
  }
}

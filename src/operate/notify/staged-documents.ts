import type { JsonObject } from '../../json.ts';
import type { Document, Put } from '../../record/store.ts';

/** Documents of the outbox as they are stored, and what is to become of them with the next write. */
export class StagedDocuments {
  readonly #stored = new Map<string, Pick<Document, 'version' | 'body'>>();
  readonly #staged = new Map<string, JsonObject | null>();

  constructor(documents: readonly Document[]) {
    for (const { id, version, body } of documents) this.#stored.set(id, { version, body });
  }

  /** As it will be. */
  get(id: string): JsonObject | undefined {
    const staged = this.#staged.get(id);
    return staged === undefined ? this.#stored.get(id)?.body : (staged ?? undefined);
  }

  /** Those that will be there, by ids that begin so. */
  beginning(prefix: string): readonly (readonly [string, JsonObject])[] {
    const ids = new Set([...this.#stored.keys(), ...this.#staged.keys()]);
    return [...ids].flatMap((id) => {
      const body = id.startsWith(prefix) ? this.get(id) : undefined;
      return body === undefined ? [] : [[id, body] as const];
    });
  }

  /** `null` removes it. */
  stage(id: string, body: JsonObject | null): void {
    if (body === null && !this.#stored.has(id)) this.#staged.delete(id);
    else this.#staged.set(id, body);
  }

  /** What to write. */
  puts(): readonly Put[] {
    return [...this.#staged].map(([id, body]) => {
      return { collection: 'outbox' as const, id, expect: this.#stored.get(id)?.version ?? 0, body };
    });
  }

  /** The puts were written. */
  written(): void {
    for (const [id, body] of this.#staged) {
      if (body === null) this.#stored.delete(id);
      else this.#stored.set(id, { version: (this.#stored.get(id)?.version ?? 0) + 1, body });
    }
    this.#staged.clear();
  }
}

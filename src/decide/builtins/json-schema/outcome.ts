/** A violation of a schema, as policies see it. */
export interface Violation {
  readonly type: string;
  /** Names joined by dots; `(Root)` for the whole document. */
  readonly field: string;
  readonly description: string;
}

const MOST_VIOLATIONS = 1_000;

/** What a part of a validation came to. Of several schemas that fail, the one with the highest score is reported. */
export class Outcome {
  violations: Violation[] = [];
  score = 0;

  get isValid(): boolean {
    return this.violations.length === 0;
  }

  add(type: string, path: string, description: string): void {
    const field = path.startsWith('(Root).') ? path.slice('(Root).'.length) : path;
    this.#append([{ type, field, description }]);
    this.score -= 2; // which comes to one less, with the one that every step adds
  }

  merge(other: Outcome | undefined): void {
    if (!other) return;
    this.#append(other.violations);
    this.score += other.score;
  }

  #append(violations: readonly Violation[]): void {
    this.violations = [...this.violations, ...violations];
    if (this.violations.length > MOST_VIOLATIONS) {
      throw new TypeError(`a document violates its schema more than ${MOST_VIOLATIONS} times`);
    }
  }
}

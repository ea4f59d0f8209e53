/** Something that a person or CI has to look at: a failed scenario, a broken invariant, a rule that nothing tests. */
export interface Finding {
  /** What found it, in kebab case, the same for every finding of its kind: `scenario-failed`, `invariant-broken`. */
  readonly rule: string;
  /** An error fails the command; a warning and a note are shown. */
  readonly level: 'error' | 'warning' | 'note';
  /** A sentence that stands alone. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Where: a path from the working folder with forward slashes, and a line from 1. */
  readonly at?: { readonly file: string; readonly line?: number };
}

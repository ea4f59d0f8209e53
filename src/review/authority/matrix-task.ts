import type { JudgeSource } from './judge-source.ts';
import type { Recipe } from './recipe.ts';
import type { CellResult } from './result.ts';

/** What a worker of the matrix starts with. */
export interface Task {
  readonly source: JudgeSource;
  readonly recipe: Recipe;
}

/** Some cells to judge, in order. */
export interface Part {
  readonly cells: Uint32Array<ArrayBuffer>;
}

/** What they came to: for each cell a position in `results`, and the fuel that it took. */
export interface JudgedPart extends Part {
  readonly results: readonly CellResult[];
  readonly of: Uint32Array<ArrayBuffer>;
  readonly fuel: Uint32Array<ArrayBuffer>;
}

export type FromMatrixWorker =
  | { readonly op: 'ready' }
  | { readonly op: 'judged'; readonly part: JudgedPart }
  | { readonly op: 'failed'; readonly code: string; readonly message: string };

import type { Outcome } from '../../decide/verdict.ts';
import { aloneOf } from '../authority/alone.ts';
import type { AxisName } from '../authority/axes.ts';
import { fold, type Row } from '../authority/fold.ts';
import type { Matrix } from '../authority/matrix.ts';
import { type CellResult, peopleOf } from '../authority/result.ts';
import { whereInWords } from '../authority/words.ts';

/** Acts that run without a person, and under what. */
export interface AloneLine {
  readonly acts: readonly string[];
  /** `change window open · reach small, limit`, or `every call`. */
  readonly circumstances: string;
  /** What the gate does besides. */
  readonly obligations: readonly string[];
  readonly cells: number;
}

/** What agents of a level may do in an environment without a person. */
export interface AlonePlace {
  readonly level: string;
  readonly environment: string;
  readonly may: readonly AloneLine[];
}

/** Calls that come to the same. */
export interface AuthorityRow {
  readonly calls: string;
  readonly outcome: Outcome;
  /** How many people must approve, where it is held. */
  readonly people: number;
  readonly cells: number;
}

/** What a bundle says to every call of the matrix, as far as people can read it. */
export interface AuthoritySummary {
  readonly cells: number;
  /** Levels in their order, with what they are called. */
  readonly levels: readonly { readonly level: string; readonly title: string }[];
  readonly environments: readonly string[];
  readonly alone: readonly AlonePlace[];
  /** The matrix of usual calls, folded: each of its cells is in exactly one row. */
  readonly rows: readonly AuthorityRow[];
  /** What one thing more makes of ordinary calls: a freeze, spent budgets, ... */
  readonly special: readonly { readonly title: string; readonly rows: readonly AuthorityRow[] }[];
}

export function summarizeAuthority(matrix: Matrix): AuthoritySummary {
  const { space, recipe } = matrix;
  const tried = [...new Set(space.blocks.flatMap(({ tries }) => (tries === undefined ? [] : [tries])))];
  return {
    cells: space.size,
    levels: recipe.ground.levels.map((level) => ({ level: String(level), title: recipe.ground.titles[level] ?? '' })),
    environments: recipe.ground.places.map(({ name }) => name),
    alone: aloneOf(matrix).map(({ level, environment, may }) => ({
      level,
      environment,
      may: may.map(({ acts, where, obligations, cells }) => ({
        acts,
        circumstances: whereInWords(space, where),
        obligations: obligations.map(({ name }) => name),
        cells,
      })),
    })),
    rows: rowsOf(matrix, undefined),
    special: tried.map((axis) => ({
      title: space.axes.find(({ name }) => name === axis)?.title ?? axis,
      rows: rowsOf(matrix, axis),
    })),
  };
}

function rowsOf(matrix: Matrix, tries: AxisName | undefined): readonly AuthorityRow[] {
  const keys = matrix.results.map((result) => `${result.outcome} ${peopleOf(result) ?? 0}`);
  const rows = fold(matrix.space, (cell) => keys[matrix.of[cell] ?? -1], { tries });
  return rows.map((row) => rowOf(matrix, row));
}

function rowOf({ space, results, of }: Matrix, { where, cells, first }: Row): AuthorityRow {
  const result: CellResult | undefined = results[of[first] ?? -1];
  const people = result === undefined ? 0 : (peopleOf(result) ?? 0);
  return { calls: whereInWords(space, where), outcome: result?.outcome ?? 'deny', people, cells };
}

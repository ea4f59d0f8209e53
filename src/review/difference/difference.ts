import { askRecipe, type Judged } from '../authority/authority.ts';
import { environmentsOf } from '../authority/ground.ts';
import { createInputWriter } from '../authority/input-writer.ts';
import { layOut, sameRecipe } from '../authority/layout.ts';
import { judgeMatrix, type Matrix, type MatrixOptions, UNJUDGED } from '../authority/matrix.ts';
import type { Recipe } from '../authority/recipe.ts';
import { byDirection, type ChangedRow, changedCells } from './changed-cells.ts';
import { type ChangedRule, type ChangedSetting, changedRules, changedSettings } from './changed-data.ts';

/** A row, and whose data draw the lines of its calls. */
export interface DifferentRow extends ChangedRow {
  readonly drawn: 'before' | 'after';
}

/** What a bundle would change where another one is in force. */
export interface Difference {
  /** Calls that are judged otherwise, more permissive first. */
  readonly rows: readonly DifferentRow[];
  /** How many calls were judged by both. */
  readonly compared: number;
  readonly rules: readonly ChangedRule[];
  readonly settings: readonly ChangedSetting[];
}

export interface DifferenceOptions extends Pick<MatrixOptions, 'workers' | 'signal'> {
  /** RFC 3339, UTC, milliseconds: when the calls are made. */
  readonly at: string;
  /** The matrix of the new bundle, where it is at hand. */
  readonly known?: Matrix;
}

/**
 * Compares two bundles by what they say to the same calls. Calls are made as the old bundle's data draw their lines (what is within
 * a limit, when a window is open, what a runbook covers), and as the new one's do where that is not the same: a limit that was
 * widened shows in the calls that are just within the new one.
 * @throws SallyportError `bundle/invalid`, `policy/fault`
 */
export async function differenceOf(before: Judged, after: Judged, options: DifferenceOptions): Promise<Difference> {
  const { at, known, ...rest } = options;
  const mine = await askRecipe(after, at, environmentsOf(before.data));
  const theirs = await askRecipe(before, at, environmentsOf(after.data));
  const matrixOf = (judged: Judged, recipe: Recipe, only?: (cell: number) => boolean): Promise<Matrix> =>
    judgeMatrix({ source: judged.source, recipe, ...rest, ...(only === undefined ? {} : { only }) });
  const atHand = known !== undefined && sameRecipe(known.recipe, mine) ? known : undefined;
  const second = atHand ?? (await matrixOf(after, mine));
  const first = before === after ? second : await matrixOf(before, mine);
  const rows = changedCells(first, second).map((row): DifferentRow => ({ ...row, drawn: 'after' }));
  let compared = second.space.size;
  if (!sameRecipe(mine, theirs)) {
    const only = unseenIn(second, theirs);
    const [was, is] = [await matrixOf(before, theirs, only), await matrixOf(after, theirs, only)];
    compared += is.of.filter((result) => result !== UNJUDGED).length;
    rows.push(...changedCells(was, is).map((row): DifferentRow => ({ ...row, drawn: 'before' })));
  }
  rows.sort(byDirection);
  return {
    rows,
    compared,
    rules: changedRules(before.data, after.data),
    settings: changedSettings(before.data, after.data),
  };
}

/** Whether a cell's call is another one than the same cell's of the matrix: then it was not compared there. */
function unseenIn(matrix: Matrix, recipe: Recipe): (cell: number) => boolean {
  const space = layOut(recipe);
  const [write, writeOther] = [createInputWriter(matrix.recipe), createInputWriter(recipe)];
  return (cell) => {
    const at = space.coordinates(cell);
    if (matrix.space.find(at) === undefined) return true;
    const added = ({ times }: Recipe): boolean => at.window === 'closed' && times[at.environment]?.blackout === true;
    return added(matrix.recipe) !== added(recipe) || write(at) !== writeOther(at);
  };
}

import { looser } from '../../decide/strictness.ts';
import { type AxisName, TRIED_AXES } from '../authority/axes.ts';
import { fold, type Where } from '../authority/fold.ts';
import { type Matrix, UNJUDGED } from '../authority/matrix.ts';
import type { CellResult } from '../authority/result.ts';
import { resultInWords, whereInWords } from '../authority/words.ts';

/** Which way a verdict went; `different`: it asks for more of one thing and less of another. */
export type Direction = 'more permissive' | 'different' | 'stricter';

/** Calls that are judged otherwise than before, and all of them in the same way. */
export interface ChangedRow {
  readonly direction: Direction;
  readonly where: Where;
  /** The one axis that is tried here beside the usual ones, at the most ordinary call. */
  readonly tries: AxisName | undefined;
  readonly cells: number;
  /** Of the first of the cells. */
  readonly before: CellResult;
  readonly after: CellResult;
  /** In words: which calls, and what becomes of them instead. */
  readonly says: string;
}

const ORDER: readonly Direction[] = ['more permissive', 'different', 'stricter'];

/**
 * What changed between two matrices of the same calls, the more permissive first and of those what concerns most cells.
 */
export function changedCells(before: Matrix, after: Matrix): readonly ChangedRow[] {
  const { space } = after;
  const told = new Map<number, string | undefined>();
  const keyOf = (cell: number): string | undefined => {
    if (before.of[cell] === UNJUDGED || after.of[cell] === UNJUDGED) return undefined;
    const pair = (before.of[cell] ?? 0) * after.results.length + (after.of[cell] ?? 0);
    if (!told.has(pair)) told.set(pair, changeInWords(resultAt(before, cell), resultAt(after, cell)));
    return told.get(pair);
  };
  const rows = [undefined, ...TRIED_AXES].flatMap((tries) =>
    fold(space, keyOf, { tries }).map(({ where, cells, first }): ChangedRow => {
      const [one, other] = [resultAt(before, first), resultAt(after, first)];
      const said = `${whereInWords(space, where)}: ${resultInWords(other)}, where before it ${resultInWords(one)}`;
      return { direction: directionOf(one, other), where, tries, cells, before: one, after: other, says: said };
    }),
  );
  return rows.sort(byDirection);
}

/** The more permissive first, and of those what concerns most cells. */
export function byDirection(one: ChangedRow, other: ChangedRow): number {
  return ORDER.indexOf(one.direction) - ORDER.indexOf(other.direction) || other.cells - one.cells;
}

/** What two results differ in, for people; undefined where it is nothing that changes what may be done. */
function changeInWords(before: CellResult, after: CellResult): string | undefined {
  const [one, other] = [resultInWords(before), resultInWords(after)];
  const direction = directionOf(before, after);
  return one === other && direction === 'different' ? undefined : `${direction}\n${one}\n${other}`;
}

function directionOf(before: CellResult, after: CellResult): Direction {
  const easier = looser(before, after) !== undefined;
  const harder = looser(after, before) !== undefined;
  if (easier !== harder) return easier ? 'more permissive' : 'stricter';
  if (easier) return 'different';
  // Of two that wait for the same, what the gate does besides makes the difference.
  const more = covers(after, before);
  const less = covers(before, after);
  if (more === less) return 'different';
  return more ? 'stricter' : 'more permissive';
}

function covers(one: CellResult, other: CellResult): boolean {
  return other.obligations.every(({ name }) => one.obligations.some((each) => each.name === name));
}

function resultAt({ results, of }: Matrix, cell: number): CellResult {
  const result = results[of[cell] ?? -1];
  if (result === undefined) throw new RangeError(`there is no cell ${cell}`);
  return result;
}

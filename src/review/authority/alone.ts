import type { Obligation } from '../../decide/verdict.ts';
import { fold, type Row, type Where } from './fold.ts';
import type { Matrix } from './matrix.ts';

/** What agents of a level may do in an environment without a person. */
export interface Alone {
  readonly level: string;
  readonly environment: string;
  readonly may: readonly Permission[];
}

/** Acts that run alone, and under what. */
export interface Permission {
  readonly acts: readonly string[];
  /** Under which circumstances; without act, level and environment. */
  readonly where: Where;
  /** What the gate does besides. */
  readonly obligations: readonly Obligation[];
  /** How many cells of the matrix it stands for. */
  readonly cells: number;
}

/** Who may do what without a person: for every level and environment, in their order, of the usual calls. */
export function aloneOf({ space, results, of }: Matrix): readonly Alone[] {
  const duties = results.map(({ outcome, obligations }) => (outcome === 'allow' ? obligations : undefined));
  const [levels, , environments] = space.axes;
  // With the place in the key, rows of several places are never merged: one folding will do for all of them.
  const rows = fold(
    space,
    (cell) => {
      const obligations = duties[of[cell] ?? -1];
      const [level, , environment] = space.positions(cell);
      return obligations === undefined ? undefined : JSON.stringify([level, environment, obligations]);
    },
    { always: ['level', 'act', 'environment'] },
  );
  return (levels?.values ?? []).flatMap((level) =>
    (environments?.values ?? []).map((environment): Alone => {
      const here = rows.filter(
        ({ where }) => where.level?.[0] === level.name && where.environment?.[0] === environment.name,
      );
      return {
        level: level.name,
        environment: environment.name,
        may: here.map((row) => permissionOf(row, duties[of[row.first] ?? -1])),
      };
    }),
  );
}

function permissionOf({ where, cells }: Row, obligations: readonly Obligation[] = []): Permission {
  const { act: acts = [], level: _level, environment: _environment, ...rest } = where;
  return { acts, where: rest, obligations, cells };
}

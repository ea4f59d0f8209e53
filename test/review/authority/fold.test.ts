import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AXIS_NAMES, type Axis, type AxisName } from '../../../src/review/authority/axes.ts';
import { fold, stands } from '../../../src/review/authority/fold.ts';
import { type Region, Space } from '../../../src/review/authority/space.ts';

const NAMES = ['a', 'b', 'c'];
const axes: readonly Axis[] = AXIS_NAMES.map((name) => ({
  name,
  title: name,
  values: NAMES.map((value) => ({ name: value, words: value })),
  ordinary: 'a',
}));

const some = fc.subarray(NAMES, { minLength: 1 });
/** For each act in each environment, other values of a few axes. */
const regions: fc.Arbitrary<readonly Region[]> = fc
  .array(fc.record({ level: some, window: some, blast: some, runbook: some, gate: some }), {
    minLength: 9,
    maxLength: 9,
  })
  .map((list) =>
    list.map((values, index) => ({
      values: { ...values, act: [NAMES[index % 3] ?? ''], environment: [NAMES[Math.floor(index / 3)] ?? ''] },
    })),
  );

/** Mostly by what a cell is, sometimes by chance, so that there is much to merge and much not to. */
function keyFor(space: Space, picks: readonly number[], axis: AxisName): (cell: number) => string | undefined {
  return (cell) => {
    const pick = picks[cell % picks.length] ?? 0;
    if (pick === 0) return undefined;
    return pick === 1 ? 'odd' : space.coordinates(cell)[axis];
  };
}

describe('a folded matrix', () => {
  it('has every cell in exactly one row, and there with its own key', () => {
    fc.assert(
      fc.property(
        regions,
        fc.array(fc.nat(12), { minLength: 1, maxLength: 7 }),
        fc.constantFrom<AxisName>('level', 'window', 'blast', 'runbook'),
        (parts, picks, axis) => {
          const space = new Space(axes, parts);
          const keyOf = keyFor(space, picks, axis);
          const rows = fold(space, keyOf);
          for (let cell = 0; cell < space.size; cell += 1) {
            const positions = space.positions(cell);
            const found = rows.filter(({ where }) => stands(space, where, positions)).map(({ key }) => key);
            const key = keyOf(cell);
            expect(found).toEqual(key === undefined ? [] : [key]);
          }
          const keyed = Array.from({ length: space.size }, (_, cell) => keyOf(cell)).filter((key) => key !== undefined);
          expect(rows.reduce((sum, { cells }) => sum + cells, 0)).toBe(keyed.length);
          for (const { first, key } of rows) expect(keyOf(first)).toBe(key);
        },
      ),
      { numRuns: 60, seed: 20_261_121 },
    );
  });

  const region = (act: string, environment: string, more: Region['values'] = {}): Region => ({
    values: { level: NAMES, act: [act], environment: [environment], ...more },
  });

  it('is one row where nothing makes a difference, whatever there is of each act', () => {
    const space = new Space(axes, [region('a', 'a', { runbook: ['a', 'b'] }), region('b', 'a')]);
    expect(fold(space, () => 'same')).toEqual([{ key: 'same', where: {}, cells: 9, first: 0 }]);
  });

  it('names the axes that make a difference, and no others', () => {
    const space = new Space(axes, [region('a', 'a', { window: ['a', 'b'] }), region('b', 'a', { window: ['a', 'b'] })]);
    const keyOf = (cell: number) => (space.coordinates(cell).level === 'c' ? 'high' : 'low');
    expect(fold(space, keyOf)).toEqual([
      { key: 'low', where: { level: ['a', 'b'] }, cells: 8, first: 0 },
      { key: 'high', where: { level: ['c'] }, cells: 4, first: 4 },
    ]);
    expect(fold(space, keyOf, { always: ['act'] }).map(({ where }) => where)).toEqual([
      { level: ['a', 'b'], act: ['a', 'b'] },
      { level: ['c'], act: ['a', 'b'] },
    ]);
  });

  it('keeps what is tried at the ordinary call apart', () => {
    const special: Region = { values: { act: ['a'], environment: ['a'], freeze: ['b'] }, tries: 'freeze' };
    const space = new Space(axes, [region('a', 'a'), special]);
    expect(fold(space, () => 'same')).toEqual([{ key: 'same', where: {}, cells: 3, first: 0 }]);
    expect(fold(space, () => 'same', { tries: 'freeze' })).toEqual([
      { key: 'same', where: { freeze: ['b'] }, cells: 1, first: 3 },
    ]);
  });
});

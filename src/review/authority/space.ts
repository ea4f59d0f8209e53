import { AXIS_NAMES, type Axis, type AxisName, type Coordinates } from './axes.ts';

/** Cells that are every combination of some values, one list of positions for each axis. */
export interface Block {
  readonly first: number;
  readonly size: number;
  /** Cells are numbered with the values of the last axis changing fastest. */
  readonly values: readonly (readonly number[])[];
  /** The one axis that these cells vary beside level, environment, window and runbook; undefined: all the usual ones. */
  readonly tries: AxisName | undefined;
}

/** A value or several for each axis, by name; an axis that is not there has its ordinary value. */
export interface Region {
  readonly values: Readonly<Partial<Record<AxisName, readonly string[]>>>;
  readonly tries?: AxisName;
}

/**
 * The cells of a matrix: the combinations of values that there are, numbered from 0. Not every combination is one: a read has no
 * way back, and no runbook covers an act in an environment where there is none for it.
 */
export class Space {
  readonly axes: readonly Axis[];
  readonly size: number;
  readonly blocks: readonly Block[];
  /** By the positions of act and environment: all blocks have one of each. */
  readonly #byPlace = new Map<number, Block[]>();

  /** @param regions disjoint; each of one act and one environment */
  constructor(axes: readonly Axis[], regions: readonly Region[]) {
    this.axes = axes;
    let first = 0;
    this.blocks = regions.map((region) => {
      const values = axes.map((axis) =>
        (region.values[axis.name] ?? [axis.ordinary]).map((name) => positionOf(axis, name)),
      );
      const size = values.reduce((product, { length }) => product * length, 1);
      const block = { first, size, values, tries: region.tries };
      first += size;
      return block;
    });
    this.size = first;
    for (const block of this.blocks) {
      const key = placeOf(block.values[ACT]?.[0] ?? 0, block.values[ENVIRONMENT]?.[0] ?? 0);
      const there = this.#byPlace.get(key);
      if (there === undefined) this.#byPlace.set(key, [block]);
      else there.push(block);
    }
  }

  /** The position of the cell's value on each axis. */
  positions(cell: number): number[] {
    const block = this.#blockOf(cell);
    const found = new Array<number>(block.values.length).fill(0);
    let rest = cell - block.first;
    for (let axis = block.values.length - 1; axis >= 0; axis -= 1) {
      const values = block.values[axis] ?? [];
      found[axis] = values[rest % values.length] ?? 0;
      rest = Math.floor(rest / values.length);
    }
    return found;
  }

  /** The cell at these positions; undefined where there is none. */
  cellAt(positions: readonly number[]): number | undefined {
    const blocks = this.#byPlace.get(placeOf(positions[ACT] ?? -1, positions[ENVIRONMENT] ?? -1)) ?? [];
    for (const block of blocks) {
      let offset = 0;
      for (const [axis, values] of block.values.entries()) {
        const at = values.indexOf(positions[axis] ?? -1);
        if (at < 0) {
          offset = -1;
          break;
        }
        offset = offset * values.length + at;
      }
      if (offset >= 0) return block.first + offset;
    }
    return undefined;
  }

  /** The cell's value on each axis, by name. */
  coordinates(cell: number): Coordinates {
    return this.named(this.positions(cell));
  }

  /** The names of values at positions. */
  named(positions: readonly number[]): Coordinates {
    const name = (axis: AxisName): string => {
      const index = AXIS_NAMES.indexOf(axis);
      return this.axes[index]?.values[positions[index] ?? -1]?.name ?? '';
    };
    return {
      ...{ level: name('level'), act: name('act'), environment: name('environment'), window: name('window') },
      ...{ way_back: name('way_back'), blast: name('blast'), service: name('service'), runbook: name('runbook') },
      ...{ gate: name('gate'), freeze: name('freeze'), spent: name('spent'), gives: name('gives') },
      ...{ stake: name('stake'), evidence: name('evidence'), grant: name('grant'), body: name('body') },
    };
  }

  /** The cell with these values; undefined where there is none. */
  find(coordinates: Coordinates): number | undefined {
    return this.cellAt(
      this.axes.map(({ name, values }) => values.findIndex((value) => value.name === coordinates[name])),
    );
  }

  /** The cells that have one of these positions on every axis. */
  *within(sets: readonly ReadonlySet<number>[]): Generator<number> {
    for (const { first, values } of this.blocks) {
      let offsets = [0];
      for (const [axis, all] of values.entries()) {
        const chosen = all.flatMap((value, at) => (sets[axis]?.has(value) === true ? [at] : []));
        offsets = offsets.flatMap((offset) => chosen.map((at) => offset * all.length + at));
      }
      for (const offset of offsets) yield first + offset;
    }
  }

  #blockOf(cell: number): Block {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.blocks[middle]?.first ?? 0) <= cell) low = middle;
      else high = middle - 1;
    }
    const block = this.blocks[low];
    if (block === undefined || cell < 0 || cell >= this.size) throw new RangeError(`there is no cell ${cell}`);
    return block;
  }
}

const ACT = AXIS_NAMES.indexOf('act');
const ENVIRONMENT = AXIS_NAMES.indexOf('environment');
const MOST_ENVIRONMENTS = 65_536;

function placeOf(act: number, environment: number): number {
  return act * MOST_ENVIRONMENTS + environment;
}

function positionOf(axis: Axis, name: string): number {
  const at = axis.values.findIndex((value) => value.name === name);
  if (at < 0) throw new TypeError(`axis ${axis.name} has no value ${name}`);
  return at;
}

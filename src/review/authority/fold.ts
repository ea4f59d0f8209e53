import { AXIS_NAMES, type AxisName } from './axes.ts';
import { ANY, type Draft, foldBlock } from './fold-block.ts';
import type { Block, Space } from './space.ts';

/** Cells that agree: on each axis one of these values, or any that there is. */
export interface Row {
  /** What they agree in. */
  readonly key: string;
  /** The names of values by axis; an axis that makes no difference here is not there. */
  readonly where: Where;
  /** How many cells it stands for. */
  readonly cells: number;
  /** The first of them. */
  readonly first: number;
}

export type Where = Readonly<Partial<Record<AxisName, readonly string[]>>>;

/** The axes that are merged first make the least difference to a reader; what is left apart longest stands out most. */
const MERGED: readonly AxisName[] = [
  ...([
    'body',
    'grant',
    'evidence',
    'stake',
    'gives',
    'spent',
    'freeze',
    'gate',
    'way_back',
    'service',
    'blast',
  ] as const),
  ...(['runbook', 'window', 'act', 'environment', 'level'] as const),
];

/**
 * Merges cells that agree into rows that people can read. Each of the cells is in exactly one row, and a row is of cells with one
 * key only; rows are few, if not always the fewest.
 * @param keyOf what cells must agree in to be merged; undefined for a cell that is left out
 * @param options `tries`: which of the cells, those of all the usual axes (undefined) or those that try this one at more
 * ordinary calls; `always`: axes that every row shows
 */
export function fold(
  space: Space,
  keyOf: (cell: number) => string | undefined,
  { tries, always = [] }: { readonly tries?: AxisName | undefined; readonly always?: readonly AxisName[] } = {},
): readonly Row[] {
  const shown = new Set(tries === undefined ? always : [...always, tries]);
  const blocks = space.blocks.filter((block) => block.tries === tries);
  const byKey = new Map<string, Draft[]>();
  for (const block of blocks) {
    for (const [key, draft] of foldBlock(block, keyOf)) {
      const there = byKey.get(key);
      if (there === undefined) byKey.set(key, [draft]);
      else there.push(draft);
    }
  }
  const rows: Row[] = [];
  for (const [key, drafts] of byKey) {
    for (const draft of merged(drafts)) {
      rows.push({ key, where: whereOf(space, blocks, draft, shown), cells: draft.cells, first: draft.first });
    }
  }
  return rows.sort((one, other) => one.first - other.first);
}

/** Merges until nothing can be merged any more. */
function merged(drafts: readonly Draft[]): readonly Draft[] {
  let before = drafts;
  for (;;) {
    let after = before;
    for (const axis of MERGED) after = mergedBy(after, AXIS_NAMES.indexOf(axis));
    if (after.length === before.length) return after;
    before = after;
  }
}

/** Rows that differ on one axis only become one: what it covers is what they covered, no more. */
function mergedBy(drafts: readonly Draft[], axis: number): readonly Draft[] {
  const alike = new Map<string, Draft>();
  for (const draft of drafts) {
    let key = '';
    for (const [index, set] of draft.sets.entries()) key += index === axis ? '|' : `${set}|`;
    const there = alike.get(key);
    alike.set(key, there === undefined ? draft : joined(there, draft, axis));
  }
  return [...alike.values()];
}

function joined(one: Draft, other: Draft, axis: number): Draft {
  const both = new Set([...(one.sets[axis] ?? []), ...(other.sets[axis] ?? [])]);
  return {
    sets: one.sets.with(
      axis,
      [...both].sort((a, b) => a - b),
    ),
    cells: one.cells + other.cells,
    first: Math.min(one.first, other.first),
  };
}

/**
 * Axes are left out one by one, each where no cell lies beside those that the rest of the row stands for: with another value on
 * it, and one of theirs on every other.
 */
function whereOf(space: Space, blocks: readonly Block[], draft: Draft, always: ReadonlySet<AxisName>): Where {
  let { sets } = draft;
  const named = new Map<AxisName, readonly string[]>();
  for (const name of MERGED) {
    const index = AXIS_NAMES.indexOf(name);
    const there = valuesBeside(blocks, sets, index);
    const own = [...there].filter((value) => has(sets[index], value));
    const needed = own.length < there.size;
    if (!needed) sets = sets.with(index, ANY);
    if (needed || always.has(name)) {
      const values = space.axes[index]?.values ?? [];
      named.set(
        name,
        values.flatMap((value, at) => (own.includes(at) ? [value.name] : [])),
      );
    }
  }
  const where: Partial<Record<AxisName, readonly string[]>> = {};
  for (const name of AXIS_NAMES) {
    const values = named.get(name);
    if (values !== undefined) where[name] = values;
  }
  return where;
}

/** What cells have on an axis that are like these on every other. */
function valuesBeside(blocks: readonly Block[], sets: Draft['sets'], axis: number): ReadonlySet<number> {
  const alike = blocks.filter(({ values }) =>
    values.every((all, at) => at === axis || all.some((value) => has(sets[at], value))),
  );
  return new Set(alike.flatMap(({ values }) => values[axis] ?? []));
}

function has(set: readonly number[] | undefined, value: number): boolean {
  return set === ANY || set?.includes(value) === true;
}

/** Whether the row stands for the cell at these positions. */
export function stands(space: Space, where: Where, positions: readonly number[]): boolean {
  return space.axes.every(({ name, values }, index) => {
    const names = where[name];
    return names === undefined || names.includes(values[positions[index] ?? -1]?.name ?? '');
  });
}

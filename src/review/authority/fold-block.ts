import { AXIS_NAMES } from './axes.ts';
import type { Block } from './space.ts';

/** Of these a block has one value each, and rows of several blocks are told apart by them. */
const PLACE: ReadonlySet<number> = new Set([AXIS_NAMES.indexOf('act'), AXIS_NAMES.indexOf('environment')]);

/** Every value that there is for an act in an environment: of another it may be others. */
export const ANY: readonly number[] = [];

/** Cells as a set of positions on each axis, or `ANY`; they are every combination of them that there is. */
export interface Draft {
  readonly sets: readonly (readonly number[])[];
  readonly cells: number;
  readonly first: number;
}

/** Values of an axis that lead to the same, and where: another node, or a key at the end. */
type Node = readonly { readonly values: readonly number[]; readonly to: number }[];

/**
 * The cells of a block with those that agree taken together, by key: a decision diagram, built from the last axis upwards with
 * equal parts shared, and its ways read off. Cells without a key are left out.
 */
export function foldBlock(
  { first, size, values }: Block,
  keyOf: (cell: number) => string | undefined,
): readonly (readonly [key: string, draft: Draft])[] {
  const keys: (string | undefined)[] = [];
  const known = new Map<string | undefined, number>();
  let layer = Array.from({ length: size }, (_, offset) => intern(known, keys, keyOf(first + offset)));
  const layers: Node[][] = [];
  for (const axis of values.toReversed()) {
    const nodes: Node[] = [];
    const shared = new Map<string, number>();
    layer = chunks(layer, axis.length).map((children) => {
      const text = children.join();
      const there = shared.get(text);
      if (there !== undefined) return there;
      shared.set(text, nodes.length);
      return nodes.push(grouped(axis, children)) - 1;
    });
    layers.unshift(nodes);
  }
  const rows: [string, Draft][] = [];
  const walk = (depth: number, node: number, sets: readonly (readonly number[])[]): void => {
    if (depth === layers.length) {
      const key = keys[node];
      if (key !== undefined) rows.push([key, draftOf(first, values, sets)]);
      return;
    }
    for (const { values: set, to } of layers[depth]?.[node] ?? []) walk(depth + 1, to, [...sets, set]);
  };
  if (size > 0) walk(0, 0, []);
  return rows;
}

function intern<T>(known: Map<T, number>, list: T[], value: T): number {
  const there = known.get(value);
  if (there !== undefined) return there;
  known.set(value, list.length);
  return list.push(value) - 1;
}

function chunks(list: readonly number[], length: number): number[][] {
  return Array.from({ length: list.length / length }, (_, index) => list.slice(index * length, (index + 1) * length));
}

function grouped(axis: readonly number[], children: readonly number[]): Node {
  const byChild = new Map<number, number[]>();
  for (const [index, child] of children.entries()) {
    const value = axis[index] ?? 0;
    const there = byChild.get(child);
    if (there === undefined) byChild.set(child, [value]);
    else there.push(value);
  }
  return [...byChild].map(([to, values]) => ({ values, to }));
}

function draftOf(first: number, values: Block['values'], sets: readonly (readonly number[])[]): Draft {
  let offset = 0;
  let cells = 1;
  for (const [axis, all] of values.entries()) {
    const set = sets[axis] ?? [];
    offset = offset * all.length + all.indexOf(set[0] ?? 0);
    cells *= set.length;
  }
  const named = sets.map((set, axis) => (set.length === values[axis]?.length && !PLACE.has(axis) ? ANY : set));
  return { sets: named, cells, first: first + offset };
}

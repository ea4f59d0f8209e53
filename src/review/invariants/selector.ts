import { leaf, refuse } from '../../config/values.ts';
import { isObject } from '../../json.ts';
import type { Axis } from '../authority/axes.ts';
import type { Ground } from '../authority/ground.ts';
import { namesOf, positionsOf } from './groups.ts';

/**
 * Reads which values of an axis a statement is about: a name, a list of names, `{not: ...}`, and for levels `{below: n}` or
 * `{at_least: n}`.
 */
export function selector(axis: Axis, ground: Ground) {
  return leaf<ReadonlySet<number>>(expectedOf(axis), (value) => chosen(axis, ground, value));
}

function expectedOf({ name }: Axis): string {
  const bounds = name === 'level' ? ', {below: 4} or {at_least: 4}' : '';
  return `a value of ${name}, a list of values, {not: value}${bounds}`;
}

function chosen(axis: Axis, ground: Ground, value: unknown): ReadonlySet<number> | undefined {
  if (!isObject(value)) return named(axis, ground, value);
  const [[key, bound] = [], ...more] = Object.entries(value);
  if (key === undefined || more.length > 0) return undefined;
  const all = axis.values.map((_, at) => at);
  if (key === 'not') {
    const without = named(axis, ground, bound);
    return without === undefined ? undefined : new Set(all.filter((at) => !without.has(at)));
  }
  if (axis.name !== 'level' || (key !== 'below' && key !== 'at_least') || typeof bound !== 'number') return undefined;
  return new Set(all.filter((at) => Number(axis.values[at]?.name) < bound === (key === 'below')));
}

function named(axis: Axis, ground: Ground, value: unknown): ReadonlySet<number> | undefined {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  const positions = new Set<number>();
  for (const name of names) {
    const step = stepOf(axis, ground, name);
    if (step === undefined) return undefined;
    for (const position of step) positions.add(position);
  }
  return names.length === 0 ? undefined : positions;
}

/** The positions that one name stands for. Refuses a name that the axis does not have. */
export function stepOf(axis: Axis, ground: Ground, name: unknown): readonly number[] | undefined {
  if (typeof name !== 'string' && typeof name !== 'number') return undefined;
  const positions = positionsOf(axis, ground, String(name));
  if (positions !== undefined) return positions;
  return refuse(
    `${JSON.stringify(name)} is no value of ${axis.name}; expected one of ${namesOf(axis, ground).join(', ')}`,
  );
}

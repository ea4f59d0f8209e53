import { ACTS } from '../authority/acts.ts';
import type { Axis, AxisName } from '../authority/axes.ts';
import type { Ground } from '../authority/ground.ts';

/** Names that stand for several values of an axis, so that a statement holds for the environments of any site. */
export function groupsOf({
  places,
}: Ground): Readonly<Partial<Record<AxisName, Readonly<Record<string, readonly string[]>>>>> {
  const named = (wanted: (place: Ground['places'][number]) => boolean): readonly string[] =>
    places.filter(wanted).map(({ name }) => name);
  const open = new Set(['undeclared', 'unknown']);
  return {
    act: {
      reads: ['discovery', 'telemetry', 'read'],
      changes: ACTS.filter(({ kind }) => kind !== 'reading').flatMap(({ name }) => (name === 'dry_run' ? [] : [name])),
    },
    environment: {
      production: named(({ production }) => production),
      elsewhere: named(({ production }) => !production),
      declared: named(({ name }) => !open.has(name)),
    },
    way_back: { reversible: ['exact', 'not_needed'], irreversible: ['inexact', 'none', 'unknown'] },
    blast: { within: ['nothing', 'small', 'limit'], beyond: ['over', 'cluster', 'unknown'] },
    freeze: { frozen: ['changes', 'everything'] },
  };
}

/** The positions that a name stands for: of one value, or of the values of a group; undefined where the axis has neither. */
export function positionsOf(axis: Axis, ground: Ground, name: string): readonly number[] | undefined {
  const own = axis.values.findIndex((value) => value.name === name);
  if (own >= 0) return [own];
  const group = groupsOf(ground)[axis.name];
  if (group === undefined || !Object.hasOwn(group, name)) return undefined;
  return (group[name] ?? []).flatMap((value) => {
    const at = axis.values.findIndex((one) => one.name === value);
    return at < 0 ? [] : [at];
  });
}

/** All names that may be given for an axis, for errors. */
export function namesOf(axis: Axis, ground: Ground): readonly string[] {
  return [...axis.values.map(({ name }) => name), ...Object.keys(groupsOf(ground)[axis.name] ?? {})];
}

import { AXIS_NAMES, type AxisName, type Coordinates } from './axes.ts';
import type { Where } from './fold.ts';
import { type CellResult, peopleOf } from './result.ts';
import type { Space } from './space.ts';

/** In a sentence, what is said of a call after the agent, the act and the environment. */
const CIRCUMSTANCES = AXIS_NAMES.filter((name) => !['level', 'act', 'environment'].includes(name));

/** A call in words: `a write in prod by an agent of level 2, outside its change window`. */
export function callInWords(space: Space, cell: Coordinates): string {
  const said = (axis: AxisName): string => wordsOf(space, axis, cell[axis]);
  // Of what reaches nothing there is nothing to take back.
  const rest = CIRCUMSTANCES.map((axis) => (axis === 'way_back' && cell.blast === 'nothing' ? '' : said(axis)));
  return `${said('act')} ${said('environment')} by ${said('level')}${rest.map((words) => (words === '' ? '' : `, ${words}`)).join('')}`;
}

/** What becomes of a call, in words: `waits for 2 people of production`. */
export function resultInWords(result: CellResult): string {
  const duties = result.obligations.map(({ name, params }) => (params.now === true ? `${name} now` : name));
  const rest = duties.length === 0 ? '' : `, with ${listed(duties)}`;
  if (result.fault !== undefined) return `is denied, because the policy failed (${result.fault})`;
  if (result.outcome === 'deny') return 'is denied';
  if (result.outcome === 'allow') return `runs alone${rest}`;
  const people = peopleOf(result) ?? 0;
  const groups = result.holds.find(({ kind }) => kind === 'people')?.groups ?? [];
  const asked = people === 0 ? [] : [`${people} ${people === 1 ? 'person' : 'people'} of ${listed(groups, 'or')}`];
  const window = result.holds.some(({ kind }) => kind === 'window') ? ['its change window'] : [];
  const evidence = result.holds.filter(({ kind }) => kind === 'evidence').map(({ key }) => `evidence (${key})`);
  return `waits for ${listed([...asked, ...window, ...evidence])}${rest}`;
}

/** The values of a row in short, an axis each, in the order of the axes: `level 4, 5 · write · prod · reach small, limit`. */
export function whereInWords(space: Space, where: Where): string {
  const parts = space.axes.flatMap(({ name, title, values }) => {
    const names = where[name];
    if (names === undefined) return [];
    const shown =
      names.length > 2
        ? rangeOf(
            values.map((value) => value.name),
            names,
          )
        : names.join(', ');
    return [name === 'act' || name === 'environment' ? shown : `${title} ${shown}`];
  });
  return parts.length === 0 ? 'every call' : parts.join(' · ');
}

/** `2 to 5` for numbers in a row, else all of them. */
function rangeOf(all: readonly string[], names: readonly string[]): string {
  const first = all.indexOf(names[0] ?? '');
  const numbers = names.every((name) => /^\d+$/.test(name));
  const together = names.every((name, index) => all[first + index] === name);
  return numbers && together ? `${names[0]} to ${names.at(-1)}` : names.join(', ');
}

function wordsOf(space: Space, axis: AxisName, name: string): string {
  const values = space.axes.find((one) => one.name === axis)?.values ?? [];
  return values.find((value) => value.name === name)?.words ?? name;
}

/** `a, b and c` */
export function listed(words: readonly string[], joint = 'and'): string {
  return words.length < 2 ? (words[0] ?? 'nobody') : `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`;
}

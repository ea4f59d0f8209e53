import type { PolicyInput } from '../../decide/input.ts';
import { canonicalJson } from '../../json.ts';
import type { AxisName, Coordinates } from './axes.ts';
import { inputOf } from './cell-input.ts';
import type { Recipe } from './recipe.ts';

/** The members of an input, in the order of canonical JSON, and what each of them depends on. */
const MEMBERS: readonly (readonly [name: keyof PolicyInput, axes: readonly AxisName[]])[] = [
  ['action', ['act', 'environment', 'way_back', 'gives', 'stake']],
  ['agent', ['level', 'grant']],
  ['blast', ['environment', 'blast']],
  ['call', ['act', 'environment', 'window', 'body']],
  ['claims', ['act', 'environment', 'runbook', 'evidence']],
  ['signals', ['evidence']],
  ['state', ['act', 'gate', 'freeze', 'spent']],
  ['target', ['environment', 'service']],
  ['version', []],
];

/**
 * The canonical JSON of cells' inputs. Neighbours have most of it in common: each member is written once for every combination
 * of the axes that it depends on.
 */
export function createInputWriter(recipe: Recipe): (cell: Coordinates) => string {
  const written = MEMBERS.map(() => new Map<string, string>());
  return (cell) => {
    let input: PolicyInput | undefined;
    let text = '';
    for (const [index, [name, axes]] of MEMBERS.entries()) {
      let key = '';
      for (const axis of axes) key += `${cell[axis]}\n`;
      let member = written[index]?.get(key);
      if (member === undefined) {
        input ??= inputOf(recipe, cell);
        member = `"${name}":${canonicalJson(input[name])}`;
        written[index]?.set(key, member);
      }
      text += index === 0 ? `{${member}` : `,${member}`;
    }
    return `${text}}`;
  };
}

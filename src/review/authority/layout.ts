import { ACTS, type Act } from './acts.ts';
import { type Axis, type AxisName, createAxes } from './axes.ts';
import type { Place } from './ground.ts';
import type { Recipe } from './recipe.ts';
import { type Region, Space } from './space.ts';

/**
 * The cells of a bundle's matrix. For each act in each environment: every combination of level, window, reach and service, of writes
 * and deletions also of ways back and with and without a runbook that covers them; of reads level, window and service. The other
 * axes, other ways back, and a gate that can discharge no obligation are tried one by one at more ordinary calls.
 */
export function layOut(recipe: Recipe): Space {
  const { ground } = recipe;
  const axes = createAxes({
    levels: ground.levels.map((level) => ({ name: String(level), words: `an agent of level ${level}` })),
    acts: ACTS.map(({ name, words }) => ({ name, words })),
    environments: ground.places.map(({ name, words }) => ({ name, words })),
    home: ground.home,
  });
  const regions = ACTS.flatMap((act) => ground.places.flatMap((place) => regionsOf(recipe, act, place)));
  return new Space(
    axes,
    regions.flatMap((region) => filled(axes, region)),
  );
}

/** An agent of one of these levels and everything that a window can be: what every region varies. */
function regionsOf(recipe: Recipe, act: Act, place: Place): readonly Region[] {
  const times = recipe.times[place.name];
  const here = {
    level: recipe.ground.levels.map(String),
    act: [act.name],
    environment: [place.name],
    window: [...(times?.open === undefined ? [] : ['open']), ...(times?.closed === undefined ? [] : ['closed'])],
  };
  const service = ['normal', 'critical', 'regulated', 'unknown'];
  if (act.kind === 'reading') {
    const reading = { ...here, ...READING };
    return [
      { values: { ...reading, service } },
      { values: { ...reading, freeze: ['changes', 'everything'] }, tries: 'freeze' },
      { values: { ...reading, grant: ['elsewhere'] }, tries: 'grant' },
    ];
  }
  const change = act.kind === 'change';
  const covered = recipe.plays[act.name]?.[place.name]?.runbook !== undefined;
  const blast = ['small', ...(place.reach.limit === undefined ? [] : ['limit']), 'over', 'cluster', 'unknown'];
  const ordinary = { ...here, runbook: covered ? ['none', 'covering'] : ['none'] };
  // What is never of tier B is tried with the best way back and with none that is known.
  const [ways, more] = change
    ? [['exact', 'not_needed', 'inexact', 'unknown'], ['none']]
    : [
        ['exact', 'unknown'],
        ['not_needed', 'inexact', 'none'],
      ];
  return [
    { values: { ...ordinary, way_back: ways, blast, service } },
    { values: { ...ordinary, way_back: more, blast }, tries: 'way_back' },
    ...(change ? [{ values: { ...ordinary, way_back: ways, blast, gate: ['unable'] }, tries: 'gate' } as const] : []),
    ...SPECIAL.map(([tries, values]): Region => ({ values: { ...ordinary, [tries]: values }, tries })),
  ];
}

/** Reads reach nothing and need no way back: the gate measures nothing else of them. */
const READING = { way_back: ['not_needed'], blast: ['nothing'] };

/** What is tried one by one at the most ordinary call of an act that is no read. */
const SPECIAL: readonly (readonly [axis: AxisName, values: readonly string[]])[] = [
  ['freeze', ['changes', 'everything']],
  ['spent', ['over', 'unknown']],
  ['gives', ['power', 'unknown']],
  ['stake', ['sensitive', 'unknown']],
  ['evidence', ['missing', 'contradicted', 'unknown']],
  ['grant', ['elsewhere']],
  ['body', ['unreadable']],
];

/** Where a window is neither open nor closed there are no cells. */
function filled(axes: readonly Axis[], region: Region): readonly Region[] {
  return axes.some(({ name }) => region.values[name]?.length === 0) ? [] : [region];
}

/** Whether the calls of two bundles' matrices are made of the same. */
export function sameRecipe(one: Recipe, other: Recipe): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

import { ACTS, type Act } from './acts.ts';
import { type Axis, createAxes } from './axes.ts';
import type { Place } from './ground.ts';
import type { Recipe } from './recipe.ts';
import { type Region, Space } from './space.ts';

/**
 * The cells of a bundle's matrix. For each act in each environment: every combination of level, window, way back, reach and
 * service (of reads, level, window and service); for writes and deletions also with and without a runbook that covers them, and
 * with a gate that can discharge every obligation or none. The other axes are tried one by one at the most ordinary call.
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
  const here: Region = {
    level: recipe.ground.levels.map(String),
    act: [act.name],
    environment: [place.name],
    window: [...(times?.open === undefined ? [] : ['open']), ...(times?.closed === undefined ? [] : ['closed'])],
    service: ['normal', 'critical', 'regulated', 'unknown'],
  };
  if (act.kind === 'reading') return readingRegions(here);
  const covered = recipe.plays[act.name]?.[place.name]?.runbook !== undefined;
  const whole: Region = {
    ...here,
    way_back: ['exact', 'not_needed', 'inexact', 'unknown'],
    blast: ['small', ...(place.reach.limit === undefined ? [] : ['limit']), 'over', 'cluster', 'unknown'],
    ...(act.kind === 'change' ? { runbook: covered ? ['none', 'covering'] : ['none'], gate: ['able', 'unable'] } : {}),
  };
  const ordinary: Region = { ...here, service: ['normal'], ...(covered ? { runbook: ['none', 'covering'] } : {}) };
  return [
    whole,
    { ...ordinary, way_back: ['none'], blast: whole.blast ?? [] },
    { ...ordinary, freeze: ['changes', 'everything'] },
    { ...ordinary, spent: ['over', 'unknown'] },
    { ...ordinary, gives: ['power', 'unknown'] },
    { ...ordinary, stake: ['sensitive', 'unknown'] },
    { ...ordinary, grant: ['elsewhere'] },
    { ...ordinary, body: ['unreadable'] },
  ];
}

/** Reads reach nothing and need no way back: the gate measures nothing else of them. */
function readingRegions(here: Region): readonly Region[] {
  const reading: Region = { ...here, way_back: ['not_needed'], blast: ['nothing'] };
  const ordinary: Region = { ...reading, service: ['normal'] };
  return [reading, { ...ordinary, freeze: ['changes', 'everything'] }, { ...ordinary, grant: ['elsewhere'] }];
}

/** Where a window is neither open nor closed there are no cells. */
function filled(axes: readonly Axis[], region: Region): readonly Region[] {
  return axes.some(({ name }) => region[name]?.length === 0) ? [] : [region];
}

/** Whether the calls of two bundles' matrices are made of the same. */
export function sameRecipe(one: Recipe, other: Recipe): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

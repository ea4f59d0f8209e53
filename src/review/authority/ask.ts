import type { Judge } from '../../decide/judge.ts';
import { looser } from '../../decide/strictness.ts';
import { isArray, isObject, type JsonObject } from '../../json.ts';
import { ACTS, type Act } from './acts.ts';
import type { Coordinates } from './axes.ts';
import { inputOf } from './cell-input.ts';
import { type Ground, groundOf, member, type Place } from './ground.ts';
import type { Play, Recipe, Times } from './recipe.ts';

/** What the bundle is asked with: its judge, and that of its data with a blackout at `at`. */
export interface Asked {
  readonly judge: Judge;
  readonly shut: Judge;
  /** The data in force. */
  readonly data: JsonObject;
  /** RFC 3339, UTC, milliseconds: what time it is taken to be. */
  readonly at: string;
  /** Names of environments besides those of the data. */
  readonly also?: readonly string[];
}

/**
 * Finds out of what the calls of the matrix are made: by the data, and by asking the bundle itself when its windows are open
 * and what its runbooks cover, so that nothing here need know how it tells.
 * @throws SallyportError `bundle/invalid` where the data name more than can be tried
 */
export function recipeOf(asked: Asked): Recipe {
  const ground = groundOf(asked.data, asked.also);
  const plain: Recipe = { ground, at: asked.at, times: {}, plays: playsOf(ground, (act) => ordinaryPlay(act)) };
  const times = Object.fromEntries(ground.places.map((place) => [place.name, timesOf(asked, plain, place)]));
  const timed: Recipe = { ...plain, times };
  return { ...timed, plays: playsOf(ground, (act, place) => playOf(asked, timed, act, place)) };
}

function playsOf(ground: Ground, play: (act: Act, place: Place) => Play): Recipe['plays'] {
  return Object.fromEntries(
    ACTS.map((act) => [act.name, Object.fromEntries(ground.places.map((place) => [place.name, play(act, place)]))]),
  );
}

function ordinaryPlay(act: Act): Play {
  return {
    action: act.action,
    ...{ runbook: undefined, incidentClass: 'unknown', alert: 'unhealthy', places: ['/spec'], wayBack: 'inverse' },
  };
}

/** Acts of the least kind that waits for windows, by the agent that may do most. */
const PROBES: readonly Partial<Coordinates>[] = [
  { act: 'write', way_back: 'not_needed' },
  { act: 'delete', way_back: 'not_needed' },
];

/** The most ordinary call there, by the agent that may do most. */
function ordinary(ground: Ground, place: Place): Coordinates {
  return {
    ...{ level: String(ground.levels.at(-1) ?? 0), act: 'write', environment: place.name, window: 'open' },
    ...{ way_back: 'exact', blast: 'small', service: 'normal', runbook: 'none', gate: 'able', freeze: 'none' },
    ...{ spent: 'little', gives: 'nothing', stake: 'ordinary', evidence: 'brought', grant: 'covers', body: 'readable' },
  };
}

const HOUR = 3_600_000;
/** Beyond a week, every day of the week has been seen; then the quarters of its hours. */
const HOURS = 24 * 8;

/**
 * The next time at which a blackout would make a difference, whichever: then the window is open. And the next at which it would
 * not.
 */
function timesOf({ judge, shut, data, at }: Asked, recipe: Recipe, place: Place): Times {
  const windows = member(data, 'settings', 'windows');
  if (Object.keys(windows).length === 0) return { open: at, closed: undefined, blackout: false };
  const whenShut = demandsAt(shut, recipe, place, at);
  const isOpen = (time: string): boolean => demandsAt(judge, recipe, place, time) !== whenShut;
  const { open, closed } = search(at, isOpen, ever(windows, place));
  if (closed === undefined) return { open, closed: at, blackout: true };
  return { open: open ?? (ever(windows, place) ? undefined : at), closed, blackout: false };
}

/** Whether the data say anything of when this place is open. */
function ever(windows: JsonObject, place: Place): boolean {
  const environments = member(windows, 'environments');
  const entries = place.name === 'unknown' ? Object.keys(environments) : [place.judgedAs];
  const timed = (name: string): boolean =>
    ['weekly', 'once', 'blackouts'].some((kind) => Object.hasOwn(member(environments, name), kind));
  return windows.default === 'closed' || entries.some(timed);
}

function search(
  at: string,
  isOpen: (time: string) => boolean,
  changes: boolean,
): { readonly open: string | undefined; readonly closed: string | undefined } {
  const start = Date.parse(at);
  let open: string | undefined;
  let closed: string | undefined;
  for (let step = 0; step < (changes ? HOURS * 4 : 1); step += 1) {
    // The full hours first; then what lies between.
    const quarter = Math.floor(step / HOURS);
    const time = new Date(start + (step % HOURS) * HOUR + (quarter * HOUR) / 4).toISOString();
    if (isOpen(time)) open ??= time;
    else closed ??= time;
    if (open !== undefined && closed !== undefined) break;
  }
  return { open, closed };
}

/** What becomes of the probes at a time, but for until when they would be held. */
function demandsAt(judge: Judge, recipe: Recipe, place: Place, time: string): string {
  const times = { ...recipe.times, [place.name]: { open: time, closed: undefined, blackout: false } };
  const demands = PROBES.map((probe) => {
    const cell = { ...ordinary(recipe.ground, place), ...probe };
    const { outcome, holds } = judge.judge(inputOf({ ...recipe, times }, cell)).verdict;
    return [outcome, ...holds.map(({ kind, key, groups, quorum }) => [kind, key, groups, quorum])];
  });
  return JSON.stringify(demands);
}

/** The first of the data's runbooks, by name, that makes a difference to some level, with the action that it does so for. */
function playOf({ judge, data }: Asked, recipe: Recipe, act: Act, place: Place): Play {
  const plain = ordinaryPlay(act);
  const open = recipe.times[place.name]?.open;
  if (act.kind !== 'change' || open === undefined) return plain;
  for (const [runbook, entry] of Object.entries(member(data, 'settings', 'runbooks')).sort()) {
    for (const play of playsUnder(act, runbook, isObject(entry) ? entry : {}))
      if (covers(judge, withPlay(recipe, act, place, play), act, place)) return play;
  }
  return plain;
}

/** Acts that a runbook may be for: small ones of tier B or C, that are undone as it wants or need not be. */
const CASES: readonly Partial<Coordinates>[] = ['exact', 'not_needed'].flatMap((way_back) =>
  ['small', 'over', 'cluster'].map((blast) => ({ way_back, blast })),
);

function covers(judge: Judge, recipe: Recipe, act: Act, place: Place): boolean {
  return recipe.ground.levels.some((level) =>
    CASES.some((one) => {
      const cell = { ...ordinary(recipe.ground, place), act: act.name, level: String(level), ...one };
      const without = judge.judge(inputOf(recipe, cell)).verdict;
      const under = judge.judge(inputOf(recipe, { ...cell, runbook: 'covering' })).verdict;
      return looser(without, under) !== undefined;
    }),
  );
}

function withPlay(recipe: Recipe, act: Act, place: Place, play: Play): Recipe {
  const others = recipe.plays[act.name] ?? {};
  return { ...recipe, plays: { ...recipe.plays, [act.name]: { ...others, [place.name]: play } } };
}

/** What verbs are called in names of actions, `surface:resource:verb`. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  write: ['create', 'update', 'patch'],
  delete: ['delete', 'deletecollection'],
};

/** For each action of this kind that a runbook allows: a call as the runbook wants it, by an agent who says what it asks for. */
function playsUnder(act: Act, runbook: string, entry: JsonObject): readonly Play[] {
  const actions = member(entry, 'actions');
  const { alerts } = member(entry, 'evidence');
  return Object.keys(actions)
    .sort()
    .flatMap((name) => {
      const [, resource = '', verb = ''] = name.split(':');
      if (VERBS[act.name]?.includes(verb) !== true) return [];
      const { places, way_back: ways } = member(actions, name);
      const plain = ordinaryPlay(act);
      return [
        {
          action: { ...act.action, name, resource, verb },
          runbook,
          incidentClass: textOf(entry.incident_class) ?? plain.incidentClass,
          alert: (isArray(alerts) ? textOf(alerts[0]) : undefined) ?? plain.alert,
          places: isArray(places) ? places.map(String) : plain.places,
          wayBack: HOWS.find((how) => isArray(ways) && ways.includes(how)) ?? plain.wayBack,
        },
      ];
    });
}

const HOWS: readonly Play['wayBack'][] = ['inverse', 'revision', 'recreate'];

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

import { SallyportError } from '../../errors.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { Blast } from '../../measure/facts.ts';

/** A place that a call may go to: an environment of the data, one that nothing declares, or one that could not be looked up. */
export interface Place {
  readonly name: string;
  /** In a sentence: `in prod`. */
  readonly words: string;
  /** What the namespace's label says. */
  readonly label: string;
  /** The environment whose settings hold there. */
  readonly judgedAs: string;
  readonly declared: boolean;
  readonly production: boolean;
  /** What is within, at and beyond the limits of tier B there. */
  readonly reach: { readonly small: Blast; readonly limit: Blast | undefined; readonly over: Blast };
}

/** What the settings of a bundle say that calls are made of. Whatever they do not say is left out of the matrix. */
export interface Ground {
  readonly levels: readonly number[];
  /** What each level is called, by level. */
  readonly titles: Readonly<Record<number, string>>;
  readonly places: readonly Place[];
  /** The name of the least strict place that is declared. */
  readonly home: string;
  /** Labels of services: a value that stands for what the axis says. */
  readonly tiers: { readonly normal: string; readonly critical: string };
  readonly regulated: string;
  /** The domain that most people must look at, and what needs most people of all that a change may bring about. */
  readonly sensitive: string;
  readonly power: string;
}

/** Some thirteen thousand cells each. */
const MOST_ENVIRONMENTS = 40;
/** Beyond whatever a site may have set. */
const FAR = 1_000_000;

/**
 * Reads the settings of a bundle. A bundle without settings of a kind has a typical value in their place.
 * @param also names of environments besides those of the data: what another bundle names
 * @throws SallyportError `bundle/invalid` where there are too many environments to try
 */
export function groundOf(data: JsonObject, also: readonly string[] = []): Ground {
  const levels = levelsOf(data);
  const places = placesOf(data, also);
  const risk = member(data, 'settings', 'risk');
  return {
    levels: levels.map(([level]) => level),
    titles: Object.fromEntries(levels),
    places,
    home: places.find(({ declared }) => declared)?.name ?? places[0]?.name ?? '',
    tiers: {
      normal: nameWith(member(risk, 'tiers', 'critical'), (critical) => critical === false, 'none') ?? 'none',
      critical: nameWith(member(risk, 'tiers', 'critical'), (critical) => critical === true) ?? 'tier-0',
    },
    regulated: Object.hasOwn(member(risk, 'unregulated'), 'pci') ? 'regulated' : 'pci',
    sensitive: gravest(member(risk, 'review'), (people) => people) ?? 'security',
    power: gravest(member(risk, 'escalations'), weight) ?? 'privileged',
  };
}

/** The object at a path of names, empty where there is none. */
export function member(value: Json | undefined, ...path: readonly string[]): JsonObject {
  let inner: Json | undefined = value;
  for (const name of path) inner = isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  return isObject(inner) ? inner : {};
}

/** The names of all environments that the data declare, the least strict first. */
export function environmentsOf(data: JsonObject): readonly string[] {
  const names = member(data, 'settings', 'environments', 'names');
  const strictness = (name: string): number => Number(member(names, name).strictness ?? 0);
  // A label of one of these names would say that there is none.
  const read = Object.keys(names).filter((name) => !['none', 'unknown', 'undeclared'].includes(name));
  return read.sort((one, other) => strictness(one) - strictness(other) || (one < other ? -1 : 1));
}

function levelsOf(data: JsonObject): readonly (readonly [level: number, title: string])[] {
  const table = member(data, 'settings', 'levels');
  const known = [0, 1, 2, 3, 4, 5];
  const listed = known.filter((level) => Object.hasOwn(table, String(level)));
  return (listed.length === 0 ? known : listed).map((level) => {
    const { title } = member(table, String(level));
    return [level, typeof title === 'string' ? title : ''];
  });
}

function placesOf(data: JsonObject, also: readonly string[]): readonly Place[] {
  const declared = environmentsOf(data);
  const names = [...declared, ...also.filter((name) => !declared.includes(name)).toSorted()];
  if (names.length > MOST_ENVIRONMENTS) {
    throw new SallyportError(
      'bundle/invalid',
      `the data name ${names.length} environments, more than can be reviewed`,
      {
        fix: `declare at most ${MOST_ENVIRONMENTS}, with other spellings as aliases`,
      },
    );
  }
  const settings = member(data, 'settings', 'environments');
  const undeclared = typeof settings.undeclared === 'string' ? settings.undeclared : '';
  const place = (name: string, as: string, more: { readonly label: string; readonly words: string }): Place => ({
    name,
    ...more,
    judgedAs: as,
    declared: declared.includes(name),
    // As the level table takes it: what does not say that it is not production is production.
    production: member(settings, 'names', as).production !== false,
    reach: reachOf(member(data, 'settings', 'limits', 'tier_b', as)),
  });
  return [
    ...names.map((name) =>
      place(name, declared.includes(name) ? name : undeclared, { label: name, words: `in ${name}` }),
    ),
    place('undeclared', undeclared, { label: 'none', words: 'in an environment that nothing declares' }),
    place('unknown', undeclared, { label: 'unknown', words: 'in an environment that could not be looked up' }),
  ];
}

function reachOf(limits: JsonObject): Place['reach'] {
  const limit = (name: string, otherwise: number): number => {
    const value = limits[name];
    return typeof value === 'number' ? value : otherwise;
  };
  const blast = (objects: number, namespaces: number, replicas: number, pods: number, share: number): Blast => ({
    ...{ known: true, objects, namespaces, replicas, pods, share, scope: 'object', open: false },
  });
  const least = (name: string, ordinary: number): number => Math.min(ordinary, limit(name, ordinary));
  const small = blast(
    least('objects', 1),
    least('namespaces', 1),
    least('replicas', 1),
    least('pods', 1),
    least('share', 0.25),
  );
  const known = Object.keys(limits).length > 0;
  const most = blast(
    ...([limit('objects', 1), limit('namespaces', 1), limit('replicas', 1), limit('pods', 1)] as const),
    limit('share', 1),
  );
  return {
    small,
    limit: known ? most : undefined,
    over: known ? { ...most, objects: limit('objects', FAR) + 1 } : blast(FAR, FAR, FAR, FAR, 1),
  };
}

/** The first name, `preferred` last, of which the value is as wanted. */
function nameWith(values: JsonObject, wanted: (value: Json | undefined) => boolean, last = ''): string | undefined {
  const names = Object.keys(values).filter((name) => name !== 'unknown' && wanted(values[name]));
  return names.sort((one, other) => Number(one === last) - Number(other === last) || (one < other ? -1 : 1))[0];
}

/** The name with the greatest weight; what is unknown is tried by itself. */
function gravest(values: JsonObject, weigh: (value: Json) => Json | undefined): string | undefined {
  let found: { readonly name: string; readonly weight: number } | undefined;
  for (const [name, value] of Object.entries(values)) {
    const weight = Number(weigh(value) ?? 0);
    if (name === 'unknown' || !Number.isFinite(weight) || weight === 0) continue;
    if (found === undefined || weight > found.weight || (weight === found.weight && name < found.name)) {
      found = { name, weight };
    }
  }
  return found?.name;
}

/** What no agent may bring about weighs more than any number of people. */
function weight(escalation: Json): Json {
  const { people, deny } = member(escalation);
  return (deny === true ? 1_000 : 0) + Number(people ?? 0);
}

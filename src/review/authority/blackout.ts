import { isArray, type JsonObject } from '../../json.ts';
import { environmentsOf, member } from './ground.ts';

const WIDTH = 3_600_000;

/**
 * Gives data a blackout of an hour around `at` for every environment. Where the data never close a window, that is what
 * "outside its window" means: what the rules would do if the data said so.
 */
export function blackoutOf(at: string): (data: JsonObject) => JsonObject {
  return (data) => withBlackout(data, at);
}

function withBlackout(data: JsonObject, at: string): JsonObject {
  const settings = member(data, 'settings');
  const windows = member(settings, 'windows');
  const environments = member(windows, 'environments');
  const time = Date.parse(at);
  const blackout = {
    start: new Date(time - WIDTH).toISOString(),
    end: new Date(time + WIDTH).toISOString(),
    why: 'added for the review',
  };
  const amended = environmentsOf(data).map((name) => {
    const entry = member(environments, name);
    const before = isArray(entry.blackouts) ? entry.blackouts : [];
    return [name, { outside: 'deny', ...entry, blackouts: [...before, blackout] }] as const;
  });
  return {
    ...data,
    settings: {
      ...settings,
      windows: { ...windows, environments: { ...environments, ...Object.fromEntries(amended) } },
    },
  };
}

import type { Config } from '../../config.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { type Labels, NO_LABELS, UNKNOWN_LABELS } from '../../labels.ts';

export type LabelKeys = Config['labels'];
const MEANINGS = ['environment', 'service', 'tier', 'team', 'regulated'] as const;

/** The labels that are facts, read from an object's metadata; `none` where there is none. */
export function labelsOf(object: JsonObject | undefined, keys: LabelKeys): Labels {
  const labels = metadataOf(object).labels;
  if (!isObject(labels)) return NO_LABELS;
  const read = (meaning: keyof Labels): string => {
    const value = labels[keys[meaning]];
    return typeof value === 'string' && value !== '' ? value : 'none';
  };
  return {
    environment: read('environment'),
    service: read('service'),
    tier: read('tier'),
    team: read('team'),
    regulated: read('regulated'),
  };
}

/** What holds of all of several: the common value where they agree, else unknown. Nothing at all: unknown. */
export function commonLabels(all: Iterable<Labels>): Labels {
  let common: Labels | undefined;
  for (const labels of all) {
    if (common === undefined) common = labels;
    else {
      const before: Labels = common;
      const agree = (meaning: keyof Labels): string =>
        before[meaning] === labels[meaning] ? labels[meaning] : 'unknown';
      common = {
        environment: agree('environment'),
        service: agree('service'),
        tier: agree('tier'),
        team: agree('team'),
        regulated: agree('regulated'),
      };
    }
  }
  return common ?? UNKNOWN_LABELS;
}

/**
 * Whether going from `before` to `after` changes any label that facts are read from, at any depth (pod templates give
 * their labels to pods). Setting one that was not there to just what would be inherited changes nothing.
 */
export function touchesFactLabels(
  before: Json | undefined,
  after: Json | undefined,
  inherited: Labels,
  keys: LabelKeys,
): boolean {
  const was = new Map(factLabels(before, '', keys));
  const is = new Map(factLabels(after, '', keys));
  for (const [place, [, value]] of was) if (is.get(place)?.[1] !== value) return true;
  for (const [place, [meaning, value]] of is) if (!was.has(place) && value !== inherited[meaning]) return true;
  return false;
}

type Found = [place: string, [meaning: keyof Labels, value: Json]];

function* factLabels(value: Json | undefined, place: string, keys: LabelKeys): Generator<Found> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* factLabels(item, `${place}/${index}`, keys);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === 'labels' && isObject(member)) {
      for (const meaning of MEANINGS) {
        const found = member[keys[meaning]];
        if (found !== undefined) yield [`${place}/labels/${meaning}`, [meaning, found]];
      }
    }
    if (name !== 'managedFields') yield* factLabels(member, `${place}/${name}`, keys);
  }
}

/** What a new or changed object in this place is held to be: the namespace's label, else the route's. */
export function inheritedLabels(route: Labels, namespace: Labels): Labels {
  const inherit = (meaning: keyof Labels): string =>
    namespace[meaning] === 'none' ? route[meaning] : namespace[meaning];
  return {
    environment: inherit('environment'),
    service: inherit('service'),
    tier: inherit('tier'),
    team: inherit('team'),
    regulated: inherit('regulated'),
  };
}

export function metadataOf(object: JsonObject | undefined): JsonObject {
  const metadata = object?.metadata;
  return isObject(metadata) ? metadata : {};
}

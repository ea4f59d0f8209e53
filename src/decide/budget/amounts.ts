import type { Json } from '../../json.ts';
import { isObject } from '../../json.ts';

/** What can be spent besides a change itself. */
export const MEASURES = ['objects', 'pods', 'share'] as const;
export type Measure = (typeof MEASURES)[number];

/** What one change takes; a number that nobody could measure is unknown, and so is every sum that it is part of. */
export type Amounts = Readonly<Record<Measure, number | 'unknown'>>;

/** Amounts as they were stored; what cannot be read is unknown. */
export function readAmounts(value: Json | undefined): Amounts {
  const read = (measure: Measure): number | 'unknown' => {
    const amount = isObject(value) ? value[measure] : undefined;
    return typeof amount === 'number' ? amount : 'unknown';
  };
  return { objects: read('objects'), pods: read('pods'), share: read('share') };
}

/**
 * What one look at the world told.
 * - `good`: it is as it should be
 * - `waiting`: it is not yet, and may come to it
 * - `bad`: it will not come to it by itself
 * - `blind`: nothing could be seen, so nothing is known
 */
export interface Look {
  readonly state: 'good' | 'waiting' | 'bad' | 'blind';
  /** What was seen, in a sentence for people: plain text, bounded. */
  readonly saw: string;
}

/** Longer texts are cut: some come from the upstream. */
const LONGEST = 300;

export function good(saw: string): Look {
  return { state: 'good', saw: bounded(saw) };
}

export function waiting(saw: string): Look {
  return { state: 'waiting', saw: bounded(saw) };
}

export function bad(saw: string): Look {
  return { state: 'bad', saw: bounded(saw) };
}

export function blind(saw: string): Look {
  return { state: 'blind', saw: bounded(saw) };
}

function bounded(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cs}\p{Cf}]+/gu, ' ');
  return plain.length <= LONGEST ? plain : `${plain.slice(0, LONGEST - 1)}…`;
}

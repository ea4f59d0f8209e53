import { AUTHORITY } from './authority.ts';
import type { Telling } from './change.ts';
import { CONSEQUENCES } from './consequences.ts';
import { GATE } from './gate.ts';
import { HOLDS } from './holds.ts';

/** A decision that let something pass and obliges the gate to `notify`; many of them are told as one digest. */
export const ALLOWED = 'call.allowed';
export const DIGEST = 'call.digest';
/** A freeze has ended at its time. */
export const FREEZE_OVER = 'freeze.over';

const TABLE: ReadonlyMap<string, Telling> = new Map(
  Object.entries({ ...HOLDS, ...AUTHORITY, ...CONSEQUENCES, ...GATE }),
);

/** Whatever has no row is told in a line, to those who asked for it. */
const OTHER: Telling = {
  severity: 'info',
  quiet: true,
  title: ({ what, by }) => `${what.replace(/[.-]/g, ' ')} by ${by}`,
  text: ({ why }) => why,
};

export function tellingOf(what: string): Telling {
  return TABLE.get(what) ?? OTHER;
}

/** Kinds that a target may ask for by name, the quiet ones too. */
export const KINDS: readonly string[] = [...TABLE.keys(), ALLOWED, DIGEST, FREEZE_OVER].sort();
/** What kinds begin with: all events of a category, also those that have no row. */
export const CATEGORIES: readonly string[] = [
  ...new Set(KINDS.map((kind) => kind.split('.', 1)[0] ?? '')),
  ...['intent', 'operator', 'session', 'token'],
];

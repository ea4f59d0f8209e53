import type { Hold } from './verdict.ts';

/**
 * All that either list asks for. Where both ask for the same thing it is asked for once, as strictly as either does; where
 * nobody could lift both, each stays, under a key of its own.
 */
export function stricterHolds(a: readonly Hold[], b: readonly Hold[]): readonly Hold[] {
  const joined: Hold[] = [];
  for (const hold of [...a, ...b]) {
    const at = joined.findIndex((other) => other.key === hold.key && other.kind === hold.kind && meet(other, hold));
    const there = joined[at];
    if (there === undefined) joined.push(hold);
    else joined[at] = both(there, hold);
  }
  return joined.map((hold) => (clashes(hold, joined) ? { ...hold, key: ownKey(hold) } : hold));
}

/** Whether somebody could lift both. No group at all says nothing of who may, so it meets only its like. */
function meet(a: Hold, b: Hold): boolean {
  if (a.groups.length === 0 || b.groups.length === 0) return a.groups.length === b.groups.length;
  return a.groups.some((group) => b.groups.includes(group));
}

function both(a: Hold, b: Hold): Hold {
  return {
    kind: a.kind,
    key: a.key,
    groups: a.groups.filter((group) => b.groups.includes(group)),
    quorum: Math.max(a.quorum, b.quorum),
    until: later(a, b),
  };
}

/** A window of which nobody knows when it opens opens last. */
function later(a: Hold, b: Hold): string {
  if (a.until === '' || b.until === '') return a.kind === 'window' ? '' : `${a.until}${b.until}`;
  return Date.parse(a.until) >= Date.parse(b.until) ? a.until : b.until;
}

function clashes(hold: Hold, all: readonly Hold[]): boolean {
  return all.some((other) => other !== hold && other.key === hold.key);
}

function ownKey({ kind, key, groups }: Hold): string {
  return `${key} (${[kind, ...[...groups].sort()].join(' ')})`;
}

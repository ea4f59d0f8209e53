import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Judged } from './conformance.ts';

/** The committed list of the cases that do not pass, by reason. */
export const NOT_PASSED = join(import.meta.dirname, 'not-passed.yaml');

const HEAD = `# OPA's conformance cases that do not pass, by reason; all others do. Rewritten by: make conformance write=1
# refused: uses a builtin that rego/capabilities.json does not list, or selects a member of data by a number; such a policy
#   is not built.
# faulted: the evaluation is stopped where OPA answers; the gate denies such a call.
`;

export function listNotPassed(judged: readonly Judged[]): string {
  const others = judged.filter(({ outcome }) => outcome.kind !== 'pass');
  const list = groupBy(others, ({ outcome }) => outcome.kind).map(([kind, ofKind]) => {
    const reasons = groupBy(ofKind, ({ outcome }) => outcome.reason);
    return [
      kind,
      Object.fromEntries(reasons.map(([reason, named]) => [reason, named.map(({ name }) => name)])),
    ] as const;
  });
  return HEAD + stringify(Object.fromEntries(list), { lineWidth: 0 });
}

/** In the order of the keys. */
function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

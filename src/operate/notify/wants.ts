import type { Notice } from './notice.ts';
import type { Told } from './target.ts';

/** What a target wants to be told. */
export interface Wish {
  /** Kinds (`freeze.set`), categories (`freeze`) or `everything`; empty: all that is not quiet. */
  readonly for: readonly string[];
  /** Of what asks groups of people: only what asks one of these; empty: all. */
  readonly groups: readonly string[];
  /** Of what concerns environments: only what concerns one of these, or an unknown one; empty: all. */
  readonly environments: readonly string[];
}

/** Whether a notice is for a target. What names no group or environment is not kept from anybody by these. */
export function wants(wish: Wish, { kind, groups, environments }: Notice, { quiet }: Told): boolean {
  const category = kind.split('.', 1)[0] ?? '';
  const asked = wish.for.includes('everything') || wish.for.includes(kind) || wish.for.includes(category);
  if (!(wish.for.length === 0 ? !quiet : asked)) return false;
  return meets(wish.groups, groups) && (environments.includes('unknown') || meets(wish.environments, environments));
}

function meets(wished: readonly string[], named: readonly string[]): boolean {
  return wished.length === 0 || named.length === 0 || named.some((each) => wished.includes(each));
}

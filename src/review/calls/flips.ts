import { textAt } from '../../cli/json-fields.ts';
import { isMorePermissive } from '../../decide/strictness.ts';
import type { Outcome, Verdict } from '../../decide/verdict.ts';
import type { JsonObject } from '../../json.ts';

export type Direction = 'looser' | 'stricter';

/** Calls whose verdict changed alike. */
export interface Flip {
  readonly direction: Direction;
  readonly from: Outcome;
  readonly to: Outcome;
  /** What was asked: `kubernetes:pods:delete`. */
  readonly action: string;
  readonly environment: string;
  /** The rules that gave the reasons of the verdict after. */
  readonly rules: readonly string[];
  /** The first reason of the verdict after. */
  readonly why: string;
  readonly calls: number;
  /** Up to five of them, by name. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;
const ORDER: Readonly<Record<Outcome, number>> = { allow: 0, hold: 1, deny: 2 };

/** Gathers verdicts that changed, as they come. */
export class Flips {
  readonly #groups = new Map<string, Flip>();

  /** Notes what became of a call. Returns how it changed, or undefined when the verdict is as it was. */
  note(name: string, input: JsonObject, before: Verdict, after: Verdict): Direction | undefined {
    const direction = directionOf(before, after);
    if (direction === undefined) return undefined;
    const action = textAt(input, 'action', 'name');
    const rules = [...new Set(after.reasons.map(({ rule }) => rule))].sort();
    const key = JSON.stringify([direction, before.outcome, after.outcome, action, after.environment, rules]);
    const there = this.#groups.get(key);
    this.#groups.set(key, {
      direction,
      from: before.outcome,
      to: after.outcome,
      action,
      environment: after.environment,
      rules,
      why: there?.why ?? after.reasons[0]?.message ?? '',
      calls: (there?.calls ?? 0) + 1,
      examples: [...(there?.examples ?? []), name].slice(0, EXAMPLES),
    });
    return direction;
  }

  /** More permissive ones first, those that went furthest before the others, then the most frequent. */
  groups(): readonly Flip[] {
    return [...this.#groups.values()].sort(
      (one, other) => rank(one) - rank(other) || leap(other) - leap(one) || other.calls - one.calls,
    );
  }
}

/** What is more permissive in one thing and stricter in another counts as more permissive. */
function directionOf(before: Verdict, after: Verdict): Direction | undefined {
  if (isMorePermissive(after, before)) return 'looser';
  return isMorePermissive(before, after) ? 'stricter' : undefined;
}

function rank({ direction }: Flip): number {
  return direction === 'looser' ? 0 : 1;
}

function leap({ from, to }: Flip): number {
  return Math.abs(ORDER[from] - ORDER[to]);
}
